"""SQL of cases."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, LiteralString

from psycopg import Connection, sql
from psycopg.rows import TupleRow, class_row
from psycopg.types.json import Jsonb

from data.access.records import Actor
from data.db import load_sql
from registry.cases.records import (
    Case,
    CaseHit,
    CaseOnParcel,
    CaseParty,
    CaseQuery,
    CaseUnit,
    Event,
    NewRating,
    OpenCase,
    Received,
)

Conn = Connection[TupleRow]
_CASE = load_sql(__package__, "case.sql")


def next_case_no(conn: Conn, day: date) -> str:
    """Take a case number of a day."""
    row = conn.execute("SELECT nextval('registry.case_serial') % 1000000").fetchone()
    serial = 0 if row is None else int(row[0])
    return f"YW{day:%Y%m%d}{serial:06d}"


def insert_case(conn: Conn, values: Mapping[str, Any]) -> None:
    """Write a case; ``values`` are its columns."""
    conn.execute(
        "INSERT INTO registry.case (case_no, type_code, handbook_version, status, node, node_role,"
        " node_office, accept_office, decide_office, county_code, decision_id, unit_count, place, applicant,"
        " address, accepted_by, accepted_at, accepted_on, due_on, node_since, fee_total_fen, survey_id,"
        " detail) VALUES (%(case_no)s, %(type_code)s, %(handbook_version)s, %(status)s, %(node)s,"
        " %(node_role)s, %(node_office)s, %(accept_office)s, %(decide_office)s, %(county_code)s,"
        " %(decision_id)s, %(unit_count)s, %(place)s, %(applicant)s, %(address)s, %(accepted_by)s,"
        " %(accepted_at)s, %(accepted_on)s, %(due_on)s, %(accepted_at)s, %(fee_total_fen)s, %(survey_id)s,"
        " %(detail)s)",
        {**values, "detail": Jsonb(dict(values["detail"]))},
    )


def insert_units(conn: Conn, case_no: str, units: Sequence[CaseUnit]) -> None:
    """Write the units of a case."""
    with conn.cursor() as cur:
        cur.executemany(
            "INSERT INTO registry.case_unit (case_no, seq, unit_code, parcel_code, kind, housing, use_code,"
            " address, area_m2, place, decision_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    case_no,
                    unit.seq,
                    unit.unit_code,
                    unit.parcel_code,
                    unit.kind,
                    unit.housing,
                    unit.use_code,
                    unit.address,
                    unit.area_m2,
                    unit.place,
                    unit.decision_id,
                )
                for unit in units
            ],
        )


def insert_party(
    conn: Conn, case_no: str, seq: int, party_id: int, *, role: str, share: tuple[int, int] | None
) -> None:
    """Write an applicant's role."""
    num, den = share or (None, None)
    conn.execute(
        "INSERT INTO registry.case_party (case_no, seq, party_id, role, share_num, share_den)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [case_no, seq, party_id, role, num, den],
    )


def insert_material(conn: Conn, case_no: str, values: Mapping[str, Any]) -> int:
    """Write a material received; returns its key."""
    row = conn.execute(
        "INSERT INTO registry.material (case_no, code, name, original, copies, shared_from, file_sha256,"
        " file_name, media_type, size_bytes, received_at, received_by) VALUES (%(case_no)s, %(code)s,"
        " %(name)s, %(original)s, %(copies)s, %(shared_from)s, %(file_sha256)s, %(file_name)s,"
        " %(media_type)s, %(size_bytes)s, %(now)s, %(by)s) RETURNING material_id",
        {
            "file_sha256": None,
            "file_name": None,
            "media_type": None,
            "size_bytes": None,
            "shared_from": None,
            **values,
            "case_no": case_no,
        },
    ).fetchone()
    if row is None:
        raise LookupError(case_no)
    return int(row[0])


def insert_event(conn: Conn, case_no: str, values: Mapping[str, Any]) -> None:
    """Write an event; ``values`` are its columns without key and case."""
    conn.execute(
        "INSERT INTO registry.case_event (case_no, at, action, from_node, to_node, from_status, to_status,"
        " login, office, comment, detail) VALUES (%(case_no)s, %(at)s, %(action)s, %(from_node)s,"
        " %(to_node)s, %(from_status)s, %(to_status)s, %(login)s, %(office)s, %(comment)s, %(detail)s)",
        {**values, "case_no": case_no, "detail": Jsonb(dict(values["detail"]))},
    )


