"""Files to import: parcels of the synthetic city as a GeoPackage."""

import itertools
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from data.synthetic.city import CityOrder, make_city

AT_ONCE = 50_000
LAYER = "parcels"
LAYERS_SHARE = 0.75  # of synthetic parcels lie on the surface


def surface_parcels(count: int) -> Iterator[Any]:
    """Yield exactly so many parcels of the surface layer (EPSG:4547)."""
    order = CityOrder(parcels=int(count / LAYERS_SHARE) + 5_000, cases=0, seed=1, until=date(2026, 1, 1))
    batches = itertools.chain.from_iterable(part.batches for part in make_city(order))
    parcels = (parcel for batch in batches for parcel in batch.parcels if parcel.layer == "use_surface")
    return itertools.islice(parcels, count)


def write_package(path: Path, count: int) -> int:
    """Write the parcels as a GeoPackage with the columns of the register standard; return how many."""
    import geopandas as gpd

    parcels, written = surface_parcels(count), 0
    while part := list(itertools.islice(parcels, AT_ONCE)):
        rows = {
            "ZDDM": [parcel.parcel_code for parcel in part],
            "BDCDYH": [parcel.unit_code for parcel in part],
            "ZDMJ": [round(parcel.geom.area, 2) for parcel in part],
            "YT": [parcel.land_use for parcel in part],
            "ZL": [parcel.address for parcel in part],
        }
        shapes = np.array([parcel.geom for parcel in part], dtype=object)
        frame = gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4547")
        frame.to_file(path, layer=LAYER, driver="GPKG", mode="a" if written else "w", engine="pyogrio")
        written += len(part)
    return written


if __name__ == "__main__":
    print(write_package(Path(sys.argv[1]), int(sys.argv[2])))
