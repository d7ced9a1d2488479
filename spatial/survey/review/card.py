"""Read the card of a draft parcel."""

from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry

from spatial.parcels import service as parcels
from spatial.parcels.records import ParcelQuery, ParcelVersion
from spatial.survey.drafts import store as drafts_store
from spatial.survey.errors import FeatureUnknown
from spatial.survey.records import Submission
from spatial.survey.review.sides import TOUCHING_M, Abuttal, Neighbour, Side, abuttals, sides_of
from spatial.survey.store import Conn


@dataclass(frozen=True, slots=True)
class DraftCard:
    """A draft parcel with what the register says of its code and of what lies around it."""

    draft: dict[str, Any]
    registered: ParcelVersion | None
    sides: list[Side]
    abuttals: list[Abuttal]
    neighbours: list[Neighbour]


def draft_card(conn: Conn, survey: Submission, feature_no: int) -> DraftCard:
    """Return the card of a draft parcel; shapes are EPSG:4547 (E, N) metres.

    A neighbour of the register that the same file replaces is shown as the file has it.

    Raises
    ------
    FeatureUnknown
    """
    rows = drafts_store.near(conn, survey.survey_id, feature_no, TOUCHING_M)
    if not rows:
        raise FeatureUnknown(feature_no=feature_no)
    draft, others = rows[0], rows[1:]
    geom, code = draft["geom"], draft["parcel_code"]
    day = survey.effective_on
    live = parcels.find(conn, ParcelQuery(code=code, at=day, limit=1), today=day) if code else []
    registered = live[0] if live else None
    if geom is None or not geom.is_valid:
        return DraftCard(draft, registered, [], [], [])
    found = [
        Neighbour(row["parcel_code"] or f"#{row['feature_no']}", "draft", row["geom"], row["address"])
        for row in others
        if row["geom"] is not None and row["geom"].is_valid
    ]
    replaced = {code, *(neighbour.code for neighbour in found)}
    near = parcels.neighbours(conn, geom, survey.layer, at=day, distance_m=TOUCHING_M)
    found += [
        Neighbour(parcel.parcel_code, "register", parcel.geom, parcel.address)
        for parcel in near
        if parcel.parcel_code not in replaced and not _takes_over(geom, parcel.geom)
    ]
    sides = sides_of(geom, found)
    return DraftCard(draft, registered, sides, abuttals(sides), found)


def _takes_over(draft: BaseGeometry, parcel: BaseGeometry) -> bool:
    """Tell whether a draft lies on a parcel rather than beside it."""
    return bool(
        parcel.contains(draft.representative_point()) or draft.contains(parcel.representative_point())
    )
