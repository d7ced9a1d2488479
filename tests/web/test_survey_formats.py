"""Formats over HTTP: a suggestion is made and accepted, a bundle is kept, results and samples handed out."""

import io
import zipfile

import pytest
import shapely

from spatial.survey.readers.records import Asked
from spatial.survey.readers.sandbox import read_file
from spatial.survey.writers.samples import sample
from tests.unit.spatial.survey.readers import files
from tests.web.survey_city import block, package
from tests.web.survey_people import work


def swapped(tmp_path):
    frame = block()
    turned = shapely.transform(frame.geometry.values, lambda xy: xy[:, ::-1])
    path = tmp_path / "swapped.gpkg"
    frame.set_geometry(turned, crs=frame.crs).to_file(path, layer="parcels", driver="GPKG")
    return path.read_bytes()


@pytest.mark.parametrize(("path", "good"), [("/checks", 200), ("/surveys", 202)])
def test_a_suggestion_is_part_of_the_problem_and_accepted_as_a_field(city, path, good):
    data = swapped(city.tmp_path)
    form = {"project_code": "P1"} if path == "/surveys" else {}
    before = city.rows()
    problem = city.send(data, expect=422, path=path, **form).json
    assert problem["code"] == "axes_swapped"
    assert problem["suggestion"] == {"parameter": "axes", "value": "swap"}
    assert "suggestion" not in problem["errors"][0]
    assert city.rows() == before
    answer = city.send(data, expect=good, path=path, axes="swap", **form).json
    if path == "/checks":
        assert "axes_swapped_accepted" in {finding["code"] for finding in answer["findings"]}
        assert "outside_city" not in {finding["code"] for finding in answer["findings"]}
    else:
        shapes = city.get(f"/surveys/{answer['id']}/features?crs=EPSG:4547")["features"]
        first = shapely.geometry.shape(shapes[0]["geometry"])
        assert first.bounds == block().geometry[0].bounds


def test_another_word_for_the_axes_is_refused(city):
    assert (
        city.send(swapped(city.tmp_path), expect=422, path="/checks", axes="turn").json["code"]
        == "request_invalid"
    )


def test_the_manifest_of_a_bundle_is_kept_with_the_submission(city):
    data = files.bundle_of_layers(city.tmp_path).read_bytes()
    survey_id = city.send(data, name="b.zip", project_code="XN-2026-001").json["id"]
    exported = city.client.get(
        f"/api/v1/surveys/{survey_id}/export?format=bundle", headers=city.as_("surveyor")
    ).data
    path = city.tmp_path / "out.zip"
    path.write_bytes(exported)
    manifest = read_file(path, path.name, Asked()).manifest
    assert (manifest["survey_unit"], manifest["instrument"]) == ("示例测绘有限公司", "GNSS RTK")
    assert manifest["project_code"] == "XN-2026-001"
    assert manifest["exported"]["survey_id"] == survey_id


@pytest.mark.parametrize("login", ["surveyor", "reviewer"])
@pytest.mark.parametrize(("wanted", "suffix"), [("gpkg", "gpkg"), ("txt", "txt"), ("bundle", "zip")])
def test_a_result_is_handed_out_as_it_came(city, wanted, suffix, login):
    frame = block()
    survey_id = city.send(package(frame, city.tmp_path), project_code="P1").json["id"]
    answer = city.client.get(f"/api/v1/surveys/{survey_id}/export?format={wanted}", headers=city.as_(login))
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].endswith(f"survey-{survey_id}.{suffix}")
    path = city.tmp_path / f"out.{suffix}"
    path.write_bytes(answer.data)
    content = read_file(path, path.name, Asked())
    assert [row.get("ZDDM") or row.get("zddm") for row in content.rows] == frame["zddm"].tolist()
    for geom, shape in zip(content.geoms, frame.geometry, strict=True):
        assert shapely.equals_exact(shapely.normalize(geom.geoms[0]), shapely.normalize(shape), 0.0005)


