"""What file, sender and numbers say of the coordinate system: agreed, named, suggested, accepted."""

import json
import zipfile

import geopandas as gpd
import pytest
import shapely
from pyproj import CRS
from shapely.geometry import box

from spatial.survey.readers.records import Asked, Unreadable
from spatial.survey.readers.sandbox import read_file
from spatial.survey.readers.text_content import text_content
from tests.unit.spatial.survey.readers.files import read_here

E, N = 530_000.0, 3_300_000.0
SQUARES = [box(E, N, E + 20, N + 20), box(E + 20, N, E + 40, N + 20)]
FRAME = gpd.GeoDataFrame({"ZDMJ": [400.0, 400.0]}, geometry=SQUARES, crs="EPSG:4547")


def write(tmp_path, frame):
    """Write GeoJSON that names its system, which is read here; without one a GeoPackage, read by a child."""
    if frame.crs is None:
        return package(tmp_path, frame)
    body = json.loads(frame.set_crs(4326, allow_override=True).to_json())
    body["crs"] = {"type": "name", "properties": {"name": frame.crs.to_string()}}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(body))
    return path


def read(path, **asked):
    if path.suffix == ".geojson":
        return read_here(path, **asked)
    return read_file(path, path.name, Asked(**asked))


def package(tmp_path, frame):
    path = tmp_path / "a.gpkg"
    frame.to_file(path, layer="zd", driver="GPKG")
    return path


def swapped(frame):
    return frame.set_geometry(shapely.transform(frame.geometry.values, lambda xy: xy[:, ::-1]), crs=frame.crs)


def labelled(frame, epsg):
    return frame.set_crs(epsg, allow_override=True)


def refusal(path, **asked):
    with pytest.raises(Unreadable) as error:
        read(path, **asked)
    return error.value


CASES = {
    "axes": (swapped(FRAME), "axes_swapped", ("axes", "swap")),
    "latitude first": (swapped(FRAME.to_crs(4490)), "axes_swapped", ("axes", "swap")),
    "prefix not declared": (labelled(FRAME.to_crs(4526), 4547), "zone_prefix", ("crs", "EPSG:4526")),
    "prefix declared, absent": (labelled(FRAME, 4526), "zone_prefix", ("crs", "EPSG:4547")),
    "degrees as metres": (labelled(FRAME.to_crs(4490), 4547), "crs_contradicted", ("crs", "EPSG:4490")),
    "metres as degrees": (labelled(FRAME, 4326), "crs_contradicted", ("crs", "EPSG:4547")),
    "wrong zone declared": (labelled(FRAME, 4546), "crs_contradicted", ("crs", "EPSG:4547")),
    "web Mercator declared": (labelled(FRAME, 3857), "crs_contradicted", ("crs", "EPSG:4547")),
    "meridian 111": (labelled(FRAME.to_crs(4546), 4547), "crs_contradicted", ("crs", "EPSG:4546")),
    "meridian 117": (labelled(FRAME.to_crs(4548), 4547), "crs_contradicted", ("crs", "EPSG:4548")),
    "zone 37": (labelled(FRAME.to_crs(4525), 4526), "zone_prefix", ("crs", "EPSG:4525")),
    "zone 39": (labelled(FRAME.to_crs(4527), 4526), "zone_prefix", ("crs", "EPSG:4527")),
    "no system": (FRAME.set_crs(None, allow_override=True), "crs_missing", ("crs", "EPSG:4547")),
}


