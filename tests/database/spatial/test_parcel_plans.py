"""How the server answers queries for parcels: by an index, as the roles that ask, as in service.

``auto_explain`` hands out the plans of the very statements that run. Each runs a dozen times, so that a plan
made for all values of a prepared statement is seen too.
"""

from datetime import UTC, date, datetime
from itertools import pairwise

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from data.access.records import PUBLIC, SYSTEM, Actor
from data.db import Database
from spatial.parcels import service
from spatial.parcels.extract import extract
from spatial.parcels.records import Layer, LineageEdge, NewVersion, ParcelQuery
from spatial.search.service import search_places
from tests.database.spatial.parcel_cases import DAY, NOW, change, code, parcel, square
from tiles.store import run_tile

CLERK = Actor(1, "clerk_chibi", "某人", frozenset({"clerk"}), "chibi", "421281")
TODAY = date(2026, 1, 1)
LATER = datetime(2026, 2, 1, tzinfo=UTC)
CHANGED = date(2024, 1, 1)
SIDE = 80
SPLIT = 1_000
TIMES = 12
BBOX = (530_100.0, 3_300_100.0, 530_200.0, 3_300_200.0)
# Buildings are none here: an empty table is rightly read as it lies.
LARGE = ("parcel_version", "parcel", "parcel_piece", "lineage", "change")


