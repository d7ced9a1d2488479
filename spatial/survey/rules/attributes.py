"""Rules on codes and areas: T30 and T31."""

from collections import Counter

import shapely

from data.errors import NingtuError
from spatial.codes.rules import layer_of, parse, problems
from spatial.survey.predicates import area_errors_m2
from spatial.survey.records import Kind
from spatial.survey.rules.context import Context, NotRun, Told
from spatial.survey.tolerances import AREA_M2, POINT_ERROR_M

_PARCEL = 19


def codes(context: Context, told: Told) -> None:
    """T30: parcel and unit codes.

    ``major``: missing, malformed, repeated, of another layer, used up, or already live in a ``new`` survey;
    ``minor``: unusual but allowed.
    """
    features = context.features
    times = Counter(code for code in features.codes if code)
    live = set(context.ground.parcels.codes) if context.ground.parcels is not None else set()
    used = context.ground.used_codes or frozenset()
    for at, code in enumerate(features.codes):
        if not code:
            told.add(at, "T30_absent")
            continue
        if times[code] > 1:
            told.add(at, "T30_repeated", params={"times": times[code]})
        if code in used:
            told.add(at, "T30_used_up")
        if context.kind is Kind.NEW and code in live:
            told.add(at, "T30_already_live")
        _judge(told, at, code, features.unit_codes[at])


def _judge(told: Told, at: int, code: str, unit: str | None) -> None:
    text = unit or code
    try:
        parsed = parse(text)
    except NingtuError:
        # A plot code (DKBM) is as long as a parcel code and has no letters.
        message = "T30_plot_code" if len(text) == _PARCEL and text.isdecimal() else "T30_malformed"
        told.add(at, message, params={"value": text[:40]})
        return
    if parsed.parcel_code != code or len(code) != _PARCEL:
        told.add(at, "T30_unit_of_other_parcel", params={"value": text[:40]})
    layer = layer_of(parsed)
    if layer is not None and layer != told.context.layer:
        told.add(at, "T30_other_layer", params={"layer": layer})
    for problem in problems(parsed):
        grade = "major" if problem.severity == "error" else "minor"
        told.add(at, problem.code, grade, params=problem.params)


def areas(context: Context, told: Told) -> None:
    """T31: declared and drawn area agree; so do old and new.

    ``major``: declared and drawn differ by more than their rounding; ``minor``: drawn and registered area
    differ by more than 2·√2 mean errors.

    Raises
    ------
    NotRun
        If no area is declared and none is registered.
    """
    features = context.features
    told.skipped = context.need_valid()
    declared = [at for at in context.usable if features.declared_m2[at] is not None]
    known = [at for at in context.usable if (features.codes[at] or "") in context.ground.areas_m2]
    if not declared and not known:
        raise NotRun("no_area_declared")
    drawn = shapely.area(features.geoms)
    for at in declared:
        _compare_declared(context, told, int(at), float(drawn[at]))
    if known:
        errors = area_errors_m2(context.vertices, len(features), POINT_ERROR_M)
        for at in known:
            _compare_registered(context, told, int(at), float(drawn[at]), float(errors[at]))


def _compare_declared(context: Context, told: Told, at: int, drawn: float) -> None:
    features = context.features
    declared = features.declared_m2[at]
    limit = AREA_M2 + (features.resolution_m2[at] or 0.0)
    if declared is None or abs(declared - drawn) <= limit:
        return
    params = {"declared_m2": declared, "drawn_m2": round(drawn, 2)}
    told.add(at, "T31_declared", measured=abs(declared - drawn), limit=limit, params=params)


def _compare_registered(context: Context, told: Told, at: int, drawn: float, error: float) -> None:
    registered = context.ground.areas_m2[str(context.features.codes[at])]
    limit = 2.0 * 2.0**0.5 * error
    if abs(registered - drawn) > limit:
        told.add(
            at,
            "T31_registered",
            "minor",
            measured=abs(registered - drawn),
            limit=round(limit, 2),
            params={"registered_m2": registered, "drawn_m2": round(drawn, 2)},
        )
