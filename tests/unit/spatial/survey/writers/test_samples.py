"""The samples are for trying them in the demo city: there they must lie where their codes say."""

import pyogrio
import shapely

from api.cli.preparation import DEMO_SEED
from data.reference import files
from data.synthetic.districts import districts, divide, towns_of
from data.synthetic.mesh import faces_of, make_mesh
from spatial.survey.writers.samples import sample


def test_the_samples_lie_in_their_sub_district_of_the_demo_city(tmp_path):
    path = tmp_path / "sample.gpkg"
    path.write_bytes(sample("sample.gpkg"))
    _, _, shapes, (codes,) = pyogrio.raw.read(path, layer="ZD", columns=["ZDDM"])
    counties = [county for county in files.boundary().counties if county.in_city]
    mesh = make_mesh(tuple(shapely.total_bounds([county.geom for county in counties])), DEMO_SEED)
    (own,) = [county for county in counties if county.county_code == codes[0][:6]]
    towns = towns_of(own.county_code, files.read_csv("townships.csv"), files.read_csv("villages.csv"))
    division = divide(towns, faces_of(mesh, own.geom), DEMO_SEED)
    (home,) = [one.geom for one in districts(division) if one.code == codes[0][:12]]
    assert home.contains(shapely.union_all(shapely.from_wkb(shapes)))
