import pytest

from data.access.records import SYSTEM
from tests.web.map_city import fill
from tests.web.people import bearer

PERIOD = "from=2026-01-01&to=2026-12-31"


@pytest.fixture(scope="module")
def city(module_db):
    fill(module_db)
    return module_db


@pytest.fixture(scope="module")
def client(city, tmp_path_factory):
    from api.app import create_app
    from data.settings import Settings

    return create_app(Settings(home=tmp_path_factory.mktemp("home"), secret_key="s"), db=city).test_client()


@pytest.fixture
def ask(client):
    headers = bearer(client, "watch")
    return lambda path: client.get(path, headers=headers)


def sql_total(city, where="true"):
    with city.transaction(SYSTEM) as conn:
        return conn.execute(f"SELECT count(*) FROM map.case_point WHERE {where}").fetchone()[0]


@pytest.mark.parametrize("cell_m", [100, 1000, 20000])
def test_cells_add_up_to_the_sql_total(ask, city, cell_m):
    answer = ask(f"/api/v1/supervision/heatmap?metric=cases&{PERIOD}&cell_m={cell_m}").json
    assert (
        answer["total"] == sum(f["properties"]["value"] for f in answer["features"]) == sql_total(city) == 10
    )


def test_a_period_and_a_county_narrow_the_count(ask, city):
    answer = ask("/api/v1/supervision/heatmap?metric=cases&from=2026-02-01&to=2026-04-30&county=421202").json
    assert answer["total"] == 3
    assert answer["total"] == sql_total(
        city, "county_code = '421202' AND accepted_on BETWEEN '2026-02-01' AND '2026-04-30'"
    )


def test_a_cell_is_a_square_of_the_plane_grid(ask):
    import numpy as np

    from spatial.crs import GEOGRAPHIC, to_plane

    cell = ask(f"/api/v1/supervision/heatmap?{PERIOD}&cell_m=500").json["features"][0]
    ring = to_plane(np.array(cell["geometry"]["coordinates"][0]), GEOGRAPHIC)
    assert np.abs(np.mod(ring + 250, 500) - 250).max() < 0.02
    assert ring[:, 0].max() - ring[:, 0].min() == pytest.approx(500, abs=0.02)


def test_every_county_has_a_row_and_they_add_up(ask):
    counties = ask(f"/api/v1/supervision/counties?{PERIOD}").json["items"]
    city = ask(f"/api/v1/supervision/indicators?{PERIOD}").json
    assert len(counties) == 6
    for figure in ("cases", "open", "overdue", "registered", "fees_fen", "credited_fen"):
        assert sum(row[figure] for row in counties) == city[figure]
    assert {row["county_code"]: row["cases"] for row in counties}["421224"] == 4


def test_months_add_up_and_none_is_missing(ask):
    city = ask(f"/api/v1/supervision/indicators?metric=cases&{PERIOD}").json
    assert [row["month"] for row in city["months"]] == [f"2026-{month:02d}" for month in range(1, 13)]
    assert sum(row["value"] for row in city["months"]) == city["cases"] == 10


def test_overdue_and_open_cases_are_counted(ask):
    for metric in ("open", "overdue"):
        answer = ask(f"/api/v1/supervision/heatmap?metric={metric}&{PERIOD}").json
        assert answer["total"] == ask(f"/api/v1/supervision/indicators?{PERIOD}").json[metric]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("metric=persons", "metric_unknown"),
        ("from=2026-02-01&to=2026-01-01", "period_bad"),
        ("cell_m=1", "cell_size_bad"),
        ("cell_m=0", "cell_size_bad"),
        ("from=soon", "request_invalid"),
        ("county=4212", "request_invalid"),
        ("unknown=1", "request_invalid"),
    ],
)
def test_a_bad_question_is_refused(ask, query, code):
    answer = ask(f"/api/v1/supervision/heatmap?{query}")
    assert answer.status_code in {400, 422}
    assert answer.json["code"] == code


@pytest.mark.parametrize("path", ["heatmap", "counties", "indicators"])
def test_supervision_is_for_supervisors(client, path):
    assert client.get(f"/api/v1/supervision/{path}").status_code == 401
    assert client.get(f"/api/v1/supervision/{path}", headers=bearer(client, "tom")).status_code == 403


@pytest.mark.parametrize("mode", ["heat", "film", "counties"])
@pytest.mark.parametrize("metric", ["cases", "fees"])
def test_the_page_and_its_map_render(ask, mode, metric):
    page = ask(f"/supervision?mode={mode}&metric={metric}&{PERIOD}")
    assert page.status_code == 200
    assert "咸安区" in page.text
    frame = ask(f"/supervision/map?mode={mode}&metric={metric}&{PERIOD}")
    assert frame.status_code == 200
    assert "L.maplibreGL(" in frame.text


def test_the_map_has_no_address_of_another_host_and_no_tag_without_nonce(ask):
    import re

    for mode in ("heat", "film", "counties"):
        frame = ask(f"/supervision/map?mode={mode}&{PERIOD}")
        policy = frame.headers["Content-Security-Policy"]
        nonce = re.search(r"'nonce-([^']+)'", policy)[1]
        assert set(re.findall(r"(?:https?:)?//[a-z0-9.]+", frame.text)) <= {"http://localhost"}
        inline = re.findall(
            r"<(?:script|style)(?![^>]*\b(?:src|type=\"(?:text/x-folium|application/json))\b)[^>]*>",
            frame.text,
        )
        assert inline
        assert all(f'nonce="{nonce}"' in tag for tag in inline)
        assert " style=" not in frame.text.split("text/x-folium")[0]
