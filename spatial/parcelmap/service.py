"""Use cases of parcel maps: read what is drawn, draw it, write it as PDF or SVG."""

from datetime import date, datetime, time

from psycopg import Connection
from psycopg.rows import TupleRow

from data.clock import SHANGHAI
from data.documents import service as documents
from spatial.buildings import service as buildings
from spatial.parcelmap import layout, rules
from spatial.parcelmap.pens import PENS
from spatial.parcelmap.records import Drawing, Imprint, Subject
from spatial.parcels import service as parcels
from spatial.parcels.points import boundary_points

# Farther apart than this, two parcels have no boundary point in common (rule of shared points).
TOUCHING_M = 0.05


def read_subject(
    conn: Connection[TupleRow], code: str, *, at: date, known_at: datetime | None = None
) -> Subject:
    """Return a parcel with the neighbours that touch it and its buildings, as in force on a day.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    code : str
        Parcel (19) or unit (28) code.
    at : date
        Day in force.
    known_at : datetime, optional
        As the register knew it then; default now.

    Raises
    ------
    CodeBad, ParcelNotFound
    """
    parcel = parcels.get(conn, code, at=at, known_at=known_at)
    near = parcels.neighbours(
        conn, parcel.geom, parcel.layer, at=at, distance_m=TOUCHING_M, known_at=known_at
    )
    others = [other for other in near if other.parcel_code != parcel.parcel_code]
    return Subject(parcel, others, buildings.buildings_of(conn, parcel.parcel_code, at=at))


def draw(
    subject: Subject, imprint: Imprint, *, scale: int | None = None, paper: str | None = None
) -> Drawing:
    """Draw a parcel map.

    Parameters
    ----------
    subject : Subject
        Parcel and surroundings, EPSG:4547 metres.
    imprint : Imprint
        What is said around the drawing.
    scale : int, optional
        Denominator, a multiple of 100; default the smallest that fits.
    paper : {"A4", "A3"}, optional
        Default A4 if the parcel stays readable on it.

    Raises
    ------
    MapScaleTooLarge
    """
    points = boundary_points(subject.parcel.geom)
    choice = rules.choose(subject.parcel.geom, points, scale=scale, paper=paper)
    return layout.draw(subject, points, choice, imprint)


def to_pdf(drawing: Drawing, *, drawn_on: date) -> bytes:
    """Return a map as PDF; the same map of the same day gives the same bytes.

    Raises
    ------
    GlyphMissing
        If no font has a character of a name.
    """
    # It opens the fonts.
    from spatial.parcelmap.canvases import canvas_of

    documents.require_glyphs(text.text for page in drawing.pages for text in page.texts)
    created = datetime.combine(drawn_on, time(), tzinfo=SHANGHAI)
    pages = [canvas_of(page, drawing.choice.paper) for page in drawing.pages]
    return documents.draw_pdf(pages, title=f"{drawing.title} {drawing.code}", created=created)


def to_svg(drawing: Drawing) -> str:
    """Return a map as one SVG in millimetres, its pages below each other."""
    return documents.render_template(__package__ or "", "drawing.svg", drawing=drawing, pens=PENS)
