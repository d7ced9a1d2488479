"""Every file of the hostile pack through the HTTP interface: refused or reported, never a failure of ours."""

import io
import tarfile
import time
from pathlib import Path

import pytest

from data.access.records import SYSTEM
from tests.web.people import bearer
from tests.web.survey_people import add_people

pytestmark = pytest.mark.shared_data

# What must not pass silently, and the code it is refused with.
REFUSED = {
    "derived/axes_swapped.gpkg": "axes_swapped",
    "derived/metres_declared_as_4326.gpkg": "crs_contradicted",
    "derived/zone_prefixed_38_declared_as_4547.gpkg": "zone_prefix",
    "derived/shp_missing_prj.zip": "crs_missing",
    "derived/shp_missing_dbf.zip": "unreadable_file",
    "derived/shp_missing_shx.zip": "unreadable_file",
    "derived/shp_truncated.zip": "unreadable_file",
    "derived/zip_slip.zip": "archive_unsafe",
    "derived/zip_200MB_zeros.zip": "archive_unsafe",
    "derived/zip_10000_entries.zip": "archive_unsafe",
    "derived/nan_coords.geojson": "geometry_not_finite",
    "derived/deep_nested_collection.geojson": "too_deep",
    "derived/html_named.gpkg": "wrong_type",
    "derived/zero_bytes.gpkg": "unreadable_file",
    "derived/truncated_100bytes.gpkg": "unreadable_file",
    "derived/truncated_half.gpkg": "unreadable_file",
    "derived/bitflips.gpkg": "unreadable_file",
    "mapshaper/geopackage/null_crs_gdal.gpkg": "crs_missing",
    "fiona/testopenfilegdb.gdb.zip": "source_layer_unknown",
}
# Honest files: Chinese attributes in GBK, with and without a .cpg.
READ = ("derived/ok.gpkg", "derived/shp_gbk_no_cpg.zip", "derived/names_gbk.zip")
COUNTED = ("survey", "survey_feature", "survey_run", "finding", "survey_event", "parcel", "parcel_version")


@pytest.fixture(scope="module")
def pack(shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    with tarfile.open(shared_data / "hostile.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "hostile"


@pytest.fixture(scope="module")
def client(module_db, tmp_path_factory):
    from api.app import create_app
    from data.settings import Settings

    settings = Settings(home=tmp_path_factory.mktemp("home"), secret_key="test-secret", clock="sandbox")
    add_people(module_db)
    return create_app(settings, db=module_db).test_client()


@pytest.fixture(scope="module")
def headers(client):
    return bearer(client, "surveyor")


def send(client, headers, path, route, **form):
    data = {"file": (io.BytesIO(path.read_bytes()), path.name), **form}
    started = time.monotonic()
    answer = client.post(f"/api/v1/{route}", data=data, headers=headers, content_type="multipart/form-data")
    assert time.monotonic() - started < 20, path
    answer.request.environ["wsgi.input"].close()  # the client's own copy of a large body
    return answer


def counts(db):
    with db.transaction(SYSTEM) as conn:
        return [conn.execute(f"SELECT count(*) FROM spatial.{name}").fetchone()[0] for name in COUNTED]


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_a_faulty_file_is_refused_by_name_and_leaves_nothing(client, headers, module_db, pack, name, code):
    before = counts(module_db)
    answer = send(client, headers, pack / name, "surveys", project_code=name[:64])
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert answer.content_type == "application/problem+json"
    assert answer.json["errors"][0]["message"]
    assert counts(module_db) == before


@pytest.mark.parametrize("name", READ)
def test_an_honest_file_is_read_with_its_chinese(client, headers, pack, name):
    answer = send(client, headers, pack / name, "surveys", project_code=name)
    assert answer.status_code == 202, answer.text
    features = client.get(f"/api/v1/surveys/{answer.json['id']}/features", headers=headers).json["features"]
    assert len(features) == 60
    with client.application.extensions["ningtu"].db.transaction(SYSTEM) as conn:
        row = conn.execute(
            "SELECT attributes ->> '权利人' FROM spatial.survey_feature WHERE survey_id = %s LIMIT 1",
            [answer.json["id"]],
        ).fetchone()
    assert row[0] == "张三"


def test_a_self_crossing_spike_is_named_with_its_place(client, headers, pack):
    path = pack / "derived/spike_20k_selfintersecting.geojson"
    answer = send(client, headers, path, "checks")
    assert answer.status_code == 422  # a bare geometry, no feature
    assert answer.json["code"] == "wrong_type"


def test_no_file_of_the_pack_breaks_the_server_or_changes_a_row(client, headers, module_db, pack):
    before = counts(module_db)
    files = sorted(path for path in pack.rglob("*") if path.is_file())
    assert len(files) > 400
    passed = []
    for path in files:
        answer = send(client, headers, path, "checks")
        assert answer.status_code in {200, 413, 422}, (path, answer.status_code, answer.text[:300])
        if answer.status_code == 200:
            passed.append((path.relative_to(pack).as_posix(), answer.json["counts"]))
    assert {name for name, _ in passed} == set(READ)
    assert all(count["errors"] for _, count in passed), passed  # none of them has parcel codes
    assert counts(module_db) == before


def test_nothing_is_left_in_the_temporary_folder(client, headers, pack, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("derived/zip_slip.zip", "derived/ok.gpkg", "derived/truncated_half.gpkg"):
        send(client, headers, pack / name, "checks")
    assert list(Path(tmp_path).iterdir()) == []