def fetch_case(conn: Conn, case_no: str, *, lock: bool = False) -> Case | None:
    """Fetch a case, with its row locked if asked."""
    condition: LiteralString = " WHERE c.case_no = %s" + (" FOR UPDATE" if lock else "")
    with conn.cursor(row_factory=class_row(Case)) as cur:
        return cur.execute(_CASE + condition, [case_no]).fetchone()


def undecided_cases(conn: Conn) -> list[Case]:
    """Fetch the open cases whose county is not decided, oldest first, locked."""
    with conn.cursor(row_factory=class_row(Case)) as cur:
        return cur.execute(
            _CASE + " WHERE c.county_code IS NULL AND c.closed_at IS NULL ORDER BY c.case_no FOR UPDATE"
        ).fetchall()


_UPDATABLE = frozenset(
    {
        "status",
        "node",
        "node_role",
        "node_office",
        "decide_office",
        "county_code",
        "decision_id",
        "due_on",
        "node_since",
        "notice_to",
        "pay_before",
        "paid_at",
        "order_no",
        "registered_at",
        "closed_at",
    }
)


def update_case(conn: Conn, case_no: str, values: Mapping[str, Any]) -> None:
    """Set columns of a case that may change; the revision rises."""
    if not values.keys() <= _UPDATABLE:
        raise KeyError(sorted(values.keys() - _UPDATABLE))
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values
    )
    conn.execute(
        sql.SQL("UPDATE registry.case SET {}, revision = revision + 1 WHERE case_no = %(case_no)s").format(
            assignments
        ),
        {**values, "case_no": case_no},
    )


def settle_unit(conn: Conn, case_no: str, seq: int, decision_id: int) -> None:
    """Set the county decision of a unit."""
    conn.execute(
        "UPDATE registry.case_unit SET decision_id = %s WHERE case_no = %s AND seq = %s",
        [decision_id, case_no, seq],
    )


def fetch_units(conn: Conn, case_no: str) -> list[CaseUnit]:
    """Fetch the units of a case."""
    with conn.cursor(row_factory=class_row(CaseUnit)) as cur:
        return cur.execute(
            "SELECT seq, unit_code, parcel_code, kind, housing, use_code, address, area_m2, place,"
            " decision_id FROM registry.case_unit WHERE case_no = %s ORDER BY seq",
            [case_no],
        ).fetchall()


def fetch_parties(conn: Conn, case_no: str) -> list[CaseParty]:
    """Fetch the applicants of a case, numbers masked."""
    with conn.cursor(row_factory=class_row(CaseParty)) as cur:
        return cur.execute(
            "SELECT a.seq, a.party_id, a.role, p.kind, p.name, p.id_type, p.id_masked, p.id_hash,"
            " a.share_num, a.share_den FROM registry.case_party a JOIN registry.party p USING (party_id)"
            " WHERE a.case_no = %s ORDER BY a.seq",
            [case_no],
        ).fetchall()


def fetch_materials(conn: Conn, case_no: str) -> list[Received]:
    """Fetch the materials received, in order."""
    with conn.cursor(row_factory=class_row(Received)) as cur:
        return cur.execute(
            "SELECT material_id, code, name, original, copies, shared_from, file_sha256, file_name,"
            " media_type, size_bytes, received_at, received_by FROM registry.material WHERE case_no = %s"
            " ORDER BY material_id",
            [case_no],
        ).fetchall()


def fetch_events(conn: Conn, case_no: str) -> list[Event]:
    """Fetch the events of a case, in order."""
    with conn.cursor(row_factory=class_row(Event)) as cur:
        return cur.execute(
            "SELECT event_id, at, action, from_node, to_node, from_status, to_status, login, office, comment,"
            " detail FROM registry.case_event WHERE case_no = %s ORDER BY event_id",
            [case_no],
        ).fetchall()


# What a list can be narrowed by: field of the query -> condition.
_FILTERS: dict[str, LiteralString] = {
    "text": (
        "(c.case_no = %(text)s OR c.applicant LIKE %(text)s || '%%'"
        " OR c.address LIKE '%%' || %(text)s || '%%'"
        " OR EXISTS (SELECT FROM registry.case_unit u WHERE u.case_no = c.case_no"
        " AND (u.unit_code = %(code)s OR u.parcel_code = %(code)s))"
        " OR EXISTS (SELECT FROM registry.certificate t WHERE t.case_no = c.case_no"
        " AND t.certificate_no = %(text)s))"
    ),
    "status": "c.status = %(status)s",
    "county_code": "c.county_code = %(county_code)s",
    "office": "(c.accept_office = %(office)s OR c.decide_office = %(office)s)",
    "mine": "(c.accepted_by = %(login)s OR (c.node_office = %(own_office)s AND c.closed_at IS NULL))",
    "undecided": "c.county_code IS NULL AND c.closed_at IS NULL",
    "overdue": "c.due_on < %(today)s AND c.registered_at IS NULL AND c.closed_at IS NULL",
    "open": "c.registered_at IS NULL AND c.closed_at IS NULL",
    "first": "c.accepted_on >= %(first)s",
    "last": "c.accepted_on <= %(last)s",
    "after": "(c.accepted_at, c.case_no) < (%(after_at)s::timestamptz, %(after_no)s)",
}