def ground(number):
    return square((number % SIDE) * 25.0, (number // SIDE) * 25.0, 20.0)


def far(number):
    return code(number + 1, subdistrict="421202009001")


def halves(number):
    west, south = (number % SIDE) * 25.0, (number // SIDE) * 25.0
    return square(west, south, 10.0, 20.0), square(west + 10.0, south, 10.0, 20.0)


@pytest.fixture(scope="module")
def told(module_db_url, superuser_url):
    """6,400 parcels of which 1,000 were split; the connections tell the plans of what they run."""
    name = str(conninfo_to_dict(module_db_url)["dbname"])
    db = Database(module_db_url, statement_timeout_ms=120_000).open()
    with db.transaction(SYSTEM) as conn:
        whole = [parcel(n + 1, ground(n), address=f"永安大道{n}号") for n in range(SIDE * SIDE)]
        # A district of few parcels: an extract asks what is known of the parcel's district.
        whole += [NewVersion(far(n), Layer.USE_SURFACE, square(25.0 * n, -100.0)) for n in range(20)]
        service.register(conn, change(*whole), now=NOW)
        parts = [
            parcel(20_001 + 2 * n + side, half) for n in range(SPLIT) for side, half in enumerate(halves(n))
        ]
        edges = [LineageEdge(code(n // 2 + 1), code(20_001 + n), "split") for n in range(2 * SPLIT)]
        retired = [code(n + 1) for n in range(SPLIT)]
        service.register(
            conn, change(*parts, valid_from=CHANGED, retired=retired, lineage=edges), now=NOW.replace(month=2)
        )
    db.close()
    with psycopg.connect(superuser_url, dbname=name, autocommit=True) as conn:
        conn.execute("ANALYZE")
        for setting in (
            "session_preload_libraries = auto_explain",
            "auto_explain.log_min_duration = 0",
            "auto_explain.log_level = notice",
        ):
            conn.execute(f'ALTER DATABASE "{name}" SET {setting}')
    db = Database(module_db_url).open()
    yield db
    db.close()


def plans(db, ask, *, actor=CLERK, role="app"):
    """Ask a dozen times; return each plan once."""
    found = []
    with db.transaction(actor, role=role) as conn:
        note = lambda diagnostic: found.append(diagnostic.message_primary)  # noqa: E731
        conn.add_notice_handler(note)
        for _ in range(TIMES):
            ask(conn)
        conn.remove_notice_handler(note)
    return list(dict.fromkeys(plan.split("Query Text", 1)[1] for plan in found if "Query Text" in plan))


QUESTIONS = {
    "live by code": (lambda conn: service.get_live(conn, code(2_000)), "parcel_code_idx"),
    "by code on a day": (lambda conn: service.get(conn, code(3), at=date(2021, 1, 1)), "parcel_code_idx"),
    "by code as known": (
        lambda conn: service.get_live(conn, code(3), at=DAY, known_at=LATER), "parcel_code_idx"
    ),
    "list by code": (
        lambda conn: service.find(conn, ParcelQuery(code=code(2_000), at=TODAY), today=TODAY),
        "parcel_code_idx",
    ),
    "list by beginning of code": (
        lambda conn: service.find(conn, ParcelQuery(code=code(2_000)[:17], at=TODAY), today=TODAY),
        "parcel_code_idx",
    ),
    "list by box": (
        lambda conn: service.find(conn, ParcelQuery(bbox_m=BBOX, at=TODAY), today=TODAY),
        "idx_parcel_version_geom",
    ),
    "list by box as known": (
        lambda conn: service.find(conn, ParcelQuery(bbox_m=BBOX, at=DAY, known_at=LATER), today=TODAY),
        "idx_parcel_version_geom",
    ),
    "list by words": (
        lambda conn: service.find(conn, ParcelQuery(text="大道6399号", at=TODAY), today=TODAY),
        "parcel_version_address_idx",
    ),
    "history": (lambda conn: service.history(conn, code(7), today=TODAY), "parcel_code_idx"),
    "lineage": (lambda conn: service.lineage(conn, code(20_009)), "lineage_child_id_idx"),
    "neighbours": (
        lambda conn: service.neighbours(conn, ground(3_000), "use_surface", at=TODAY, distance_m=6.0),
        "idx_parcel_version_geom",
    ),
    "parcels in an area": (
        lambda conn: service.live_in(conn, ground(3_000), "use_surface", at=TODAY), "idx_parcel_version_geom"
    ),
    "extract": (
        lambda conn: extract(conn, service.get(conn, far(7), at=TODAY), at=TODAY),
        "idx_parcel_version_geom",
    ),
    "search by code": (
        lambda conn: search_places(conn, code(3_001), today=TODAY), "parcel_code_idx"
    ),
    "search by words": (
        lambda conn: search_places(conn, "大道6399号", today=TODAY), "parcel_version_address_idx"
    ),
}  # fmt: skip


def whole_scans(found):
    """Return the lines of plans that read a large table from end to end, or all that is in force on a day."""
    return [
        line
        for plan in found
        for line, below in pairwise([*(text.strip() for text in plan.splitlines()), ""])
        if any(f"Seq Scan on {table} " in f"{line} " for table in LARGE)
        or ("Index" in line and "Scan" in line and "Index Cond" not in below and "BitmapAnd" not in plan)
        or ("_one_at_a_time" in line and "parcel_id" not in below)
    ]


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_index_answers(told, question):
    ask, index = QUESTIONS[question]
    found = plans(told, ask)
    assert any(index in plan for plan in found)
    assert whole_scans(found) == []


@pytest.mark.parametrize("query", ["parcels", "parcels_labelled"])
@pytest.mark.parametrize("day", [TODAY, date(2021, 1, 1)])
def test_an_index_answers_a_tile(told, query, day):
    values = {"z": 17, "x": 0, "y": 0, "registers": ["use_surface"], "day": day, "part": "parcels"}
    with told.transaction(PUBLIC, role="tiles") as conn:
        values["x"], values["y"] = conn.execute(
            "SELECT floor((st_x(p) + 20037508.342789) / 305.748113140705)::int,"
            " floor((20037508.342789 - st_y(p)) / 305.748113140705)::int"
            " FROM st_transform(st_setsrid(st_makepoint(%s, %s), 4547), 3857) AS p",
            BBOX[:2],
        ).fetchone()
        assert run_tile(conn, query, values)
    found = plans(told, lambda conn: run_tile(conn, query, values), actor=PUBLIC, role="tiles")
    assert any("idx_parcel_version_geom_3857" in plan for plan in found)
    assert whole_scans(found) == []


def test_no_plan_is_compiled(told):
    """Compiling costs more than these queries: it must be off for whoever asks."""
    for role in ("app", "tiles", "share"):
        with told.transaction(SYSTEM, role=role) as conn:
            assert conn.execute("SHOW jit").fetchone() == ("off",)
