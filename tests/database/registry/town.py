"""A small town in 通山 for the registry's tests: bare land, buildings with flats, a homestead."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from shapely.geometry import MultiPolygon, box

from data.access.records import Actor
from data.clock import SHANGHAI
from registry.cases.records import NewApplicant, NewCase, NewMaterial
from registry.parties.records import PartyInput
from registry.parties.rules import id_card_check
from registry.parties.service import search_key
from registry.rights import service as rights
from registry.rights.records import Holder, Kind, NewEntry
from spatial.buildings.records import Building, BuildingUnit
from spatial.buildings.service import load_buildings
from spatial.parcels.records import ChangeSet, Layer, NewVersion
from spatial.parcels.service import register

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
KEY = search_key("test-secret")
EAST, NORTH = 572_000.0, 3_268_000.0
BARE = "421224001001GB00001W00000000"
HOUSE_LAND = "421224001001GB00002"
FLATS = [f"{HOUSE_LAND}F0001000{number}" for number in (1, 2, 3)]
SECOND_LAND = "421224001001GB00004"
FLAT_ELSEWHERE = f"{SECOND_LAND}F00010001"
FARM = "421224001001JC00001F00010001"
SHOP = f"{HOUSE_LAND}F00010009"


def actor(login: str, role: str, office: str, county_code: str) -> Actor:
    return Actor(1, login, login, frozenset({role}), office, county_code)


CLERK = actor("clerk_xianan", "clerk", "xianan", "421202")
REGISTRAR = actor("registrar_tongshan", "registrar", "tongshan", "421224")
OTHER_REGISTRAR = actor("registrar_tongcheng", "registrar", "tongcheng", "421222")
SUPERVISOR = Actor(2, "supervisor", "s", frozenset({"supervisor"}), None, None)


def person(name: str, serial: int) -> PartyInput:
    """Return somebody with a checksum-valid synthetic number."""
    first = f"42122419850101{serial:03d}"
    return PartyInput(name, "id_card", first + id_card_check(first))


def company(name: str) -> PartyInput:
    return PartyInput(name, "uscc", "91421224MA4876543X")


LI = person("李四", 11)
WANG = person("王五", 12)
ZHAO = person("赵六", 13)
BANK = PartyInput("咸宁农商行（测试）", "uscc", "91421200MA48BANK1Y")


def _square(column: int, size: float = 20.0) -> object:
    east = EAST + column * 40
    return box(east, NORTH, east + size, NORTH + size)


def build(conn) -> None:
    """Register parcels, buildings and flats."""
    shapes = {BARE[:19]: 0, HOUSE_LAND: 1, SECOND_LAND: 3, FARM[:19]: 2}
    change = ChangeSet(
        valid_from=date(2026, 1, 1),
        new=[
            NewVersion(code, Layer.USE_SURFACE, _square(column), land_use="0501", address=f"通羊镇{column}号")
            for code, column in shapes.items()
        ],
    )
    register(conn, change, now=NOW - timedelta(days=30))
    buildings = [
        Building(code[:24], MultiPolygon([_square(column, 12.0)]), floors=3)
        for code, column in ((FLATS[0], 1), (FLAT_ELSEWHERE, 3), (FARM, 2))
    ]
    units = [_flat(code, True) for code in (*FLATS, FLAT_ELSEWHERE, FARM)] + [_flat(SHOP, False)]
    load_buildings(conn, buildings, units, valid_from=date(2026, 1, 1))


def _flat(code: str, housing: bool) -> BuildingUnit:
    return BuildingUnit(
        code,
        1,
        code[-2:],
        f"通羊镇新街{code[-4:]}",
        "0701" if housing else "0501",
        housing,
        measured_area_m2=Decimal("88.50"),
    )


def enter_right(
    conn, unit_code: str, *people: PartyInput, kind=Kind.OWNERSHIP, right_type="4", **facts
) -> int:
    """Enter a live right of people, as an earlier case left it."""
    from registry.parties import service as parties

    holders = [
        Holder(
            parties.enter(conn, parties.checked(who, KEY), county_code="421224", accept_office="tongshan"),
            share_num=1,
            share_den=len(people),
        )
        for who in people
    ]
    entry = NewEntry(
        unit_code=unit_code,
        county_code="421224",
        accept_office="tongshan",
        kind=kind,
        right_type=right_type,
        registration_type="100",
        holders=holders,
        cause="首次登记",
        sharing="0" if len(people) == 1 else "2",
        **facts,
    )
    return rights.enter(conn, entry, by="registrar_tongshan", now=NOW - timedelta(days=20))


def materials(conn, type_code: str, *more: str) -> list[NewMaterial]:
    """Return every material that is always needed."""
    from registry.handbook.service import entry_at

    _, entry = entry_at(conn, type_code, NOW.date())
    codes = [item.code for item in entry.materials if item.required_when is None]
    return [NewMaterial(code) for code in (*codes, *more)]


def application(db, type_code: str, units, *applicants, **facts) -> NewCase:
    """Return a complete application."""
    from data.access.records import SYSTEM

    more = facts.pop("more", ())
    with db.transaction(SYSTEM) as conn:
        given = facts.pop("materials", None) or materials(conn, type_code, *more)
    return NewCase(
        type_code=type_code,
        unit_codes=units,
        applicants=[NewApplicant(role, who, *share) for role, who, *share in applicants],
        materials=given,
        **facts,
    )


STRADDLER = "421224001001GB00009W00000000"


def build_straddler(conn) -> None:
    """Register a parcel that lies half in 咸安 and half in 通山."""
    (point,) = conn.execute(
        """
        SELECT st_lineinterpolatepoint(l.geom, 0.5) FROM spatial.county_line l
        WHERE EXISTS (SELECT FROM spatial.county_piece p WHERE p.county_code = '421202'
                      AND st_dwithin(p.geom, st_lineinterpolatepoint(l.geom, 0.5), 0.5))
          AND EXISTS (SELECT FROM spatial.county_piece p WHERE p.county_code = '421224'
                      AND st_dwithin(p.geom, st_lineinterpolatepoint(l.geom, 0.5), 0.5))
        ORDER BY l.line_id LIMIT 1
        """
    ).fetchone()
    shape = box(round(point.x) - 30, round(point.y) - 30, round(point.x) + 30, round(point.y) + 30)
    version = NewVersion(STRADDLER[:19], Layer.USE_SURFACE, shape, land_use="0501", address="界边1号")
    register(conn, ChangeSet(valid_from=date(2026, 1, 1), new=[version]), now=NOW - timedelta(days=30))
