"""The floor plan of a flat over HTTP: from an uploaded survey to the drawing, for those who read the unit."""

import io
import zipfile
from datetime import date
from xml.etree import ElementTree as ET

import pytest
import shapely
from pypdf import PdfReader

from data.access.records import SYSTEM
from spatial.buildings.errors import UnitOutlineBad
from spatial.buildings.records import BuildingUnit, FloorOutline
from spatial.buildings.service import drawn_units, load_buildings
from spatial.survey.writers.samples import sample
from tests.web.survey_people import work

LAND = "421224005009GB00001"
HOUSE = f"{LAND}F0001"
FLAT, UPSTAIRS, DUPLEX, BLANK = (f"{HOUSE}{number:04d}" for number in (1, 2, 3, 4))
SVG = "{http://www.w3.org/2000/svg}text"


@pytest.fixture
def sent(city):
    """Register the sample bundle: a house of two flats, one a floor."""
    order = {"project_code": "XN-SAMPLE-001", "kind": "initial_load", "effective_on": "2026-06-01"}
    survey_id = city.send(sample("sample_bundle.zip"), "sample_bundle.zip", **order).json["id"]
    work(city.app)
    found = city.get(f"/surveys/{survey_id}")
    assert found["counts"]["errors"] == 0, city.get(f"/surveys/{survey_id}/findings")
    city.post(f"/surveys/{survey_id}/submit")
    answer = city.post(f"/surveys/{survey_id}/decision", {"decision": "accept"}, "reviewer")
    assert answer["status"] == "registered"
    return found


def plan(city, code, login="reviewer", kind="pdf", expect=200, **query):
    path = f"/api/v1/units/{code}/plan.{kind}"
    answer = city.client.get(path, query_string=query, headers=city.as_(login) if login else {})
    assert answer.status_code == expect, answer.text
    return answer


def add_duplex(city):
    """Register a flat on both floors and one that nobody drew."""
    plain = {"address": "示例路1号", "use_code": "11", "housing": True, "measured_area_m2": 90}
    low, high = (
        shapely.box(572_004, 3_268_006, 572_008, 3_268_010),
        shapely.box(572_004, 3_268_006, 572_010, 3_268_010),
    )
    outlines = [FloorOutline(2, high), FloorOutline(1, low)]
    units = [
        BuildingUnit(DUPLEX, 1, "103", outlines=outlines, **plain),
        BuildingUnit(BLANK, 1, "104", **plain),
    ]
    with city.db.transaction(SYSTEM) as conn:
        load_buildings(conn, [], units, valid_from=date(2026, 11, 1))


def test_from_the_bundle_to_the_plan(city, sent):
    assert sent["objects"]["FHT"] == 2
    answer = plan(city, FLAT)
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'inline; filename="{FLAT}-plan.pdf"'
    said = PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    for part in (
        *("房产分户图", FLAT, "101", "120.00 (实测)", "100.00", "20.00", "12.00", "5.00", "4.00", "1 / 2"),
        *("示例测绘单位", "示例作业员", "示例检查员", "2026-01-01", "东 自墙", "北 共墙", "成套住宅"),
    ):
        assert part in said
    assert "102" not in said
    with city.db.transaction(SYSTEM) as conn:
        read = conn.execute("SELECT login, subject FROM registry.audit WHERE action = 'unit.plan'").fetchall()
    assert read == [("reviewer", FLAT)]
    assert city.get(f"/units/{FLAT}", "reviewer")["drawn"] is True


def test_the_plan_in_english(city, sent):
    said = PdfReader(io.BytesIO(plan(city, FLAT, lang="en").data)).pages[0].extract_text()
    assert "Floor plan of a flat" in said
    assert "Self-contained dwelling" in said
    assert "Registration Centre" in said


def test_a_flat_on_two_floors_has_both_drawn_from_below(city, sent):
    add_duplex(city)
    answer = plan(city, DUPLEX, kind="svg")
    assert answer.mimetype == "image/svg+xml"
    texts = [text.text for text in ET.fromstring(answer.data).iter(SVG)]
    assert [text for text in texts if text in {"1 / 2", "2 / 2"}] == ["1 / 2", "1 / 2", "2 / 2", "2 / 2"]
    # The floor's other flat is named, each on its floor.
    assert ("101" in texts, "201" in texts) == (True, True)


def test_outlines_stay_when_a_load_does_not_speak_of_them(city, sent):
    again = BuildingUnit(FLAT, 1, "101", "别处", "11", housing=True, measured_area_m2=121)
    with city.db.transaction(SYSTEM) as conn:
        load_buildings(conn, [], [again], valid_from=date(2027, 1, 1))
        before, after = (drawn_units(conn, HOUSE, at=day) for day in (date(2026, 12, 31), date(2027, 6, 1)))
        assert drawn_units(conn, HOUSE, [9], at=date(2027, 6, 1)) == []
    later = plan(city, FLAT, kind="svg", at="2027-06-01").text
    assert "121.00" in later
    assert "东 自墙" in later
    assert len(after) == 2
    assert before == after


@pytest.mark.parametrize(
    ("code", "status", "problem"),
    [
        (BLANK, 404, "unit_outline_absent"),
        (f"{LAND}W00000000", 404, "unit_outline_absent"),
        (f"{HOUSE}0099", 404, "unit_not_found"),
        (f"{LAND}F00990001", 404, "unit_not_found"),
        ("nonsense", 422, "unit_code_bad"),
    ],
)
def test_what_has_no_plan_is_said_in_both_languages(city, sent, code, status, problem):
    add_duplex(city)
    for kind in ("pdf", "svg"):
        answers = [plan(city, code, kind=kind, expect=status, lang=lang) for lang in ("zh", "en")]
        assert [answer.json["code"] for answer in answers] == [problem] * 2
        assert answers[0].json["detail"] != answers[1].json["detail"]
        assert answers[0].mimetype == "application/problem+json"


def test_only_who_reads_the_unit_reads_its_plan(city, sent):
    plan(city, FLAT, None, expect=401)
    plan(city, FLAT, "surveyor", expect=403)
    city.get(f"/units/{FLAT}", "surveyor", expect=403)


def test_a_twisted_outline_is_refused(city, sent):
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    square = shapely.box(0, 0, 5, 5)
    plain = {"address": "", "use_code": "11", "housing": True}
    for outlines in ([FloorOutline(1, bow)], [FloorOutline(1, square), FloorOutline(1, square)]):
        with city.db.transaction(SYSTEM) as conn, pytest.raises(UnitOutlineBad):
            load_buildings(
                conn,
                [],
                [BuildingUnit(FLAT, 1, "101", outlines=outlines, **plain)],
                valid_from=date(2027, 1, 1),
            )


def test_an_export_hands_the_outlines_out_again(city, sent, tmp_path):
    import geopandas as gpd

    path = f"/api/v1/surveys/{sent['id']}/export?format=bundle"
    archive = zipfile.ZipFile(io.BytesIO(city.client.get(path, headers=city.as_("surveyor")).data))
    archive.extract("data/survey.gpkg", tmp_path)
    frame = gpd.read_file(tmp_path / "data/survey.gpkg", layer="FHT")
    assert sorted(zip(frame["BDCDYH"], frame["SJCS"], strict=True)) == [(FLAT, 1), (UPSTAIRS, 2)]
    assert frame.geometry.area.round(3).tolist() == [100.0, 100.0]
