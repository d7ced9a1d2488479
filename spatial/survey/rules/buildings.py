"""Rules on buildings and flats: T36, T37, T38 and T42."""

from collections import Counter, defaultdict
from typing import Any, Final

import shapely

from data.errors import NingtuError
from spatial.buildings.service import BUILDING_CODE
from spatial.codes.rules import parse
from spatial.survey.objects.records import BuildingDraft, FlatDraft
from spatial.survey.rules.context import Context, NotRun, Told
from spatial.survey.tolerances import FLOOR_AREA_M2, OVERHANG_M2

_UNIT_LENGTH: Final = 28
# Floating sums of two-decimal numbers: far below the last decimal.
_ROUNDING_M2: Final = 1e-6
# The two sets of areas of a flat: whole, inside and shared part; and the whole of its building.
_SETS: Final = (
    ("predicted", "predicted_m2", "predicted_inside_m2", "predicted_shared_m2"),
    ("measured", "measured_m2", "measured_inside_m2", "measured_shared_m2"),
)


def floor_areas(context: Context, told: Told) -> None:
    """T36: a flat's area is its inside and shared parts, a building's that of its flats.

    ``major``: off by more than 0.01 m² for each number added. Predicted and measured areas are judged apart;
    a sum is judged when every flat of the building has its area.
    """
    places = _places(context)
    flats: dict[str, list[FlatDraft]] = defaultdict(list)
    for flat in context.objects.flats:
        if flat.building_code:
            flats[flat.building_code].append(flat)
        for name, whole, inside, shared in _SETS:
            _judge_flat(told, flat, (name, whole, inside, shared), places)
    for building in context.objects.buildings:
        own = flats.get(building.building_code, []) if building.building_code else []
        for name, whole, _, _ in _SETS:
            parts = [getattr(flat, whole) for flat in own]
            _judge_building(told, building, name, getattr(building, whole), parts)


def _judge_flat(
    told: Told, flat: FlatDraft, names: tuple[str, ...], places: dict[str, shapely.Geometry]
) -> None:
    kind, *columns = names
    whole, inside, shared = (getattr(flat, column) for column in columns)
    if whole is None or inside is None or shared is None:
        told.skipped += whole is not None
        return
    off, limit = abs(whole - inside - shared), FLOOR_AREA_M2
    if off > limit + _ROUNDING_M2:
        params = {"whole_m2": whole, "inside_m2": inside, "shared_m2": shared}
        told.add(
            None,
            f"T36_flat_{kind}",
            place=places.get(flat.building_code or ""),
            object_id=_flat_name(flat),
            other_id=flat.building_code,
            measured=off,
            limit=limit,
            params=params,
        )


def _judge_building(
    told: Told, building: BuildingDraft, kind: str, whole: float | None, parts: list[float | None]
) -> None:
    if whole is None or not parts or None in parts:
        told.skipped += whole is not None
        return
    total = sum(part for part in parts if part is not None)
    off, limit = abs(whole - total), FLOOR_AREA_M2 * len(parts)
    if off > limit + _ROUNDING_M2:
        params = {"whole_m2": whole, "sum_m2": round(total, 2), "flats": len(parts)}
        told.add(
            None,
            f"T36_building_{kind}",
            place=building.geom,
            object_id=_building_name(building),
            measured=off,
            limit=round(limit, 2),
            params=params,
        )


def footprints(context: Context, told: Told) -> None:
    """T37: a building stands on its parcel; ``major``: larger than the parcel, ``minor``: it hangs over."""
    for building in context.objects.buildings:
        parcel = context.land.get(building.parcel_code or "")
        if parcel is None or building.geom is None or not shapely.is_valid(building.geom):
            told.skipped += 1
            continue
        area, ground = float(shapely.area(building.geom)), float(shapely.area(parcel))
        if area > ground + OVERHANG_M2:
            params = {"parcel_m2": round(ground, 2)}
            _tell(told, building, "T37_larger", measured=area, limit=round(ground, 2), params=params)
            continue
        outside = shapely.difference(building.geom, parcel)
        if shapely.area(outside) > OVERHANG_M2:
            _tell(
                told, building, "T37_overhang", "minor", measured=float(shapely.area(outside)), place=outside
            )


def land_shares(context: Context, told: Told) -> None:
    """T38: the flats' shares of the land are together no more than the parcel; ``major`` is any excess.

    Raises
    ------
    NotRun
        If no flat states its share of the land.
    """
    shares: dict[str, list[float]] = defaultdict(list)
    for flat in context.objects.flats:
        if flat.land_share_m2 is not None and flat.parcel_code:
            shares[flat.parcel_code].append(flat.land_share_m2)
    if not shares:
        raise NotRun("no_land_share")
    for code, own in shares.items():
        land = _land_m2(context, code)
        if land is None:
            told.skipped += 1
            continue
        limit = land + FLOOR_AREA_M2 * len(own)
        if sum(own) > limit + _ROUNDING_M2:
            at = context.index_of.get(code)
            place = None if at is not None else context.land.get(code)
            params = {"sum_m2": round(sum(own), 2), "land_m2": round(land, 2), "flats": len(own)}
            told.add(
                at,
                "T38_shares",
                place=place,
                object_id=code,
                measured=sum(own),
                limit=round(limit, 2),
                params=params,
            )


