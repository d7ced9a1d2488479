"""The sense of coordinates: what is declared and what the numbers say must agree."""

import numpy as np

from spatial.crs import GEOGRAPHIC, WGS84, Coordinates, CrsProblem, Looks, identify, looks, misread
from spatial.survey.readers.records import Unreadable

# Eastings with a zone number are the largest numbers of any system here.
_LARGEST = 1e9
_REASONS = {
    "axes_swapped": "axes_swapped_reason",
    "zone_prefix": "zone_prefix_reason",
    "crs_contradicted": "units_disagree",
}


def declared(stated: str | None, written: str) -> int:
    """Return the EPSG code meant by the sender and the file.

    Parameters
    ----------
    stated : str or None
        What the sender says.
    written : str
        What the file says; may be empty.

    Raises
    ------
    Unreadable
        ``crs_missing``, ``datum_refused``, or ``crs_contradicted`` when both speak and differ.
    """
    try:
        from_file = identify(written) if written else None
        from_sender = identify(stated) if stated else None
    except CrsProblem as problem:
        reasons = {"crs_missing": "crs_unintelligible", "datum_refused": "datum_named"}
        reason = reasons.get(problem.code, "projection_unsupported")
        raise Unreadable(problem.code, reason, name=problem.name) from problem
    if from_file is None and from_sender is None:
        raise Unreadable("crs_missing", "crs_not_declared")
    if from_file is not None and from_sender is not None and not _same(from_file, from_sender):
        raise Unreadable("crs_contradicted", "crs_two_words", file=from_file, sender=from_sender)
    found = from_sender or from_file
    if found is None:
        raise AssertionError
    return found


def _same(first: int, second: int) -> bool:
    """CGCS2000 and WGS 84 degrees are one for the exchange."""
    degrees = {GEOGRAPHIC, WGS84}
    return first == second or {first, second} == degrees


def need_measurable(coordinates: Coordinates) -> None:
    """Refuse numbers so large that no area or distance can be made of them.

    Raises
    ------
    Unreadable
        ``geometry_not_finite``.
    """
    beyond = np.abs(coordinates) > _LARGEST
    if beyond.any():
        example = coordinates[int(np.flatnonzero(beyond.any(axis=1))[0])].tolist()
        raise Unreadable("geometry_not_finite", "coordinate_beyond", example=example)


def judge(coordinates: Coordinates, epsg: int) -> None:
    """Compare what most coordinates look like with what is declared.

    Parameters
    ----------
    coordinates : array of shape (n, 2)
        As written.
    epsg : int
        As declared.

    Raises
    ------
    Unreadable
        ``geometry_not_finite``, ``axes_swapped``, ``zone_prefix`` or ``crs_contradicted``; single stray
        features are left to the check of the window.
    """
    need_measurable(coordinates)
    kinds, counts = np.unique(looks(coordinates), return_counts=True)
    seen = Looks(str(kinds[counts.argmax()]))
    if seen is Looks.ELSEWHERE and counts.max() < len(coordinates):
        counts[counts.argmax()] = 0
        seen = Looks(str(kinds[counts.argmax()]))
    params = {"declared": epsg, "seen": seen.value, "example": coordinates[0].tolist()}
    if seen is Looks.ELSEWHERE:
        raise Unreadable("crs_contradicted", "outside_city_window", **params)
    code = misread(seen, epsg)
    if code is not None:
        raise Unreadable(code, _REASONS[code], **params)
