"""How buildings, flats and boundary points are shown."""

from typing import Any

import shapely

from api.place_views import shown_geometries
from spatial.boundaries.records import StoredBoundary
from spatial.buildings.records import BuildingUnit, StoredBuilding
from spatial.parcels.points import boundary_points
from spatial.parcels.records import ParcelVersion


def building_json(building: StoredBuilding) -> dict[str, Any]:
    """Show the facts of a building; areas are square metres, the footprint is left to the caller."""
    return {
        "building_code": building.building_code,
        "name": building.name,
        "address": building.address,
        "floors": building.floors,
        "floors_below": building.floors_below,
        "height_m": building.height_m,
        "structure": building.structure,
        "built_year": building.built_year,
        "use_code": building.use_code,
        "footprint_area_m2": building.footprint_area_m2,
        "predicted_area_m2": building.predicted_area_m2,
        "measured_area_m2": building.measured_area_m2,
        "valid_from": building.valid_from,
        "survey_id": building.survey_id,
    }


def unit_json(unit: BuildingUnit) -> dict[str, Any]:
    """Show a flat with its predicted and measured areas, square metres."""
    measured = unit.measured_area_m2 is not None
    return {
        "unit_code": unit.unit_code,
        "floor_no": unit.floor_no,
        "room_no": unit.room_no,
        "address": unit.address,
        "use_code": unit.use_code,
        "stage": "measured" if measured else "predicted",
        "predicted_area_m2": unit.predicted_area_m2,
        "predicted_inside_area_m2": unit.predicted_inside_area_m2,
        "predicted_shared_area_m2": unit.predicted_shared_area_m2,
        "measured_area_m2": unit.measured_area_m2,
        "inside_area_m2": unit.inside_area_m2,
        "shared_area_m2": unit.shared_area_m2,
        "land_share_m2": unit.land_share_m2,
        "party_walls": unit.party_walls,
        "drawn": unit.drawn,
        "survey_id": unit.survey_id,
    }


def boundary_points_json(parcel: ParcelVersion, boundary: StoredBoundary | None, crs: str) -> dict[str, Any]:
    """Show the points and lines of a parcel, or the corners of its shape where no survey brought points."""
    if boundary is None:
        corners = boundary_points(parcel.geom)
        places = shapely.points([(corner.east_m, corner.north_m) for corner in corners])
        drawn = [
            {
                "seq": seq,
                "point_no": corner.name,
                "geometry": place,
                "east_m": corner.east_m,
                "north_m": corner.north_m,
                "accuracy_class": None,
            }
            for seq, (corner, place) in enumerate(
                zip(corners, shown_geometries(places, crs), strict=True), start=1
            )
        ]
        return {"surveyed": False, "survey_id": None, "points": drawn, "lines": []}
    shown = shown_geometries([point.geom for point in boundary.points], crs)
    points = [
        {
            "seq": point.seq,
            "point_no": point.point_no,
            "point_id": point.point_id,
            "geometry": place,
            "east_m": point.geom.x,
            "north_m": point.geom.y,
            "marker_type": point.marker_type,
            "point_type": point.point_type,
            "accuracy_class": point.accuracy_class,
            "shared_with": point.shared_with,
        }
        for point, place in zip(boundary.points, shown, strict=True)
    ]
    return {"surveyed": True, "survey_id": boundary.survey_id, "points": points, "lines": boundary.lines}
