"""Every format gives the same two parcels; those that can, also what stands beside them."""

import pytest
import shapely

from spatial.survey.readers.records import Asked, Unreadable
from spatial.survey.readers.sandbox import read_file
from tests.unit.spatial.survey.readers import files
from tests.unit.spatial.survey.readers.files import CODES, CORNERS, EVERY, SQUARES

WITH_OBJECTS = {"gpkg", "gdb", "shp", "bundle"}


def read(path, **asked):
    if path.suffix in {".gpkg", ".zip", ".fgb"}:
        return read_file(path, path.name, Asked(**asked))
    return files.read_here(path, **asked)


def refusal(path, **asked):
    with pytest.raises(Unreadable) as error:
        read(path, **asked)
    return error.value


def codes(content):
    return [next(value for key, value in row.items() if key.lower() == "zddm") for row in content.rows]


def same(geom, square, within=0.0005):
    return shapely.equals_exact(
        shapely.normalize(geom), shapely.normalize(shapely.MultiPolygon([square])), within
    )


@pytest.mark.parametrize("name", EVERY)
def test_a_format_gives_the_parcels_with_their_codes_to_the_millimetre(tmp_path, name):
    make, crs = EVERY[name]
    path = make(tmp_path)
    content = read_file(path, path.name, Asked(crs=crs))
    assert codes(content) == CODES
    assert all(same(geom, square) for geom, square in zip(content.geoms, SQUARES, strict=True))


@pytest.mark.parametrize("name", sorted(WITH_OBJECTS))
def test_the_tables_beside_the_parcels_come_under_their_standard_names(tmp_path, name):
    make, crs = EVERY[name]
    objects = read(make(tmp_path), crs=crs).objects
    assert set(objects) == {"JZD", "JZX", "ZRZ", "C", "H"}
    assert [(geom.x, geom.y) for geom in objects["JZD"].geoms] == CORNERS
    assert [row["JZDH"] for row in objects["JZD"].rows] == ["J1", "J2", "J3", "J4"]
    assert [geom.length for geom in objects["JZX"].geoms] == [20.0] * 4
    assert objects["ZRZ"].geoms[0].area == pytest.approx(100.0)
    assert [geom is None for geom in objects["H"].geoms] == [True]
    assert objects["H"].rows[0]["BDCDYH"] == files.FLAT["BDCDYH"]
    assert objects["H"].rows[0]["SCJZMJ"] == 88.5


def test_layers_in_degrees_are_brought_to_the_plane_each_by_its_own_system(tmp_path):
    path = tmp_path / "a.gpkg"
    files.parcels(4490).to_file(path, layer="ZD", driver="GPKG")
    files.objects()["JZD"].to_crs(4526).to_file(path, layer="jzd", driver="GPKG", mode="a")
    content = read(path)
    assert [(geom.x, geom.y) for geom in content.objects["JZD"].geoms] == CORNERS


def test_a_table_beside_the_parcels_is_judged_too(tmp_path):
    path = tmp_path / "a.gpkg"
    files.parcels().to_file(path, layer="ZD", driver="GPKG")
    points = files.objects()["JZD"]
    swapped = points.set_geometry(
        shapely.transform(points.geometry.values, lambda xy: xy[:, ::-1]), crs=points.crs
    )
    swapped.to_file(path, layer="JZD", driver="GPKG", mode="a")
    problem = refusal(path)
    assert (problem.code, problem.params["table"]) == ("axes_swapped", "JZD")


def test_other_layers_are_named_as_not_read(tmp_path):
    path = files.geopackage(tmp_path)
    files.objects()["JZD"].to_file(path, layer="ZJ", driver="GPKG", mode="a")
    assert [(note.code, note.params["layers"]) for note in read(path).notes] == [("layers_left", ["ZJ"])]


def test_a_file_of_buildings_alone_has_no_parcels(tmp_path):
    path = tmp_path / "a.gpkg"
    files.objects()["ZRZ"].to_file(path, layer="ZRZ", driver="GPKG")
    assert (refusal(path).reason, refusal(path).params["layers"]) == ("no_parcel_layer", ["ZRZ"])