@pytest.mark.filterwarnings("ignore:.crs. was not provided")  # that is the case
@pytest.mark.parametrize("name", CASES)
def test_a_contradiction_is_named_and_its_suggestion_makes_the_file_readable(tmp_path, name):
    frame, code, (parameter, value) = CASES[name]
    path = write(tmp_path, frame)
    problem = refusal(path)
    assert problem.code == code
    assert problem.params["suggestion"] == {"parameter": parameter, "value": value}
    content = read(path, **{parameter: value})
    for geom, square in zip(content.geoms, SQUARES, strict=True):
        assert shapely.equals_exact(
            shapely.normalize(geom), shapely.normalize(shapely.MultiPolygon([square])), 0.0015
        )
    told = {note.code for note in content.notes}
    assert told == (
        {"axes_swapped_accepted"}
        if parameter == "axes"
        else set()
        if "no" in name.split()
        else {"crs_overruled"}
    )


UNCORRECTED = {
    "Xi'an 80": (labelled(FRAME, 2383), "datum_refused", "datum_named"),
    "Beijing 54": (labelled(FRAME, 2414), "datum_refused", "datum_named"),
    "zone 37 in the numbers": (
        labelled(FRAME.translate(37e6).to_frame("geometry"), 4547), "zone_prefix", "zone_number_other",
    ),
    "another meridian, north first": (
        swapped(labelled(FRAME.to_crs(4546), 4547)), "crs_contradicted", "meridian_other",
    ),
    "web Mercator": (labelled(FRAME.to_crs(3857), 4547), "crs_contradicted", "web_mercator"),
    "elsewhere": (FRAME.translate(-3e5, 8e5).to_frame("geometry"), "crs_contradicted", "outside_city_window"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNCORRECTED)
def test_what_no_word_can_set_right_is_named_without_a_suggestion(tmp_path, name):
    frame, code, reason = UNCORRECTED[name]
    problem = refusal(write(tmp_path, frame))
    assert (problem.code, problem.reason) == (code, reason)
    assert "suggestion" not in problem.params


def test_the_sender_never_overrules_a_datum(tmp_path):
    assert refusal(write(tmp_path, labelled(FRAME, 2383)), crs="EPSG:4547").code == "datum_refused"


def test_the_sender_does_not_overrule_a_file_that_is_right(tmp_path):
    assert refusal(package(tmp_path, FRAME), crs="EPSG:4526").reason == "crs_two_words"


def test_axes_are_not_exchanged_where_they_are_right(tmp_path):
    assert refusal(write(tmp_path, FRAME), axes="swap").code == "axes_swapped"


def test_degrees_without_a_member_crs_are_geojson_and_metres_are_not(tmp_path):
    path = tmp_path / "a.geojson"
    body = json.loads(FRAME.to_json())
    body.pop("crs", None)
    path.write_text(json.dumps(body))
    problem = refusal(path)
    assert (problem.code, problem.params["suggestion"]["value"]) == ("crs_contradicted", "EPSG:4547")
    assert read(path, crs="EPSG:4547").source.epsg == 4547


def test_a_text_with_swapped_axes_is_read_once_the_sender_says_so():
    rows = [(N, E), (N, E + 30), (N + 20, E + 30)]
    text = "[地块坐标]\n3,0.0300,1,a,面,,,,@\n" + "".join(
        f"J{at},1,{e:.3f},{n:.3f}\n" for at, (n, e) in enumerate(rows)
    )
    with pytest.raises(Unreadable) as error:
        text_content(text.encode(), Asked())
    assert (error.value.code, error.value.params["line"]) == ("axes_swapped", 3)
    assert error.value.params["suggestion"] == {"parameter": "axes", "value": "swap"}
    content = text_content(text.encode(), Asked(axes="swap"))
    assert content.geoms[0].area == pytest.approx(300.0)
    assert "axes_swapped_accepted" in {note.code for note in content.notes}


UNNAMED = (
    'PROJCS["unnamed",GEOGCS["unnamed",DATUM["D_unknown",SPHEROID["unnamed",{ellipsoid}]],PRIMEM["Greenwich",0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],'
    'PARAMETER["central_meridian",114],PARAMETER["scale_factor",1],PARAMETER["false_easting",{easting}],'
    'PARAMETER["false_northing",0],UNIT["Meter",1]]'
)
CGCS = "6378137,298.257222101"


def shapefile(tmp_path, frame, prj):
    folder = tmp_path / "shp"
    folder.mkdir()
    frame.to_file(folder / "zd.shp", driver="ESRI Shapefile", encoding="utf-8")
    (folder / "zd.prj").unlink(missing_ok=True)
    if prj:
        (folder / "zd.prj").write_text(prj)
    path = tmp_path / "zd.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for member in sorted(folder.iterdir()):
            archive.write(member, member.name)
    return path


@pytest.mark.parametrize(
    ("prj", "epsg"),
    [
        (CRS(4547).to_wkt("WKT1_ESRI"), 4547),
        (CRS(4526).to_wkt("WKT1_ESRI"), 4526),
        (CRS(4490).to_wkt("WKT1_ESRI"), 4490),
        (CRS(4548).to_wkt("WKT1_ESRI"), 4548),
        (CRS(4525).to_wkt("WKT1_ESRI"), 4525),
        (CRS(4326).to_wkt("WKT1_ESRI"), 4326),
        (UNNAMED.format(ellipsoid=CGCS, easting=500000), 4547),
        (UNNAMED.format(ellipsoid=CGCS, easting=38500000), 4526),
    ],
)
def test_a_prj_is_understood_by_name_or_by_its_parameters(tmp_path, prj, epsg):
    path = shapefile(tmp_path, FRAME.to_crs(epsg), prj)
    content = read_file(path, path.name, Asked())
    assert content.source.epsg == epsg
    assert content.geoms[0].area == pytest.approx(400.0, abs=0.1)


@pytest.mark.parametrize("ellipsoid", ["6378140,298.257", "6378245,298.3"])
def test_an_unnamed_prj_of_another_datum_is_refused_by_its_ellipsoid(tmp_path, ellipsoid):
    path = shapefile(tmp_path, FRAME, UNNAMED.format(ellipsoid=ellipsoid, easting=500000))
    assert refusal(path).code == "datum_refused"


def test_a_missing_prj_is_asked_for_with_what_the_numbers_fit(tmp_path):
    problem = refusal(shapefile(tmp_path, FRAME.to_crs(4526), None))
    assert (problem.code, problem.reason) == ("crs_missing", "shp_without_prj")
    assert problem.params["suggestion"] == {"parameter": "crs", "value": "EPSG:4526"}


@pytest.mark.parametrize("prj", ["PROJCS[", "\0\1\2", 'PROJCS["CGCS",GEOGCS[]]'])
def test_a_damaged_prj_is_named_and_the_sender_may_say_what_it_was(tmp_path, prj):
    path = shapefile(tmp_path, FRAME, prj)
    problem = refusal(path)
    assert (problem.code, problem.reason) == ("crs_missing", "crs_unintelligible")
    content = read_file(path, path.name, Asked(crs=problem.params["suggestion"]["value"]))
    assert [note.code for note in content.notes] == ["crs_overruled"]


@pytest.mark.parametrize("table", ["parcels", "JZD"])
def test_a_longitude_that_no_projection_takes_is_refused_by_name(tmp_path, table):
    degrees = FRAME.to_crs(4490)
    (lon, lat), *corners = degrees.geometry.iloc[0].exterior.coords[:-1]
    wrong = shapely.Polygon([(10 * lon, lat), *corners])
    path = tmp_path / "a.gpkg"
    if table == "parcels":
        degrees.loc[0, "geometry"] = wrong
    degrees.to_file(path, layer="ZD")
    if table == "JZD":
        points = gpd.GeoDataFrame(geometry=[shapely.Point(pair) for pair in wrong.exterior.coords], crs=4490)
        points.to_file(path, layer="JZD", mode="a")
    with pytest.raises(Unreadable) as error:
        read(path, source_layer="ZD")
    assert (error.value.code, error.value.reason) == ("geometry_not_finite", "coordinate_beyond")
    assert error.value.params["example"][0] > 1000