def _land_m2(context: Context, code: str) -> float | None:
    """Return the declared area of a parcel of the upload, its drawn area, or the registered one."""
    at = context.index_of.get(code)
    if at is None:
        return context.ground.areas_m2.get(code)
    declared = context.features.declared_m2[at]
    if declared is not None:
        return declared
    geom = context.features.geoms[at]
    return None if geom is None else float(shapely.area(geom))


def on_parcels(context: Context, told: Told) -> None:
    """T42: every flat and floor has a building, every building a parcel (房落宗); ``major`` is any breach.

    A building stands in the file or in the register; so does a parcel. A flat says its floor, use and room.
    """
    here = Counter(building.building_code for building in context.objects.buildings if building.building_code)
    for building in context.objects.buildings:
        _judge_home(context, told, building, here)
    known = set(here) | (context.ground.buildings or frozenset())
    for floor in context.objects.floors:
        if not floor.building_code or floor.building_code not in known:
            name = f"{floor.building_code or '?'}/C#{floor.no}"
            told.add(None, "T42_floor_orphan", object_id=name, other_id=floor.building_code)
    places = _places(context)
    times = Counter(flat.unit_code for flat in context.objects.flats if flat.unit_code)
    for flat in context.objects.flats:
        for message, params in _flat_faults(flat, known, times):
            place = places.get(flat.building_code or "")
            if place is None:
                place = context.land.get(flat.parcel_code or "")
            told.add(
                None,
                message,
                place=place,
                object_id=_flat_name(flat),
                other_id=flat.building_code,
                params=params,
            )


def _judge_home(context: Context, told: Told, building: BuildingDraft, here: Counter[str]) -> None:
    code = building.building_code
    if code is None or not BUILDING_CODE.fullmatch(code):
        _tell(told, building, "T42_building_code", params={"value": (code or "")[:40]})
        return
    if here[code] > 1:
        _tell(told, building, "T42_repeated", params={"times": here[code]})
    if building.parcel_code != code[:19]:
        _tell(told, building, "T42_other_parcel", params={"parcel": (building.parcel_code or "")[:40]})
    elif code[:19] not in context.land and code[:19] not in context.index_of:
        _tell(told, building, "T42_building_orphan")
    if building.geom is None:
        _tell(told, building, "T42_no_footprint")
    elif not shapely.is_valid(building.geom):
        _tell(
            told, building, "T42_footprint_invalid", params={"reason": shapely.is_valid_reason(building.geom)}
        )


def _flat_faults(
    flat: FlatDraft, known: set[str], times: Counter[str]
) -> list[tuple[str, dict[str, object]]]:
    code = flat.unit_code
    if not _is_flat_code(code):
        return [("T42_unit_code", {"value": (code or "")[:40]})]
    found: list[tuple[str, dict[str, object]]] = []
    if times[str(code)] > 1:
        found.append(("T42_repeated", {"times": times[str(code)]}))
    if flat.building_code != str(code)[:24]:
        found.append(("T42_other_building", {"building": (flat.building_code or "")[:40]}))
    elif flat.building_code not in known:
        found.append(("T42_flat_orphan", {}))
    lacking = [name for name, value in (("CH", flat.floor_no), ("FWYT1", flat.use_code)) if value is None]
    if lacking:
        found.append(("T42_incomplete", {"columns": ", ".join(lacking)}))
    if flat.predicted_m2 is None and flat.measured_m2 is None:
        found.append(("T42_no_area", {}))
    return found


def _is_flat_code(code: str | None) -> bool:
    try:
        parsed = parse(code or "")
    except NingtuError:
        return False
    return len(parsed.text) == _UNIT_LENGTH and bool(BUILDING_CODE.fullmatch(parsed.text[:24]))


def _tell(
    told: Told,
    building: BuildingDraft,
    message: str,
    grade: str = "major",
    *,
    place: shapely.Geometry | None = None,
    **more: Any,
) -> None:
    told.add(
        told.context.index_of.get(building.parcel_code or ""),
        message,
        grade,
        place=place if place is not None else building.geom,
        object_id=_building_name(building),
        other_id=building.parcel_code,
        **more,
    )


def _places(context: Context) -> dict[str, shapely.Geometry]:
    """Return the footprint of each building of the upload that has one."""
    return {
        building.building_code: building.geom
        for building in context.objects.buildings
        if building.building_code and building.geom is not None
    }


def _building_name(building: BuildingDraft) -> str:
    return building.building_code or f"ZRZ#{building.no}"


def _flat_name(flat: FlatDraft) -> str:
    return flat.unit_code or f"H#{flat.no}"