def fetch_list(conn: Conn, query: CaseQuery, *, actor: Actor, today: date) -> list[Case]:
    """Fetch a page of the cases an actor may see, newest first."""
    tests = [condition for name, condition in _FILTERS.items() if getattr(query, name)]
    if actor.scope != "all":
        tests.append("(c.accept_office = %(own_office)s OR c.county_code = %(own_county)s)")
    after_at, after_no = query.after or (None, None)
    values = {
        "text": query.text,
        "code": "".join((query.text or "").split()).upper(),
        "status": query.status,
        "county_code": query.county_code,
        "office": query.office,
        "login": actor.login,
        "own_office": actor.window,
        "own_county": actor.county_code,
        "today": today,
        "first": query.first,
        "last": query.last,
        "after_at": after_at,
        "after_no": after_no,
        "limit": query.limit,
    }
    statement: LiteralString = _CASE + " WHERE " + " AND ".join(["TRUE", *tests])
    with conn.cursor(row_factory=class_row(Case)) as cur:
        return cur.execute(
            statement + " ORDER BY c.accepted_at DESC, c.case_no DESC LIMIT %(limit)s", values
        ).fetchall()


def find(conn: Conn, text: str, limit: int) -> list[CaseHit]:
    """Fetch cases and certificates by number."""
    with conn.cursor(row_factory=class_row(CaseHit)) as cur:
        return cur.execute(
            load_sql(__package__, "find_cases.sql"),
            {"case": text.upper(), "certificate": text if text.startswith("鄂") else "", "limit": limit},
        ).fetchall()


def open_cases(conn: Conn, unit_code: str) -> list[OpenCase]:
    """Fetch the open cases on a unit."""
    with conn.cursor(row_factory=class_row(OpenCase)) as cur:
        return cur.execute(
            "SELECT c.case_no, c.type_code, c.handbook_version, c.status, c.accept_office, c.decide_office,"
            " c.due_on FROM registry.case_unit u JOIN registry.case c USING (case_no)"
            " WHERE u.unit_code = %s AND c.closed_at IS NULL ORDER BY c.case_no",
            [unit_code],
        ).fetchall()


def open_cases_on(conn: Conn, parcel_codes: Sequence[str]) -> list[CaseOnParcel]:
    """Fetch the open cases on parcels (19 characters), of every office, without persons."""
    with conn.cursor(row_factory=class_row(CaseOnParcel)) as cur:
        return cur.execute("SELECT * FROM registry.open_cases_on(%s)", [list(parcel_codes)]).fetchall()


def insert_rating(conn: Conn, case: Case, rating: NewRating, now: datetime) -> None:
    """Write the rating of a case."""
    conn.execute(
        "INSERT INTO registry.rating (case_no, level, tags, words, channel, county_code, accept_office,"
        " rated_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            case.case_no,
            rating.level,
            list(rating.tags),
            rating.words,
            rating.channel,
            case.county_code,
            case.accept_office,
            now,
        ],
    )


def note_change(conn: Conn, case: Case) -> None:
    """Tell the map that a case changed, without its number."""
    conn.execute(
        "SELECT map.note_change('cases', %s, 'changed', NULL, %s::geometry)", [case.county_code, case.place]
    )


def office_names(conn: Conn) -> dict[str, str]:
    """Fetch the names of the offices by slug."""
    rows = conn.execute("SELECT office, name FROM registry.office").fetchall()
    return {str(office): str(name) for office, name in rows}


def fetch_rating(conn: Conn, case_no: str) -> NewRating | None:
    """Fetch the rating of a case."""
    with conn.cursor(row_factory=class_row(NewRating)) as cur:
        return cur.execute(
            "SELECT level, tags, words, channel FROM registry.rating WHERE case_no = %s", [case_no]
        ).fetchone()