def test_of_several_candidates_the_one_named_as_parcels_is_suggested(tmp_path):
    path = files.geopackage(tmp_path)
    files.parcels().to_file(path, layer="plan", driver="GPKG", mode="a")
    problem = refusal(path)
    assert (problem.code, problem.params["suggestion"]) == (
        "source_layer_unknown",
        {"parameter": "source_layer", "value": "ZD"},
    )
    assert len(read(path, source_layer="ZD").geoms) == 2


# ---------------------------------------------------------------- shapefiles


@pytest.mark.parametrize("cpg", [True, False])
@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8"])
def test_a_shapefile_keeps_its_chinese(tmp_path, encoding, cpg):
    content = read(files.shapefiles(tmp_path, encoding=encoding, cpg=cpg, beside=False))
    assert [row["ZL"] for row in content.rows] == ["甲村一号", "乙村二号"]


def test_two_shapefiles_of_one_name_are_refused(tmp_path):
    inner = tmp_path / "in"
    for folder in ("a", "b"):
        (inner / folder).mkdir(parents=True)
        files.write_shapefile(files.parcels(), inner / folder, "ZD")
    assert refusal(files.zip_folder(tmp_path / "a.zip", inner)).reason == "archive_same_names"


def test_a_point_shapefile_is_no_parcels(tmp_path):
    inner = tmp_path / "in"
    inner.mkdir()
    files.write_shapefile(files.objects()["JZD"], inner, "points")
    assert refusal(files.zip_folder(tmp_path / "a.zip", inner)).code == "wrong_type"


# ---------------------------------------------------------------- geodatabase, GeoParquet, FlatGeobuf


def test_a_geodatabase_whose_files_lie_bare_is_read(tmp_path):
    files.geodatabase(tmp_path)
    path = files.zip_folder(tmp_path / "bare.zip", tmp_path / "gdb" / "survey.gdb")
    assert codes(read(path)) == CODES


def test_a_geodatabase_without_its_system_tables_is_refused(tmp_path):
    files.geodatabase(tmp_path)
    (tmp_path / "gdb" / "survey.gdb" / "a00000001.gdbtable").unlink()
    assert refusal(files.zip_folder(tmp_path / "cut.zip", tmp_path / "gdb")).code == "unreadable_file"


@pytest.mark.parametrize("compression", ["uncompressed", "snappy", "gzip(6)", "zstd(3)"])
def test_geoparquet_is_read_whatever_packs_it(tmp_path, compression):
    assert codes(read(files.geoparquet(tmp_path, compression=compression))) == CODES


def described(**column):
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


@pytest.mark.parametrize(
    ("geo", "code", "reason"),
    [
        ({}, "unreadable_file", "parquet_without_geo"),
        ({"columns": 3}, "unreadable_file", "parquet_without_geo"),
        ({"columns": {"geometry": {}}, "primary_column": {"a": 1}}, "unreadable_file", "parquet_without_geo"),
        (described(encoding="polygon"), "unreadable_file", "parquet_encoding"),
        (described(encoding="WKB", crs=None), "crs_missing", "crs_not_declared"),
        (described(encoding="WKB"), "crs_contradicted", "units_disagree"),
        (described(encoding="WKB", crs="nonsense"), "crs_missing", "crs_unintelligible"),
    ],
)
def test_parquet_without_right_metadata_is_refused(tmp_path, geo, code, reason):
    problem = refusal(files.geoparquet(tmp_path, geo=geo))
    assert (problem.code, problem.reason) == (code, reason)


