"""The parcel map over HTTP: to scale, of a day, with persons only for those who may see them."""

import io
from datetime import date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pyogrio
import pytest
import shapely
from pypdf import PdfReader

from api.app import create_app
from api.routes.parcel_maps import ASKS
from data.access import service as access
from data.access.records import SYSTEM
from data.clock import SHANGHAI
from registry.rights.records import Kind
from spatial.buildings.records import Building
from spatial.buildings.service import load_buildings
from spatial.parcels import service as parcels
from spatial.parcels.records import ChangeSet, Layer, NewVersion
from spatial.parcels.rules import snap
from tests.database.registry import town
from tests.database.spatial.parcel_cases import square
from tests.web.people import PASSWORD, bearer

LAND, NEXT = "421224001001GB00011", "421224001001GB00012"
NOON = datetime(2026, 12, 24, 12, tzinfo=SHANGHAI)


class Noon:
    """A clock that stands at noon of one day."""

    def now(self):
        return NOON


@pytest.fixture
def app(db, settings):
    return create_app(settings, db=db, clock=Noon())


@pytest.fixture
def city(db):
    """A parcel that became smaller, its neighbour, a house, and holders of both."""
    with db.transaction(SYSTEM) as conn:
        first = NewVersion(LAND, Layer.USE_SURFACE, square(0, 0, 40), land_use="0701", address="通羊镇1号")
        second = NewVersion(NEXT, Layer.USE_SURFACE, square(40, 0, 40))
        beyond = NewVersion("421224001001GB00013", Layer.USE_SURFACE, square(80, 0, 40))
        parcels.register(conn, ChangeSet(date(2020, 1, 1), [first, second, beyond]), now=town.NOW)
        smaller = NewVersion(LAND, Layer.USE_SURFACE, square(10, 0, 30), land_use="0701")
        parcels.register(conn, ChangeSet(date(2022, 1, 1), [smaller]), now=town.NOW)
        house = Building(LAND + "F0001", shapely.MultiPolygon([square(15, 5, 10)]), floors=6, structure="3")
        load_buildings(conn, [house], [], valid_from=date(2020, 1, 1))
        land_use = {"kind": Kind.USE_RIGHT, "right_type": "3"}
        town.enter_right(conn, LAND + "W00000000", town.LI, **land_use)
        town.enter_right(conn, NEXT + "W00000000", town.WANG, **land_use)
        for login, roles, office in (
            ("clerk_t", ["clerk"], "tongshan"),
            ("clerk_c", ["clerk"], "chibi"),
            ("boss", ["supervisor"], None),
        ):
            access.create_user(conn, login=login, name=login, roles=roles, office=office, password=PASSWORD)


def texts_of(client, login=None, **query):
    """Return the texts of the SVG of a map."""
    headers = {} if login is None else bearer(client, login)
    answer = client.get(f"/api/v1/parcels/{LAND}/map.svg", query_string=query, headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    return [text.text for text in ET.fromstring(answer.data).iter("{http://www.w3.org/2000/svg}text")]


def test_the_map_as_pdf(client, city):
    answer = client.get(f"/api/v1/parcels/{LAND}/map.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f'inline; filename="{LAND}-map.pdf"'
    said = PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    for part in (
        LAND,
        "900.00 m²",
        "30.00",
        "砼6",
        "GB00012",
        "制图日期：2026年12月24日",
        "审图号：（待申请）",
    ):
        assert part in said
    assert "GB00013" not in said


def test_only_those_who_work_with_persons_read_holders(client, db, city):
    assert {"李四", "王五", "土地权利人"} <= set(texts_of(client, "clerk_t"))
    for login in (None, "boss"):
        assert not {"李四", "王五", "土地权利人"} & set(texts_of(client, login))
    # Another county's clerk works with persons, but not with these.
    assert not {"李四", "王五"} & set(texts_of(client, "clerk_c"))
    with db.transaction(SYSTEM) as conn:
        query = "SELECT login, subject FROM registry.audit WHERE action = 'parcel.map'"
        read = conn.execute(query).fetchall()
    assert ("clerk_t", LAND) in read
    assert "boss" not in {login for login, _ in read}


def test_a_map_of_an_earlier_day(client, city):
    then = texts_of(client, "clerk_t", at="2021-06-01")
    assert {"1600.00 m²", "40.00"} <= set(then)
    # Nobody held it then.
    assert not {"李四", "王五"} & set(then)
    assert "900.00 m²" in texts_of(client)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("421224001001GB00099/map.pdf", 404, "parcel_not_found"),
        (f"{LAND}/map.svg?at=2019-12-31", 404, "parcel_not_found"),
        (f"{LAND}/map.svg?known_at=2026-01-01T00:00:00Z", 404, "parcel_not_found"),
        ("nonsense/map.pdf", 422, "unit_code_bad"),
        (f"{LAND}/map.pdf?scale=150", 422, "request_invalid"),
        (f"{LAND}/map.pdf?scale=0", 422, "request_invalid"),
        (f"{LAND}/map.svg?paper=A5", 422, "request_invalid"),
        (f"{LAND}/map.svg?scale=100&paper=A4", 422, "map_scale_too_large"),
    ],
)
def test_what_is_refused(client, city, path, status, code):
    answer = client.get(f"/api/v1/parcels/{path}")
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"


def test_scale_and_paper_may_be_chosen(client, city):
    assert "1:500" in texts_of(client, scale="500")
    answer = client.get(f"/api/v1/parcels/{LAND}/map.svg?paper=A3&scale=1000").data
    assert ET.fromstring(answer).attrib["width"] == "297.0mm"


def test_the_public_draws_so_many_a_minute(client, city):
    asks = [client.get(f"/api/v1/parcels/{LAND}/map.svg?paper=A5").status_code for _ in range(2)]
    assert asks == [422, 422]
    for _ in range(ASKS.count):
        client.get("/api/v1/parcels/nonsense/map.svg")
    assert client.get(f"/api/v1/parcels/{LAND}/map.svg").status_code == 429
    assert client.get(f"/api/v1/parcels/{LAND}/map.svg", headers=bearer(client, "boss")).status_code == 200


@pytest.mark.shared_data
def test_real_parcels_are_drawn(client, db, shared_data):
    real = pyogrio.read_dataframe(shared_data / "soA_parcels_moved_to_xianning.gpkg", max_features=12)
    codes = [f"421202001001GB{number:05d}" for number in range(1, len(real) + 1)]
    shapes = snap(real.geometry.to_numpy())
    change = ChangeSet(
        date(2020, 1, 1),
        [NewVersion(code, Layer.USE_SURFACE, shape) for code, shape in zip(codes, shapes, strict=True)],
    )
    with db.transaction(SYSTEM) as conn:
        parcels.register(conn, change, now=town.NOW)
    for code, shape in zip(codes, shapes, strict=True):
        answer = client.get(f"/api/v1/parcels/{code}/map.svg")
        said = [text.text for text in ET.fromstring(answer.data).iter("{http://www.w3.org/2000/svg}text")]
        assert f"{Decimal(f'{shape.area:.2f}')} m²" in said
        assert f"J{shapely.get_num_coordinates(shape) - 1}" in said
