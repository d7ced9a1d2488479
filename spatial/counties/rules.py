"""Pure rules of the county decision."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from spatial.counties.records import PPM, Measured, Overlap, Reason, Rule

RULES_VERSION = "2"
# One county decides from this share on; below it the parcel straddles.
WHOLE_PPM = 980_000
# More than this outside the city, and no county of the city is decided.
OUTSIDE_PPM = 1_000
# Counties with less than this of a shape are drawing noise and not listed.
LISTED_MM2 = 10_000
MM2_PER_M2 = 1_000_000
# Crossing points of parcel lines and county lines are put on this grid, so that all engines agree.
GRID_M = 0.000001

Judgement = tuple[Rule, str | None, Reason | None]
Key = TypeVar("Key", int, str)


def ppm(part: int, whole: int) -> int:
    """Return a part in millionths, rounded half up, in integers.

    Examples
    --------
    >>> ppm(1, 3), ppm(2, 3), ppm(5, 5)
    (333333, 666667, 1000000)
    """
    return (2 * part * PPM + whole) // (2 * whole)


def summarise(
    shares: Iterable[tuple[str, bool, int]], *, total_mm2: int, distance_to_line_m: float | None
) -> Measured:
    """Turn shared areas into the evidence of a decision.

    Parameters
    ----------
    shares : iterable of (county_code, in_city, area_mm2)
        Counties that meet the shape; EPSG:4547 plane.
    total_mm2 : int
        Area of the shape, mm²; 0 for a point, which then lies wholly in each county it meets.
    distance_to_line_m : float or None
        Metres.
    """
    listed = list(shares)
    city = sorted(((code, area) for code, inside, area in listed if inside), key=_largest_first)
    others = sorted(((code, area) for code, inside, area in listed if not inside), key=_largest_first)
    if total_mm2 == 0:
        outside_ppm = 0 if city else PPM
    else:
        outside_ppm = ppm(max(0, total_mm2 - sum(area for _, area in city)), total_mm2)
    return Measured(_overlaps(city, total_mm2), _overlaps(others, total_mm2), outside_ppm, distance_to_line_m)


def judge(measured: Measured, *, code_county: str | None, accuracy_m: float) -> Judgement:
    """Decide the county of a shape.

    Rules in their order: R4 outside the city, R1 one county and the code agrees (or there is none and no
    line is near), R2 the code disagrees, R2b a line is near and no code agrees, R3 straddle.

    Parameters
    ----------
    measured : Measured
        Evidence.
    code_county : str, optional
        County in the unit code.
    accuracy_m : float
        Accuracy of the boundary set, metres.

    Returns
    -------
    rule, county_code, reason
        ``county_code`` is None exactly when there is a reason.

    Examples
    --------
    >>> inside = Measured((Overlap("421202", 1_000_000, 500_000_000),), (), 0, 2_000.0)
    >>> judge(inside, code_county="421202", accuracy_m=100.0)[1]
    '421202'
    >>> judge(inside, code_county="421281", accuracy_m=100.0)[2].value
    'prefix_disagrees'
    """
    if measured.outside_ppm > OUTSIDE_PPM or not measured.overlaps:
        return Rule.OUTSIDE, None, Reason.OUTSIDE_CITY
    main = _main(measured, code_county)
    if main.ratio_ppm < WHOLE_PPM:
        return Rule.STRADDLE, None, Reason.STRADDLE
    if code_county is not None and code_county != main.county_code:
        return Rule.PREFIX_DISAGREES, None, Reason.PREFIX_DISAGREES
    distance = measured.distance_to_line_m
    near = distance is not None and distance < accuracy_m
    if code_county is None and near:
        return Rule.NEAR_LINE, None, Reason.NEAR_LINE
    return Rule.ONE_COUNTY, main.county_code, None


def split_parts(measured: Measured) -> tuple[Overlap, ...]:
    """Return the parts by which fees of a straddling shape are split: those too large to be passed over.

    What is under 2 % of the shape would not make it straddle, and pays no county.
    """
    return tuple(part for part in measured.overlaps if part.ratio_ppm >= PPM - WHOLE_PPM)


def split_amount(amount_fen: int, parts: Sequence[Overlap]) -> dict[str, int]:
    """Split an amount by area with the largest remainder; the shares sum to the amount exactly.

    Each county gets the whole fen of its exact share; the fen that are left go to the largest remainders, of
    equal ones to the smaller county code.

    Parameters
    ----------
    amount_fen : int
        Amount, not negative.
    parts : sequence of Overlap
        At least one, with areas over zero.

    Returns
    -------
    dict
        Fen by county code, in the order of the parts.

    Examples
    --------
    >>> split_amount(100, [Overlap("421202", 666_667, 2), Overlap("421281", 333_333, 1)])
    {'421202': 67, '421281': 33}
    """
    return largest_remainder(amount_fen, {part.county_code: part.area_mm2 for part in parts})


def largest_remainder(amount: int, weights: Mapping[Key, int]) -> dict[Key, int]:
    """Divide a whole number by weights; the shares sum to it exactly, and are at most the weights if it is.

    Of equal remainders the smaller key comes first.

    Parameters
    ----------
    amount : int
        Not negative.
    weights : mapping
        Not negative, with a sum over zero.

    Examples
    --------
    >>> largest_remainder(100, {1: 3, 2: 3, 3: 1})
    {1: 43, 2: 43, 3: 14}
    """
    whole = sum(weights.values())
    shares = {key: amount * weight // whole for key, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda key: (-(amount * weights[key] % whole), key))
    for key in by_remainder[: amount - sum(shares.values())]:
        shares[key] += 1
    return shares


def judge_without_shape(
    *, code_county: str | None, jurisdiction: str | None, city: frozenset[str]
) -> Judgement | None:
    """Decide by code, else by the case's registered jurisdiction (R5); None when there is neither."""
    wanted = code_county or jurisdiction
    if wanted is None:
        return None
    if wanted not in city:
        return Rule.UNDECIDABLE, None, Reason.OUTSIDE_CITY
    return Rule.NO_SHAPE, wanted, None


def _main(measured: Measured, code_county: str | None) -> Overlap:
    """Return the county with the largest part; of equal parts (a point on a line) the code's own."""
    first = measured.overlaps[0]
    equal = [part for part in measured.overlaps if part.area_mm2 == first.area_mm2]
    return next((part for part in equal if part.county_code == code_county), first)


def _overlaps(shares: list[tuple[str, int]], total_mm2: int) -> tuple[Overlap, ...]:
    if total_mm2 == 0:
        return tuple(Overlap(code, PPM, 0) for code, _ in shares)
    kept = [share for share in shares if share[1] > LISTED_MM2] or [s for s in shares[:1] if s[1] > 0]
    return tuple(Overlap(code, ppm(area, total_mm2), area) for code, area in kept)


def _largest_first(share: tuple[str, int]) -> tuple[int, str]:
    return -share[1], share[0]