@pytest.mark.parametrize("name", ["parquet", "fgb", "xlsx", "dxf"])
def test_half_a_file_is_refused(tmp_path, name):
    make, crs = EVERY[name]
    path = make(tmp_path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(Unreadable) as error:
        read_file(path, path.name, Asked(crs=crs))
    assert error.value.code == "unreadable_file"


# ---------------------------------------------------------------- coordinate lists


@pytest.mark.parametrize(
    "head",
    [
        ("宗地代码", "点号", "圈号", "X", "Y"),
        ("宗地号", "界址点号", "地块圈号", "X坐标（m）", "Y坐标（m）"),
        ("parcel_code", "point", "ring", "north", "east"),
        ("ZDDM", "JZDH", "ring", "XZBZ", "YZBZ"),
    ],
)
@pytest.mark.parametrize("make", [files.csv_list, files.excel_list])
def test_a_list_is_read_under_chinese_and_english_heads(tmp_path, head, make):
    assert codes(read(make(tmp_path, rows=files.list_rows(head=head)), crs="EPSG:4547")) == CODES


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8", ";"), ("gb18030", "\t"), ("utf-8-sig", ",")])
def test_a_csv_is_read_in_its_encoding_and_delimiter(tmp_path, encoding, delimiter):
    path = files.csv_list(tmp_path, encoding=encoding, delimiter=delimiter)
    assert codes(read(path, crs="EPSG:4547")) == CODES


@pytest.mark.parametrize("make", [files.csv_list, files.excel_list])
def test_a_list_names_no_system_so_it_is_asked_for(tmp_path, make):
    problem = refusal(make(tmp_path))
    assert (problem.code, problem.params["suggestion"]) == (
        "crs_missing",
        {"parameter": "crs", "value": "EPSG:4547"},
    )


def test_a_second_ring_of_a_list_is_a_hole(tmp_path):
    hole = [[CODES[1], f"J{n}", 2, y, x] for n, (x, y) in enumerate(
        [(files.E + 25, files.N + 5), (files.E + 30, files.N + 5), (files.E + 30, files.N + 10)], start=5
    )]  # fmt: skip
    content = read(files.csv_list(tmp_path, rows=files.list_rows() + hole), crs="EPSG:4547")
    assert content.geoms[1].area == pytest.approx(400.0 - 12.5)


@pytest.mark.parametrize(
    ("row", "code", "reason"),
    [
        ([CODES[1], "J9", 1, "", 1.0], "unreadable_file", "txt_not_a_number"),
        ([CODES[1], "J9", 1, "=1+1", 1.0], "unreadable_file", "txt_not_a_number"),
        ([CODES[1], "J9", 1, "NaN", 1.0], "geometry_not_finite", "txt_not_finite"),
        ([CODES[1], "J9", "x", files.N, files.E], "unreadable_file", "txt_ring_number"),
        (["421224001001GB00003", "J9", 1, files.N, files.E], "unreadable_file", "txt_ring_short"),
    ],
)
def test_a_wrong_row_of_a_list_is_named_by_its_line(tmp_path, row, code, reason):
    problem = refusal(files.csv_list(tmp_path, rows=[*files.list_rows(), row]), crs="EPSG:4547")
    assert (problem.code, problem.reason, problem.params["line"]) == (code, reason, 10)


def test_a_list_without_a_head_or_with_a_broken_quote_is_refused(tmp_path):
    assert refusal(files.csv_list(tmp_path, rows=files.list_rows()[1:])).reason == "list_without_head"
    path = tmp_path / "b.csv"
    path.write_text('X,Y\n"' + "1" * 200_000)
    assert refusal(path).reason == "csv_broken"


def test_a_workbook_that_is_an_archive_of_something_else_is_refused(tmp_path):
    inner = tmp_path / "in"
    inner.mkdir()
    (inner / "a.txt").write_text("x")
    assert refusal(files.zip_folder(tmp_path / "a.xlsx", inner)).reason == "excel_broken"


# ---------------------------------------------------------------- advice


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.mdb", "mdb_refused"), ("a.accdb", "mdb_refused"), ("a.dwg", "dwg_refused"),
        ("a.xls", "xls_refused"), ("a.rar", "rar_refused"), ("a.gdb", "gdb_needs_zip"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_refused_with_what_to_send_instead(tmp_path, name, reason):
    path = tmp_path / name
    path.write_bytes(b"\0\1\0\0Standard Jet DB\0")
    problem = refusal(path)
    assert (problem.code, problem.reason) == ("wrong_type", reason)