def test_the_text_comes_in_the_encoding_asked_for(city):
    survey_id = city.send(package(block(), city.tmp_path), project_code="P1").json["id"]
    answer = city.client.get(
        f"/api/v1/surveys/{survey_id}/export?format=txt&encoding=gb18030", headers=city.as_("surveyor")
    )
    assert answer.data.decode("gb18030").startswith("[属性描述]")


def test_an_export_is_for_those_who_may_see_the_submission(city):
    survey_id = city.send(package(block(), city.tmp_path), project_code="P1").json["id"]
    path = f"/surveys/{survey_id}/export?format=gpkg"
    city.get(path, "surveyor2", expect=404)
    city.get(path, "clerk", expect=403)
    assert city.client.get(f"/api/v1{path}").status_code == 401
    city.get(f"/surveys/{survey_id}/export?format=shp", expect=422)
    city.get(f"/surveys/{survey_id}/export", expect=422)


@pytest.mark.parametrize("name", ["template.gpkg", "sample.gpkg", "sample.txt", "sample_bundle.zip"])
def test_samples_are_open_to_everybody(client, name):
    answer = client.get(f"/api/v1/samples/{name}")
    assert answer.status_code == 200
    kept_as = answer.headers["Content-Disposition"].partition("filename=")[2]
    assert kept_as.endswith(name.partition(".")[2])
    if name.endswith(".zip"):
        assert "manifest.json" in zipfile.ZipFile(io.BytesIO(answer.data)).namelist()


@pytest.mark.parametrize("name", ["sample.gpkg", "sample.txt", "sample_bundle.zip"])
def test_every_surveyor_can_send_a_sample_as_it_is(city, name):
    """The page takes the name of a file for the project code; the second sample lies on other ground."""
    for login in ("surveyor", "surveyor2"):
        answer = city.client.get(f"/api/v1/samples/{name}")
        kept_as = answer.headers["Content-Disposition"].partition("filename=")[2]
        project = kept_as.rpartition(".")[0]
        order = {"project_code": project, "kind": "initial_load", "effective_on": "2026-06-01"}
        survey_id = city.send(answer.data, kept_as, login=login, **order).json["id"]
        work(city.app)
        found = city.get(f"/surveys/{survey_id}", login)
        assert (found["project_code"], found["status"], found["counts"]["errors"]) == (project, "checked", 0)
        city.post(f"/surveys/{survey_id}/submit", None, login)
        answer = city.post(f"/surveys/{survey_id}/decision", {"decision": "accept"}, "reviewer")
        assert answer["status"] == "registered"


def test_a_sample_keeps_to_free_ground(city, monkeypatch):
    """The first place is taken by parcels of the test city, and so is the second."""
    city.registered(block())
    monkeypatch.setattr("secrets.choice", min)
    text = city.client.get("/api/v1/samples/sample.txt").text
    assert "421224005009GB00005" in text
    assert "421224005009GB00003" not in text


def test_another_project_code_is_suggested_from_the_bundle(city):
    data = sample("sample_bundle.zip")
    problem = city.send(data, "b.zip", expect=422, project_code="sample_bundle").json
    assert problem["code"] == "project_contradicted"
    assert problem["suggestion"] == {"parameter": "project_code", "value": "XN-SAMPLE-001"}
    city.send(data, "b.zip", project_code="XN-SAMPLE-001")


def test_an_unknown_sample_is_not_found(client):
    assert client.get("/api/v1/samples/..%2fsettings.toml").status_code == 404
    assert client.get("/api/v1/samples/other.gpkg").json["code"] == "not_found"


def test_the_interface_describes_export_and_suggestion(client):
    spec = client.get("/api/v1/openapi.json").json
    parameters = {
        one["name"]: one["schema"]
        for one in spec["paths"]["/api/v1/surveys/{survey_id}/export"]["get"]["parameters"]
    }
    assert {"format", "encoding"} <= parameters.keys()
    assert "suggestion" in spec["components"]["schemas"]["Problem"]["properties"]
    form = spec["paths"]["/api/v1/checks"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert "axes" in form["properties"]
