"""A page drawn in millimetres: lines, circles and texts, written as the operators of a PDF page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, radians, sin

from data.documents import faces
from data.documents.faces import PER_EM, Face
from data.documents.records import Pen

POINTS_PER_MM = 72 / 25.4
# Length of the handles of a quarter circle's Bezier curve, in radii.
ARC = 0.5522847498
JOINS = {"miter": 0, "round": 1}
BYTE = 255
BLACK = "#000000"


@dataclass(frozen=True, slots=True)
class Run:
    """Letters of one face, at (x, y) of the page, ``size`` millimetres, turned clockwise by degrees."""

    face: Face
    glyphs: Sequence[tuple[str, int, int]]
    x: float
    y: float
    size: float
    angle: float
    ink: str


@dataclass(slots=True)
class Canvas:
    """One page; x to the right and y downwards from its upper left corner, millimetres."""

    width: float
    height: float
    _marks: list[str | Run] = field(default_factory=list)

    def path(self, rings: Iterable[Iterable[tuple[float, float]]], pen: Pen, *, closed: bool) -> None:
        """Draw lines, or an area with its holes."""
        marks = []
        for ring in rings:
            steps = [f"{x:.4f} {y:.4f}" for x, y in ring]
            marks.append(f"{steps[0]} m {' l '.join(steps[1:])} l{' h' if closed else ''}")
        self._paint(" ".join(marks), pen)

    def circle(self, x: float, y: float, radius: float, pen: Pen) -> None:
        """Draw a circle."""
        far = radius * ARC
        quarters = (
            ((radius, far), (far, radius), (0.0, radius)),
            ((-far, radius), (-radius, far), (-radius, 0.0)),
            ((-radius, -far), (-far, -radius), (0.0, -radius)),
            ((far, -radius), (radius, -far), (radius, 0.0)),
        )
        curves = (" ".join(f"{x + dx:.4f} {y + dy:.4f}" for dx, dy in quarter) + " c" for quarter in quarters)
        self._paint(f"{x + radius:.4f} {y:.4f} m {' '.join(curves)} h", pen)

    def text(  # noqa: PLR0913  a text has a place, a size, a side and a turn
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        anchor: str = "start",
        angle: float = 0.0,
        sink: float = 0.0,
        ink: str = BLACK,
        hand: str = faces.PLAIN,
    ) -> None:
        """Write a text.

        Parameters
        ----------
        x, y : float
            Where the text begins, has its middle or ends.
        text : str
            One line.
        size : float
            Font size, millimetres.
        anchor : {"start", "middle", "end"}
            Which point of the text is given.
        angle : float
            Turn about that point, degrees clockwise.
        sink : float
            How far the base line lies below the point, before the turn.
        ink : str
            Colour, #rrggbb.
        hand : str
            ``faces.PLAIN``, or ``faces.SEAL`` for the words of a seal.
        """
        back = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * faces.width(text, hand)
        turn = radians(angle)
        for face, glyphs in faces.runs(text, hand):
            along = -back * size / PER_EM
            place = (
                x + along * cos(turn) - sink * sin(turn),
                y + along * sin(turn) + sink * cos(turn),
            )
            self._marks.append(Run(face, glyphs, *place, size, angle, ink))
            back -= sum(advance for _, _, advance in glyphs)

    @property
    def runs(self) -> list[Run]:
        """Return the texts."""
        return [mark for mark in self._marks if isinstance(mark, Run)]

    def content(self, codes: Mapping[int, Mapping[int, int]]) -> bytes:
        """Return the page's operators.

        Parameters
        ----------
        codes : mapping
            Of each face (by number) the code of each glyph.
        """
        scale = f"{POINTS_PER_MM:.8f}"
        marks = [f"{scale} 0 0 -{scale} 0 {self.height * POINTS_PER_MM:.6f} cm"]
        for mark in self._marks:
            marks.append(mark if isinstance(mark, str) else _written(mark, codes[mark.face.number]))
        return "\n".join(marks).encode("ascii")

    def _paint(self, path: str, pen: Pen) -> None:
        ink = [f"{pen.width:g} w {JOINS[pen.join]} j"]
        ink += [f"{_colour(pen.stroke)} RG"] if pen.stroke else []
        ink += [f"{_colour(pen.fill)} rg"] if pen.fill else []
        paint = {(True, True): "B*", (True, False): "S", (False, True): "f*"}
        self._marks.append(f"q {' '.join(ink)} {path} {paint[bool(pen.stroke), bool(pen.fill)]} Q")


def _written(run: Run, codes: Mapping[int, int]) -> str:
    turn = radians(run.angle)
    right, down = run.size * cos(turn), run.size * sin(turn)
    # The page's y runs downwards, letters stand upwards: the second axis is turned over.
    matrix = f"{right:.5f} {down:.5f} {down:.5f} {-right:.5f} {run.x:.4f} {run.y:.4f}"
    letters = "".join(f"{codes[glyph]:04x}" for _, glyph, _ in run.glyphs)
    text = f"BT /F{run.face.number} 1 Tf {matrix} Tm <{letters}> Tj ET"
    return text if run.ink == BLACK else f"q {_colour(run.ink)} rg {text} Q"


def _colour(name: str) -> str:
    full = name if len(name) > len("#rgb") else "#" + "".join(digit * 2 for digit in name[1:])
    return " ".join(f"{int(full[at : at + 2], 16) / BYTE:.5f}" for at in (1, 3, 5))
