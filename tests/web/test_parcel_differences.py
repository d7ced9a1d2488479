"""Two days of the register compared over HTTP."""

from datetime import date

import pytest

from data.access.records import SYSTEM
from spatial.parcels.service import correct, merge, register, retire
from tests.database.spatial.parcel_cases import change, code, parcel, square
from tests.web.map_city import NOW, fill

PATH = "/api/v1/parcels/differences"


@pytest.fixture(scope="module")
def client(module_db, tmp_path_factory):
    """The map's city; later two parcels merge, one moves, one ends, one is only described otherwise."""
    from api.app import create_app
    from data.settings import Settings

    fill(module_db)
    with module_db.transaction(SYSTEM) as conn:
        register(
            conn,
            change(parcel(7, square(200, 0)), parcel(8, square(220, 0)), valid_from=date(2015, 1, 1)),
            now=NOW,
        )
        register(
            conn,
            change(parcel(9, square(300, 0)), parcel(10, square(310, 0)), valid_from=date(2015, 1, 1)),
            now=NOW,
        )
        merge(
            conn,
            [code(9), code(10)],
            parcel(11, square(300, 0, 20, 10)),
            valid_from=date(2022, 1, 1),
            now=NOW,
        )
        register(conn, change(parcel(7, square(200, 0, 10, 12)), valid_from=date(2022, 3, 1)), now=NOW)
        register(
            conn,
            change(
                parcel(1, square(20, 0), land_use="0501", address="样例路1号"), valid_from=date(2022, 3, 1)
            ),
            now=NOW,
        )
        retire(conn, [code(8)], valid_from=date(2022, 5, 1), now=NOW)
    app = create_app(Settings(home=tmp_path_factory.mktemp("home"), secret_key="s"), db=module_db)
    return app.test_client()


def rows(client, query):
    answer = client.get(f"{PATH}?{query}")
    assert answer.status_code == 200, answer.text
    return {row["properties"]["parcel_code"]: row["properties"] for row in answer.json["features"]}


def test_each_parcel_that_is_not_the_same_is_told_with_how(client):
    found = rows(client, "from=2021-12-31&to=2023-01-01")
    assert {name: row["change"] for name, row in found.items()} == {
        code(1): "described",
        code(7): "moved",
        code(8): "retired",
        code(9): "retired",
        code(10): "retired",
        code(11): "new",
    }
    assert found[code(11)]["came_from"] == [code(9), code(10)]
    assert found[code(9)]["became"] == [code(11)]
    assert found[code(7)]["area_delta_m2"] == 20
    assert found[code(7)]["changed_on"] == "2022-03-01"


def test_days_between_which_nothing_happened(client):
    assert rows(client, "from=2016-01-01&to=2016-12-31") == {}
    assert rows(client, "from=2022-01-01&to=2022-01-01") == {}


def test_the_first_and_the_last_day_themselves(client):
    assert code(11) in rows(client, "from=2021-12-31&to=2022-01-01")
    assert code(11) not in rows(client, "from=2022-01-01&to=2022-02-01")


def test_a_box_leaves_out_what_lies_elsewhere(client):
    found = rows(client, "from=2021-12-31&to=2023-01-01&crs=EPSG:4547&bbox=530195,3300000,530211,3300010")
    assert set(found) == {code(7)}


def test_pages_follow_each_other_without_a_gap(client):
    seen, query = [], "from=2014-01-01&to=2023-01-01&limit=3"
    cursor = ""
    while cursor is not None:
        answer = client.get(f"{PATH}?{query}{cursor}").json
        seen += [row["properties"]["parcel_code"] for row in answer["features"]]
        cursor = f"&cursor={answer['next']}" if "next" in answer else None
    assert len(seen) == len(set(seen)) == 7  # live in 2023: 1 to 5, 7 and 11


def test_what_the_register_knew_before_a_correction_stays(client, module_db):
    later = NOW.replace(year=2026, month=2)
    with module_db.transaction(SYSTEM) as conn:
        correct(conn, parcel(2, square(40, 0, 10, 11)), on=date(2023, 1, 1), now=later)
    found = client.get(f"/api/v1/parcels/{code(2)}?at=2023-01-01").json["properties"]
    known = client.get(f"/api/v1/parcels/{code(2)}?at=2023-01-01&known_at=2026-01-15T00:00:00%2B08:00")
    assert (found["calculated_area_m2"], known.json["properties"]["calculated_area_m2"]) == (110, 100)


@pytest.mark.parametrize(
    ("query", "status", "problem"),
    [
        ("from=2023-01-01&to=2021-01-01", 422, "days_reversed"),
        ("from=2023-01-01", 422, "request_invalid"),
        ("from=2023-01-01&to=tomorrow", 422, "request_invalid"),
        ("from=2021-01-01&to=2023-01-01&bbox=1,2,3", 422, "bbox_bad"),
        ("from=2021-01-01&to=2023-01-01&cursor=x", 400, "cursor_bad"),
    ],
)
def test_a_question_that_cannot_be_answered(client, query, status, problem):
    answer = client.get(f"{PATH}?{query}")
    assert (answer.status_code, answer.json["code"]) == (status, problem)
