"""Which paper and scale a floor plan has."""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from spatial.floorplan.records import Storey
from spatial.parcelmap.records import Box, Choice, Paper
from spatial.parcelmap.rules import A3, A4, MARGIN_MM, MM_PER_M, turned

# GB/T 17986.2: a plan is usually at 1:200, larger or smaller where the flat asks for it.
USUAL_SCALE, SMALLEST_SCALE_ON_A4 = 200, 500
SCALES = (50, *range(100, 10_001, 100))
TITLE_MM, ROW_MM, ROWS, FOOT_MM = 12.0, 7.0, 5, 46.0
# Room for the lengths of sides at the edge of the floor; around a flat alone for parts of its neighbours too.
EDGE_MM, AROUND_MM = 12.0, 28.0
# Sides that differ less run in one direction; less than this part of all sides is no main direction.
SAME_DEG, MAIN_SHARE = 1.0, 0.25
QUARTER_DEG = 90.0


def frame_of(paper: Paper) -> Box:
    """Return the frame of the drawing on a sheet."""
    top = MARGIN_MM + TITLE_MM + ROWS * ROW_MM
    return Box(MARGIN_MM, top, paper.width_mm - MARGIN_MM, paper.height_mm - MARGIN_MM - FOOT_MM)


def turn_of(outlines: Sequence[BaseGeometry]) -> float:
    """Return by how many degrees clockwise a flat is turned so that its main sides run along the frame.

    A house is laid or stood straight on its plan, with north where it then points (GB/T 17986.1); north stays
    within 45 degrees of up. A round flat is not turned.

    Parameters
    ----------
    outlines : sequence of Polygon or MultiPolygon
        EPSG:4547 (E, N) metres.

    Examples
    --------
    >>> turn_of([shapely.Polygon([(0, 0), (4, 3), (1, 7), (-3, 4)])]).__round__(2)
    36.87
    """
    sides = np.concatenate(
        [
            np.diff(shapely.get_coordinates(ring), axis=0)
            for outline in outlines
            for part in shapely.get_parts(outline)
            for ring in shapely.get_rings(part)
        ]
    )
    length, angle = np.hypot(*sides.T), np.degrees(np.arctan2(sides[:, 1], sides[:, 0])) % QUARTER_DEG
    apart = np.abs(angle[:, None] - angle[None, :])
    alike = np.minimum(apart, QUARTER_DEG - apart) < SAME_DEG
    together = alike @ length
    if together.max() < MAIN_SHARE * length.sum():
        return 0.0
    main = together >= together.max() * (1 - 1e-9)
    found = float(angle[np.argmax(np.where(main, length, 0.0))])
    return found if found <= QUARTER_DEG / 2 else found - QUARTER_DEG


def choose(
    storeys: Sequence[Storey], footprint: BaseGeometry, turn_deg: float = 0.0
) -> tuple[Choice, BaseGeometry]:
    """Choose paper and scale, and what stands in the middle: the whole floor, or the flat alone.

    Parameters
    ----------
    storeys : sequence of Storey
        Floors of the flat, EPSG:4547 metres.
    footprint : MultiPolygon
        Building.
    turn_deg : float
        Turn of the plan, clockwise about the origin.

    Returns
    -------
    Choice, geometry
        The geometry's box, turned already, is centred in the frame on every page.
    """
    flats = [storey.outline for storey in storeys]
    flat = _box_of(flats, turn_deg)
    floor = _box_of([footprint, *(geom for storey in storeys for _, geom in storey.others), *flats], turn_deg)
    whole = _best(A4, floor, EDGE_MM)
    if whole is not None and whole.scale <= USUAL_SCALE:
        return whole, floor
    alone = _best(A4, flat, AROUND_MM)
    if alone is None or alone.scale > SMALLEST_SCALE_ON_A4:
        alone = _best(A3, flat, AROUND_MM) or Choice(A3[1], SCALES[-1])
    return (whole, floor) if whole is not None and whole.scale <= alone.scale else (alone, flat)


def _box_of(shapes: Sequence[BaseGeometry], turn_deg: float) -> BaseGeometry:
    moved = [shapely.transform(shape, lambda xy: turned(xy, turn_deg)) for shape in shapes]
    return shapely.box(*shapely.total_bounds(moved))


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
