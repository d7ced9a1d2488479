"""Which paper and scale a floor plan has."""

from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from spatial.floorplan.records import Storey
from spatial.parcelmap.records import Box, Choice, Paper
from spatial.parcelmap.rules import A3, A4, MARGIN_MM, MM_PER_M

# GB/T 17986.2: a plan is usually at 1:200, larger or smaller where the flat asks for it.
USUAL_SCALE, SMALLEST_SCALE_ON_A4 = 200, 500
SCALES = (50, *range(100, 10_001, 100))
TITLE_MM, ROW_MM, ROWS, FOOT_MM = 12.0, 7.0, 5, 46.0
# Room for the lengths of sides at the edge of the floor; around a flat alone for parts of its neighbours too.
EDGE_MM, AROUND_MM = 12.0, 28.0


def frame_of(paper: Paper) -> Box:
    """Return the frame of the drawing on a sheet."""
    top = MARGIN_MM + TITLE_MM + ROWS * ROW_MM
    return Box(MARGIN_MM, top, paper.width_mm - MARGIN_MM, paper.height_mm - MARGIN_MM - FOOT_MM)


def choose(storeys: Sequence[Storey], footprint: BaseGeometry) -> tuple[Choice, BaseGeometry]:
    """Choose paper and scale, and what stands in the middle: the whole floor, or the flat alone.

    Parameters
    ----------
    storeys : sequence of Storey
        Floors of the flat, EPSG:4547 metres.
    footprint : MultiPolygon
        Building.

    Returns
    -------
    Choice, geometry
        The geometry's box is centred in the frame on every page.
    """
    flat = shapely.box(*shapely.total_bounds([storey.outline for storey in storeys]))
    shapes = [footprint, *(geom for storey in storeys for _, geom in storey.others), flat]
    floor = shapely.box(*shapely.total_bounds(shapes))
    whole = _best(A4, floor, EDGE_MM)
    if whole is not None and whole.scale <= USUAL_SCALE:
        return whole, floor
    alone = _best(A4, flat, AROUND_MM)
    if alone is None or alone.scale > SMALLEST_SCALE_ON_A4:
        alone = _best(A3, flat, AROUND_MM) or Choice(A3[1], SCALES[-1])
    return (whole, floor) if whole is not None and whole.scale <= alone.scale else (alone, flat)


def _best(sheets: Sequence[Paper], geom: BaseGeometry, edge_mm: float) -> Choice | None:
    """Return the sheet, upright or lying, with the largest scale at which a shape fits; upright if both."""
    west, south, east, north = geom.bounds
    for scale in SCALES:
        for sheet in sheets:
            room = frame_of(sheet).inside(edge_mm)
            wide, high = (east - west) * MM_PER_M / scale, (north - south) * MM_PER_M / scale
            if wide <= room.width and high <= room.height:
                return Choice(sheet, scale)
    return None
