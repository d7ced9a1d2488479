"""The sense of coordinates: what the file says, what the sender says and what the numbers say must agree.

Nothing is corrected unasked. A refusal carries a suggestion where one correction would make all three agree;
the sender accepts it by sending the file again with that field. The sender's word may overrule the file's on
projection, unit and zone number when the numbers side with the sender; on the datum, which no number shows,
it never does.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spatial.city_window import BESIDE, Looks, elsewhere, looks, misread
from spatial.crs import GEOGRAPHIC, PLANE, PLANE_ZONE_38, WGS84, Coordinates, CrsProblem, identify, to_plane
from spatial.survey.readers.records import Asked, Note, Unreadable

SWAP: Final = "swap"
# Eastings with a zone number are the largest numbers of any system here.
_LARGEST: Final = 1e9
_REASONS: Final = {
    "axes_swapped": "axes_swapped_reason",
    "zone_prefix": "zone_prefix_reason",
    "crs_contradicted": "units_disagree",
}
_FITS: Final = {
    Looks.PLANE: PLANE,
    Looks.ZONED: PLANE_ZONE_38,
    Looks.DEGREES: GEOGRAPHIC,
    Looks.MERIDIAN_111: 4546,
    Looks.MERIDIAN_117: 4548,
    Looks.ZONE_37: 4525,
    Looks.ZONE_39: 4527,
}
_SWAPPED: Final = frozenset({Looks.PLANE_SWAPPED, Looks.ZONED_SWAPPED, Looks.DEGREES_SWAPPED})
_ELSEWHERE: Final = {
    "zone": ("zone_prefix", "zone_number_other"),
    "meridian": ("crs_contradicted", "meridian_other"),
    "web": ("crs_contradicted", "web_mercator"),
}


@dataclass(frozen=True, slots=True)
class Settled:
    """How the coordinates of a file are to be taken: EPSG code, whether swapped, and remarks on it."""

    epsg: int
    swap: bool
    notes: list[Note]

    def plane(self, coordinates: Coordinates) -> Coordinates:
        """Bring coordinates as written to (E, N) in EPSG:4547 metres on the 1 mm grid.

        Raises
        ------
        Unreadable
            ``geometry_not_finite`` for degrees that no projection takes, such as a longitude of 1174.
        """
        plane = to_plane(coordinates[:, ::-1] if self.swap else coordinates, self.epsg)
        _refuse_where(~np.isfinite(plane), coordinates)
        return plane


def settle(
    coordinates: Coordinates, asked: Asked, written: str, *, absent: str = "crs_not_declared"
) -> Settled:
    """Decide how coordinates are to be taken, and judge them.

    Parameters
    ----------
    coordinates : array of shape (n, 2)
        As written.
    asked : Asked
        What the sender says of system and axes.
    written : str
        What the file says of the system; may be empty.
    absent : str
        Reason given where neither says anything.

    Raises
    ------
    Unreadable
        ``geometry_not_finite``, ``crs_missing``, ``datum_refused``, ``crs_contradicted``, ``axes_swapped`` or
        ``zone_prefix``, with a ``suggestion`` where one correction would do.
    """
    need_measurable(coordinates)
    swap = asked.axes == SWAP
    taken = coordinates[:, ::-1] if swap else coordinates
    seen = majority(taken)
    epsg, overruled = _epsg(asked.crs, written, seen, absent)
    _judge(taken, epsg, seen)
    notes = [Note("axes_swapped_accepted", "warning")] if swap else []
    if overruled:
        notes.append(Note("crs_overruled", "warning", params={"file": overruled[:80], "sender": epsg}))
    return Settled(epsg, swap, notes)


def _epsg(stated: str | None, written: str, seen: Looks, absent: str) -> tuple[int, str]:
    """Return the system meant, and what the file says where the sender overrules it."""
    from_sender = _identified(stated) if stated else None
    if not written:
        if from_sender is None:
            raise Unreadable("crs_missing", absent, **suggested_crs(seen))
        return from_sender, ""
    try:
        from_file = _identified(written)
    except Unreadable as problem:
        fits = from_sender is not None and seen is not Looks.ELSEWHERE and not misread(seen, from_sender)
        if from_sender is not None and fits and problem.code != "datum_refused":
            return from_sender, written
        if problem.code != "datum_refused":
            problem.params |= suggested_crs(seen)
        raise
    if from_sender is None or _same(from_file, from_sender):
        return from_sender or from_file, ""
    if misread(seen, from_file) and not misread(seen, from_sender):
        return from_sender, f"EPSG:{from_file}"
    raise Unreadable("crs_contradicted", "crs_two_words", file=from_file, sender=from_sender)


def _identified(text: str) -> int:
    try:
        return identify(text)
    except CrsProblem as problem:
        reasons = {"crs_missing": "crs_unintelligible", "datum_refused": "datum_named"}
        reason = reasons.get(problem.code, "projection_unsupported")
        raise Unreadable(problem.code, reason, name=problem.name) from problem


def _same(first: int, second: int) -> bool:
    """CGCS2000 and WGS 84 degrees are one for the exchange."""
    degrees = {GEOGRAPHIC, WGS84}
    return first == second or {first, second} == degrees


def suggested_crs(seen: Looks) -> dict[str, object]:
    """Return the suggestion of the one system that numbers of such looks fit, empty where there is none."""
    epsg = _FITS.get(seen)
    return {} if epsg is None else {"suggestion": {"parameter": "crs", "value": f"EPSG:{epsg}"}}


def suggested_swap() -> dict[str, object]:
    """Return the suggestion to swap the axes."""
    return {"suggestion": {"parameter": "axes", "value": SWAP}}


def need_measurable(coordinates: Coordinates) -> None:
    """Refuse numbers so large that no area or distance can be made of them.

    Raises
    ------
    Unreadable
        ``geometry_not_finite``.
    """
    _refuse_where(~(np.abs(coordinates) <= _LARGEST), coordinates)


def _refuse_where(beyond: NDArray[np.bool_], coordinates: Coordinates) -> None:
    if beyond.any():
        example = coordinates[int(np.flatnonzero(beyond.any(axis=1))[0])].tolist()
        raise Unreadable("geometry_not_finite", "coordinate_beyond", example=example)


def majority(coordinates: Coordinates) -> Looks:
    """Tell what most coordinates look like; single stray features are left to the check of the window."""
    if not len(coordinates):
        return Looks.ELSEWHERE
    kinds, counts = np.unique(looks(coordinates), return_counts=True)
    order = counts.argsort()[::-1]
    best = [Looks(str(kinds[at])) for at in order]
    return best[1] if best[0] is Looks.ELSEWHERE and len(best) > 1 else best[0]


def _judge(coordinates: Coordinates, epsg: int, seen: Looks) -> None:
    """Compare what most coordinates look like with what is declared."""
    params: dict[str, object] = {"declared": epsg, "seen": seen.value, "example": coordinates[0].tolist()}
    if seen is Looks.ELSEWHERE:
        name_elsewhere(coordinates, params)
        raise Unreadable("crs_contradicted", "outside_city_window", **params)
    code = misread(seen, epsg)
    if code is not None:
        more = suggested_swap() if seen in _SWAPPED else suggested_crs(seen)
        if seen in BESIDE:
            meridian, zone = BESIDE[seen]
            reason = "zone_beside" if zone else "meridian_beside"
            raise Unreadable(code, reason, meridian=meridian, zone=zone, **params, **more)
        raise Unreadable(code, _REASONS[code], **params, **more)


def name_elsewhere(coordinates: Coordinates, params: dict[str, object]) -> None:
    """Refuse by name coordinates that are the city's in another zone or projection.

    Raises
    ------
    Unreadable
        ``zone_prefix`` or ``crs_contradicted``.
    """
    found = elsewhere(coordinates)
    if found is not None:
        code, reason = _ELSEWHERE[found[0]]
        raise Unreadable(code, reason, **params, **{found[0]: found[1]})
