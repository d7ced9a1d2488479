"""Multi-survey bundles: what the manifest must say, the hash of every file, the tables of the standard."""

import hashlib
import json
import zipfile

import pytest

from spatial.survey.readers.records import Asked, Unreadable
from spatial.survey.readers.sandbox import read_file
from tests.unit.spatial.survey.readers import files
from tests.unit.spatial.survey.readers.files import CODES, CORNERS


def read(path, **asked):
    if any(name.endswith((".gpkg", ".shp")) for name in zipfile.ZipFile(path).namelist()):
        return read_file(path, path.name, Asked(**asked))
    return files.read_here(path, **asked)


def refusal(path, **asked):
    with pytest.raises(Unreadable) as error:
        read(path, **asked)
    return error.value


def small(folder, change=None, **more):
    return files.bundle(folder, {"ZD.txt": files.TEXT.encode(), **files.text_tables()}, change=change, **more)


def test_the_manifest_arrives_with_every_file_hashed_and_measured(tmp_path):
    manifest = read(small(tmp_path)).manifest
    assert manifest["survey_unit"] == "示例测绘有限公司"
    report = next(row for row in manifest["files"] if row["path"] == "报告.pdf")
    data = b"%PDF-1.7 synthetic"
    assert report == {
        "path": "报告.pdf", "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "role": "source",
    }  # fmt: skip


def test_tables_as_text_are_taken_with_points_from_north_and_east(tmp_path):
    objects = read(small(tmp_path)).objects
    assert set(objects) == {"JZD", "C", "H"}
    assert [(point.x, point.y) for point in objects["JZD"].geoms] == CORNERS
    assert objects["H"].rows == [{key: str(value) for key, value in files.FLAT.items()}]
    assert objects["C"].rows[0]["ZRZH"] == files.FLOOR["ZRZH"]


def test_tables_beside_a_geopackage_join_its_layers(tmp_path):
    package = tmp_path / "a.gpkg"
    files.parcels().to_file(package, layer="ZD", driver="GPKG")
    members = {"a.gpkg": package.read_bytes(), "H.csv": files.text_tables()["H.csv"]}
    content = read(files.bundle(tmp_path, members))
    assert [row["ZDDM"] for row in content.rows] == CODES
    assert set(content.objects) == {"H"}


def test_the_manifest_names_the_system_of_a_shapefile_without_prj(tmp_path):
    inner = tmp_path / "in"
    inner.mkdir()
    files.write_shapefile(files.parcels(), inner, "ZD")
    (inner / "ZD.prj").unlink()
    members = {path.name: path.read_bytes() for path in inner.iterdir()}
    assert read(files.bundle(tmp_path, members)).source.epsg == 4547


def test_a_manifest_that_contradicts_its_layers_is_refused(tmp_path):
    package = tmp_path / "a.gpkg"
    files.parcels().to_file(package, layer="ZD", driver="GPKG")
    path = files.bundle(
        tmp_path,
        {"a.gpkg": package.read_bytes()},
        change=lambda manifest, _: manifest.update(crs="EPSG:4490"),
    )
    assert refusal(path).reason == "crs_two_words"


def test_a_bundle_may_lie_in_one_folder_with_folders_below(tmp_path):
    path = small(tmp_path)
    moved = tmp_path / "moved.zip"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(moved, "w") as target:
        for name in source.namelist():
            target.writestr(f"成果/{name}", source.read(name))
    assert len(read(moved).manifest["files"]) == 5


@pytest.mark.parametrize("field", [key for key in files.FIELDS if key != "previous_version"])
def test_every_field_is_wanted(tmp_path, field):
    problem = refusal(small(tmp_path, lambda manifest, _: manifest.pop(field)))
    assert (problem.code, problem.reason, problem.params["field"]) == (
        "unreadable_file",
        "manifest_field_absent",
        field,
    )


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("survey_date", "2026-13-01", "manifest_field_wrong"),
        ("items", [], "manifest_field_wrong"),
        ("items", "地籍调查", "manifest_field_wrong"),
        ("zone", True, "manifest_field_wrong"),
        ("surveyor", "  ", "manifest_field_wrong"),
        ("previous_version", 3, "manifest_field_wrong"),
        ("files", [], "manifest_field_wrong"),
        ("zone", 37, "manifest_zone"),
        ("central_meridian", 111, "manifest_zone"),
    ],
)
def test_a_field_that_says_something_else_is_refused(tmp_path, field, value, reason):
    assert refusal(small(tmp_path, lambda manifest, _: manifest.update({field: value}))).reason == reason


