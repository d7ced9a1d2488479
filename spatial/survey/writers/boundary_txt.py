"""Writer of the boundary-point text (电子报盘) of several parcels."""

from typing import Final

import shapely

from spatial.parcels.points import Plot, plots_file
from spatial.survey.writers.records import Result

ENCODINGS: Final = ("utf-8", "gb18030")


def boundary_text(result: Result, *, encoding: str = "utf-8") -> bytes:
    """Write the parcels that have a shape as one boundary-point text.

    Parameters
    ----------
    result : Result
        EPSG:4547 (E, N) metres.
    encoding : {"utf-8", "gb18030"}
        Of the file.

    Returns
    -------
    bytes
        Lines end with CR LF, rings are closed, numbers run on, coordinates are X north, Y east with the zone
        number 38, metres with three decimals; the count of a head is the number of its point rows.
    """
    parcels = result.parcels
    plots = [
        Plot(
            code=parcels.codes[at] or "",
            name=parcels.address[at] or parcels.codes[at] or "",
            use=parcels.land_use[at] or "",
            area_m2=_area(parcels.declared_m2[at], geom),
            geom=geom,
        )
        for at, geom in enumerate(parcels.geoms)
        if geom is not None
    ]
    return plots_file(plots, made_on=result.made_on, made_by=result.made_by).encode(encoding, "replace")


def _area(declared_m2: float | None, geom: shapely.MultiPolygon) -> float:
    return float(shapely.area(geom)) if declared_m2 is None else declared_m2
