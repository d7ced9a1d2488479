"""The change feed over HTTP: who may follow, what is told, how to go on."""

import pytest

from data.access import service as access
from data.access.records import SYSTEM
from spatial.parcels import service as parcels
from tests.database.spatial.parcel_cases import NOW, change, code, parcel, square
from tests.database.spatial.test_changes import settle

URL = "/api/v1/changes"


@pytest.fixture
def partner(client, db):
    """A partner platform's key."""
    with db.transaction(SYSTEM) as conn:
        access.create_user(conn, login="platform", name="p", roles=["partner"], office=None, password=None)
        key = access.create_key(conn, "platform")
    return {"Authorization": f"Bearer {key}"}


def register(db, *serials):
    with db.transaction(SYSTEM) as conn:
        new = [parcel(serial, square(20 * serial, 0)) for serial in serials]
        parcels.register(conn, change(*new), now=NOW)
    settle(db)


def follow(client, headers, query=""):
    answer = client.get(f"{URL}?{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json["items"], answer.json["next"]


def test_a_partner_follows_the_register(client, db, partner):
    begin = follow(client, partner, "limit=1000")[1]
    assert follow(client, partner, f"since={begin}") == ([], begin)
    register(db, 1, 2)
    items, place = follow(client, partner, f"since={begin}&limit=1")
    assert [item["object_code"] for item in items] == [code(1)]
    assert set(items[0]) == {"change_id", "at", "layer", "kind", "object_code", "county_code", "bbox"}
    west, south, east, north = items[0]["bbox"]
    assert 113 < west < east < 115
    assert 29 < south < north < 31
    rest, end = follow(client, partner, f"since={place}")
    assert [item["object_code"] for item in rest] == [code(2)]
    assert follow(client, partner, f"since={end}")[0] == []
    register(db, 3)
    assert [item["object_code"] for item in follow(client, partner, f"since={end}")[0]] == [code(3)]


def test_a_layer_and_a_county_are_chosen(client, db, partner):
    begin = follow(client, partner, "limit=1000")[1]
    register(db, 1)
    assert len(follow(client, partner, f"since={begin}&layer=use_surface&county=421202")[0]) == 1
    assert follow(client, partner, f"since={begin}&layer=forest")[0] == []
    assert follow(client, partner, f"since={begin}&county=421224")[0] == []


@pytest.mark.parametrize("query", ["layer=cases", "layer=overview", "county=4212", "limit=0", "limit=1001"])
def test_what_cannot_be_followed_is_refused(client, partner, query):
    assert client.get(f"{URL}?{query}", headers=partner).status_code == 422


def test_cursors_of_others_are_refused(client, db, partner):
    assert client.get(f"{URL}?since=abc", headers=partner).status_code == 400
    from api.pages import encode_cursor

    answer = client.get(f"{URL}?since={encode_cursor(3, 999_999)}", headers=partner)
    assert (answer.status_code, answer.json["code"]) == (410, "cursor_outlived")


def test_the_public_does_not_follow(client):
    assert client.get(URL).status_code == 401