def row_of(manifest, name):
    return next(row for row in manifest["files"] if row["path"] == name)


FAULTS = {
    "a wrong hash": (
        lambda manifest, _: row_of(manifest, "报告.pdf").update(sha256="0" * 64),
        "manifest_hash_wrong",
    ),
    "no hash": (lambda manifest, _: row_of(manifest, "ZD.txt").pop("sha256"), "manifest_hash_absent"),
    "no hash at all": (
        lambda manifest, _: row_of(manifest, "ZD.txt").update(sha256="abc"),
        "manifest_hash_wrong",
    ),
    "not listed": (lambda manifest, _: manifest["files"].pop(), "manifest_not_listed"),
    "not there": (lambda _, members: members.pop("报告.pdf"), "manifest_file_absent"),
    "listed twice": (
        lambda manifest, _: manifest["files"].append(manifest["files"][0]),
        "manifest_listed_twice",
    ),
    "leads out": (lambda manifest, _: row_of(manifest, "ZD.txt").update(path="../ZD.txt"), "archive_path"),
    "absolute": (lambda manifest, _: row_of(manifest, "ZD.txt").update(path="/etc/passwd"), "archive_path"),
    "member leads out": (lambda _, members: members.update({"../x.txt": b"x"}), "archive_path"),
    "unknown role": (lambda manifest, _: row_of(manifest, "ZD.txt").update(role="x"), "manifest_field_wrong"),
    "no word for a role": (
        lambda manifest, _: row_of(manifest, "ZD.txt").update(role=["data"]),
        "manifest_field_wrong",
    ),
    "changed after": (lambda _, members: members.update({"报告.pdf": b"%PDF other"}), "manifest_hash_wrong"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_list_of_files_is_refused(tmp_path, name):
    change, reason = FAULTS[name]
    problem = refusal(small(tmp_path, change))
    assert problem.reason == reason
    assert problem.code == ("archive_unsafe" if reason == "archive_path" else "unreadable_file")


def test_half_a_surrogate_that_a_refusal_quotes_is_no_death_of_the_reader(tmp_path):
    path = small(tmp_path)
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    manifest["files"].insert(0, {"path": "\ud800", "sha256": "0" * 64})
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
    with pytest.raises(Unreadable) as error:
        read_file(tmp_path / "b.zip", "b.zip", Asked())
    assert (error.value.reason, error.value.params) == ("manifest_file_absent", {"file": "?"})


def test_two_formats_of_layers_in_one_bundle_are_refused(tmp_path):
    inner = tmp_path / "in"
    inner.mkdir()
    files.write_shapefile(files.parcels(), inner, "ZD")
    package = tmp_path / "a.gpkg"
    files.parcels().to_file(package, layer="ZD", driver="GPKG")
    members = {path.name: path.read_bytes() for path in inner.iterdir()}
    assert (
        refusal(files.bundle(tmp_path, {**members, "a.gpkg": package.read_bytes()})).reason == "archive_mixed"
    )


def test_a_table_that_is_there_twice_is_refused(tmp_path):
    package = files.geopackage(tmp_path)
    members = {"a.gpkg": package.read_bytes(), "H.csv": files.text_tables()["H.csv"]}
    assert refusal(files.bundle(tmp_path, members)).reason == "table_twice"


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_a_manifest_that_is_no_object_is_refused(tmp_path, data):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", data)
        archive.writestr("ZD.txt", files.TEXT)
    assert refusal(path).code in {"unreadable_file", "archive_unsafe"}
