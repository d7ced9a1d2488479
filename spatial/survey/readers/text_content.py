"""From parsed plots of boundary points to content in EPSG:4547; runs in the child process only."""

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from spatial.city_window import Looks, looks
from spatial.crs import PLANE, PLANE_ZONE_38, ZONE, ZONE_PREFIX_M, Coordinates, CrsProblem, identify, to_plane
from spatial.survey.readers import boundary_txt
from spatial.survey.readers.plots import Block, Point, TextFile
from spatial.survey.readers.records import Asked, Content, Note, Source, Unreadable
from spatial.survey.readers.rings import assemble
from spatial.survey.readers.sense import (
    SWAP,
    majority,
    name_elsewhere,
    need_measurable,
    suggested_crs,
    suggested_swap,
)

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
        need_plane(asked.crs)
    parsed = boundary_txt.parse(data)
    return plots_content(parsed, asked, driver="boundary_txt", layer="地块坐标")


def need_plane(stated: str) -> None:
    """Refuse another system than the plane of zone 38 for coordinates that are written as X and Y.

    Raises
    ------
    Unreadable
        ``crs_contradicted`` or ``datum_refused``.
    """
    try:
        plane = identify(stated) in {PLANE, PLANE_ZONE_38}
    except CrsProblem as problem:
        reason = "datum_named" if problem.code == "datum_refused" else "txt_is_plane"
        raise Unreadable(problem.code, reason, name=problem.name) from problem
    if not plane:
        raise Unreadable("crs_contradicted", "txt_is_plane", name=stated[:40])


def plots_content(parsed: TextFile, asked: Asked, *, driver: str, layer: str) -> Content:
    """Build parcels from plots with their rings.

    Parameters
    ----------
    parsed : TextFile
        Rings of (E, N) as written, each point with its line.
    asked : Asked
        Whether the sender says that the axes are swapped.
    driver, layer : str
        What the source is called.

    Raises
    ------
    Unreadable
        With line numbers.
    """
    if asked.axes == SWAP:
        _swap(parsed)
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
    datum = parsed.header.get("坐标系", ("", 0))[0][:80]
    source = Source(driver, layer, PLANE, datum, parsed.encoding)
    return Content(source, geoms, rows, {}, parsed.notes, None, resolutions)


def need_statement(parsed: TextFile, asked: Asked) -> None:
    """Ask for the coordinate system of a list that names none; suggest the one its numbers fit.

    Raises
    ------
    Unreadable
        ``crs_missing``.
    """
    if asked.crs is not None:
        need_plane(asked.crs)
        return
    pairs = np.array([point[:2] for block in parsed.blocks for ring in block.rings for point in ring])
    need_measurable(pairs)
    raise Unreadable("crs_missing", "list_without_crs", **suggested_crs(majority(pairs)))


def _swap(parsed: TextFile) -> None:
    """Take the first number for the east, as the sender says."""
    for block in parsed.blocks:
        block.rings = [[(north, east, line) for east, north, line in ring] for ring in block.rings]
    parsed.notes.append(Note("axes_swapped_accepted", "warning"))


def _judge_axes(parsed: TextFile) -> None:
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
        more = {} if what is Looks.DEGREES_SWAPPED else suggested_swap()
        raise Unreadable("axes_swapped", "axes_swapped_txt", line=line, **more)
    if what is Looks.DEGREES:
        raise Unreadable("crs_contradicted", "txt_degrees", line=line)
    zone = int(east // 1_000_000)
    if east > _MAX_FIRST and zone != ZONE:
        raise Unreadable("zone_prefix", "txt_zone", line=line, zone=zone)
    name_elsewhere(pairs[at : at + 1], {"line": line})
    raise Unreadable("crs_contradicted", "outside_city_window", line=line, example=[east, north])


def _ring(points: list[Point]) -> Coordinates:
    pairs = np.array([point[:2] for point in points])
    pairs[pairs[:, 0] > _MAX_FIRST, 0] -= ZONE_PREFIX_M
    return to_plane(pairs, PLANE)


def _note_mixed(parsed: TextFile) -> None:
    eastings = np.array([point[0] for block in parsed.blocks for ring in block.rings for point in ring])
    prefixed = eastings > _MAX_FIRST
    if prefixed.any() and not prefixed.all():
        parsed.notes.append(Note("txt_prefix_mixed", "warning"))
    elif not prefixed.any():
        parsed.notes.append(Note("txt_prefix_absent", "info"))


def _area(
    block: Block, geom: shapely.MultiPolygon, rings: list[Coordinates], feature_no: int
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


def _row(block: Block, area: _Area | None) -> dict[str, Any]:
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
