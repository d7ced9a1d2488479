"""From a parsed boundary-point text to content in EPSG:4547; runs in the child process only."""

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from spatial.crs import PLANE, ZONE_PREFIX_M, Coordinates, Looks, looks, to_plane
from spatial.survey.readers import boundary_txt
from spatial.survey.readers.records import Asked, Content, Note, Source, Unreadable
from spatial.survey.readers.rings import assemble
from spatial.survey.readers.sense import need_measurable

_HECTARE_M2: Final = 10_000.0
_MU_M2: Final = 2_000.0 / 3.0
_AREA: Final = re.compile(r"^(?P<number>\d+(?:\.(?P<decimals>\d*))?)\s*(?P<unit>公顷|hm2|平方米|㎡|m2|亩)?$")
_UNITS: Final = {"公顷": _HECTARE_M2, "hm2": _HECTARE_M2, "平方米": 1.0, "㎡": 1.0, "m2": 1.0, "亩": _MU_M2}
# A head in square metres instead of hectares is recognised by this factor (domain of the format).
_SQUARE_METRES_RATIO: Final = (5_000.0, 20_000.0)
_FLOAT_SLACK_M2: Final = 0.05
_MAX_FIRST: Final = 1e7  # eastings above carry a zone number
_CODE: Final = re.compile(r"^[0-9A-Z]{19}$")


@dataclass(frozen=True, slots=True)
class _Area:
    """An area of a head: square metres and half of its last decimal."""

    value_m2: float
    resolution_m2: float


def text_content(data: bytes, asked: Asked) -> Content:
    """Read a boundary-point file.

    Parameters
    ----------
    data : bytes
        The file.
    asked : Asked
        A stated coordinate system may only confirm the plane of zone 38.

    Raises
    ------
    Unreadable
        With line numbers.
    """
    if asked.crs is not None:
        from spatial.survey.readers.sense import declared

        if declared(asked.crs, "") not in {PLANE, 4526}:
            raise Unreadable("crs_contradicted", "txt_is_plane", name=asked.crs[:40])
    parsed = boundary_txt.parse(data)
    _judge_axes(parsed)
    rows, resolutions = [], []
    geoms = np.full(len(parsed.blocks), None, dtype=object)
    for at, block in enumerate(parsed.blocks):
        rings = [_ring(ring) for ring in block.rings]
        geoms[at] = assemble(rings)
        area, remarks = _area(block, geoms[at], rings, at + 1)
        parsed.notes.extend(remarks)
        rows.append(_row(block, area))
        resolutions.append(area.resolution_m2 if area else None)
    _note_mixed(parsed)
    source = Source(
        "boundary_txt", "地块坐标", PLANE, parsed.header.get("坐标系", ("", 0))[0][:80], parsed.encoding
    )
    return Content(source, geoms, rows, {}, parsed.notes, None, resolutions)


def _judge_axes(parsed: boundary_txt.TextFile) -> None:
    """Refuse swapped axes, other zones and places outside the city, with the line of the first such point."""
    points = [point for block in parsed.blocks for ring in block.rings for point in ring]
    pairs = np.array([point[:2] for point in points])
    need_measurable(pairs)
    seen = looks(pairs)
    good = np.isin(seen, (Looks.PLANE.value, Looks.ZONED.value))
    if good.any() and good.mean() >= 0.5:  # noqa: PLR2004  the majority decides
        return
    at = int(np.flatnonzero(~good)[0])
    east, north, line = points[at]
    what = Looks(str(seen[at]))
    if what in {Looks.PLANE_SWAPPED, Looks.ZONED_SWAPPED, Looks.DEGREES_SWAPPED}:
        raise Unreadable("axes_swapped", "axes_swapped_txt", line=line)
    if what is Looks.DEGREES:
        raise Unreadable("crs_contradicted", "txt_degrees", line=line)
    zone = int(east // 1_000_000)
    if east > _MAX_FIRST and zone != int(ZONE_PREFIX_M // 1_000_000):
        raise Unreadable("zone_prefix", "txt_zone", line=line, zone=zone)
    raise Unreadable("crs_contradicted", "outside_city_window", line=line, example=[east, north])


def _ring(points: list[boundary_txt.Point]) -> Coordinates:
    pairs = np.array([point[:2] for point in points])
    pairs[pairs[:, 0] > _MAX_FIRST, 0] -= ZONE_PREFIX_M
    return to_plane(pairs, PLANE)


def _note_mixed(parsed: boundary_txt.TextFile) -> None:
    eastings = np.array([point[0] for block in parsed.blocks for ring in block.rings for point in ring])
    prefixed = eastings > _MAX_FIRST
    if prefixed.any() and not prefixed.all():
        parsed.notes.append(Note("txt_prefix_mixed", "warning"))
    elif not prefixed.any():
        parsed.notes.append(Note("txt_prefix_absent", "info"))


def _area(
    block: boundary_txt.Block, geom: shapely.MultiPolygon, rings: list[Coordinates], feature_no: int
) -> tuple[_Area | None, list[Note]]:
    """Understand the area of a head; what is only another habit of writing becomes a note."""
    match = _AREA.match(block.area.replace(" ", ""))
    if match is None:
        notes = (
            [Note("txt_area_unreadable", "warning", feature_no, {"line": block.line})] if block.area else []
        )
        return None, notes
    factor = _UNITS.get(match["unit"] or "公顷", _HECTARE_M2)
    step = 10.0 ** -len(match["decimals"] or "")
    number, drawn = float(match["number"]), float(shapely.area(geom))
    notes = []
    low, high = _SQUARE_METRES_RATIO
    if match["unit"] is None and drawn > 0 and low < number * factor / drawn < high:
        factor = 1.0
        notes.append(Note("txt_area_square_metres", "warning", feature_no, {"line": block.line}))
    area = _Area(number * factor, 0.5 * step * factor)
    outer = sum(float(shapely.area(shapely.Polygon(ring))) for ring in rings)
    near = area.resolution_m2 + _FLOAT_SLACK_M2
    if abs(area.value_m2 - drawn) > near and len(rings) > len(geom.geoms):
        shells = sum(float(shapely.area(shapely.Polygon(part.exterior))) for part in geom.geoms)
        if min(abs(area.value_m2 - shells), abs(area.value_m2 - outer)) <= near:
            notes.append(Note("txt_area_with_holes", "warning", feature_no, {"line": block.line}))
            return None, notes
    return area, notes


def _row(block: boundary_txt.Block, area: _Area | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": block.name,
        "sheet": block.sheet,
        "land_use": block.use,
        "land_use_class": block.use_class,
    }
    code = block.number.replace(" ", "").upper()
    row["zddm" if _CODE.match(code) else "plot_number"] = code
    if area is not None:
        row["ZDMJ"] = round(area.value_m2, 4)
    return row
