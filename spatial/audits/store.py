"""SQL of kept audits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import shapely
from psycopg import Connection, sql
from psycopg.rows import TupleRow, class_row, dict_row
from psycopg.types.json import Jsonb

from spatial.audits.records import AuditRun, Row, RuleCount, State, Wanted
from spatial.survey.records import Finding

Conn = Connection[TupleRow]

_RUN: Final = sql.SQL(
    "SELECT run_id, started_at, seconds, features, rule_set_sha256, rules, errors, warnings, infos, appeared,"
    " gone FROM spatial.audit_run"
)
_STATES: Final = {
    State.PRESENT: sql.SQL("first_run_id <= %(run)s AND (gone_run_id IS NULL OR gone_run_id > %(run)s)"),
    State.NEW: sql.SQL("first_run_id = %(run)s"),
    State.GONE: sql.SQL("gone_run_id = %(run)s"),
}


def lock(conn: Conn) -> None:
    """Let one run be kept at a time; readers go on."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('spatial.audit_run', 0))")


def live(conn: Conn) -> dict[str, tuple[int, str, str]]:
    """Fetch the findings that are there by key: our key, rule, county."""
    rows = conn.execute(
        "SELECT finding_key, finding_id, rule_id, county_code FROM spatial.audit_finding"
        " WHERE gone_run_id IS NULL"
    ).fetchall()
    return {key: (int(finding_id), rule_id, county) for key, finding_id, rule_id, county in rows}


def insert_run(conn: Conn, facts: dict[str, Any]) -> int:
    """Write a run; ``facts`` has its columns."""
    row = conn.execute(
        "INSERT INTO spatial.audit_run (job_id, started_at, seconds, features, rule_set_sha256, rules,"
        " errors, warnings, infos, appeared, gone) VALUES (%(job_id)s, %(started_at)s, %(seconds)s,"
        " %(features)s, %(rule_set_sha256)s, %(rules)s, %(errors)s, %(warnings)s, %(infos)s,"
        " %(appeared)s, %(gone)s) RETURNING run_id",
        {**facts, "rules": Jsonb(facts["rules"])},
    ).fetchone()
    if row is None:
        raise LookupError("run_id")
    return int(row[0])


def insert_counts(conn: Conn, run_id: int, counts: Sequence[RuleCount]) -> None:
    """Write what a run counted."""
    with conn.cursor() as cur:
        cur.executemany(
            "INSERT INTO spatial.audit_count (run_id, rule_id, county_code, findings, appeared, gone)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [(run_id, one.rule_id, one.county_code, one.findings, one.appeared, one.gone) for one in counts],
        )


def insert_findings(
    conn: Conn, run_id: int, found: Sequence[tuple[str, str, Finding]], *, now: datetime
) -> None:
    """Write findings that the run before had not: key, county and finding, by COPY."""
    columns = (
        "finding_key, rule_id, severity, object_id, other_id, county_code, message, params, measured,"
        " limit_value, unit, geom, first_run_id, last_run_id, first_seen_at, last_seen_at"
    )
    query = sql.SQL("COPY spatial.audit_finding ({}) FROM STDIN").format(sql.SQL(columns))
    with conn.cursor() as cur, cur.copy(query) as copy:
        for key, county, one in found:
            place = (
                None
                if one.place is None
                else shapely.to_wkb(shapely.set_srid(one.place, 4547), hex=True, include_srid=True)
            )
            copy.write_row(
                (
                    key,
                    one.rule_id,
                    one.severity.value,
                    one.object_id,
                    one.other_id,
                    county,
                    one.message,
                    Jsonb(one.params),
                    one.measured,
                    one.limit,
                    one.unit,
                    place,
                    run_id,
                    run_id,
                    now,
                    now,
                )
            )


def see_again(conn: Conn, run_id: int, seen: Sequence[tuple[int, float | None]], *, now: datetime) -> None:
    """Write that findings (our key, what is measured now) are still there."""
    conn.execute(
        "UPDATE spatial.audit_finding f SET last_run_id = %s, last_seen_at = %s, measured = s.measured"
        " FROM unnest(%s::bigint[], %s::float8[]) AS s (finding_id, measured)"
        " WHERE f.finding_id = s.finding_id",
        [run_id, now, [finding_id for finding_id, _ in seen], [measured for _, measured in seen]],
    )


def let_go(conn: Conn, run_id: int, gone: Sequence[int], *, now: datetime) -> None:
    """Write that findings are no more."""
    conn.execute(
        "UPDATE spatial.audit_finding SET gone_run_id = %s, gone_at = %s WHERE finding_id = ANY(%s)",
        [run_id, now, list(gone)],
    )


def has_run(conn: Conn, job_id: int) -> bool:
    """Tell whether a job has made its run."""
    row = conn.execute("SELECT 1 FROM spatial.audit_run WHERE job_id = %s", [job_id]).fetchone()
    return row is not None


def fetch_runs(conn: Conn, *, before: int | None, limit: int) -> list[AuditRun]:
    """Fetch runs, newest first."""
    query = sql.SQL("{} WHERE %s::bigint IS NULL OR run_id < %s ORDER BY run_id DESC LIMIT %s").format(_RUN)
    with conn.cursor(row_factory=class_row(AuditRun)) as cur:
        return cur.execute(query, [before, before, limit]).fetchall()


def fetch_run(conn: Conn, run_id: int) -> AuditRun | None:
    """Fetch a run."""
    with conn.cursor(row_factory=class_row(AuditRun)) as cur:
        return cur.execute(sql.SQL("{} WHERE run_id = %s").format(_RUN), [run_id]).fetchone()


def fetch_counts(conn: Conn, run_id: int, county_code: str | None) -> list[RuleCount]:
    """Fetch what a run counted, of one county or of all."""
    with conn.cursor(row_factory=class_row(RuleCount)) as cur:
        return cur.execute(
            "SELECT rule_id, county_code, findings, appeared, gone FROM spatial.audit_count"
            " WHERE run_id = %(run)s AND (%(county)s::text IS NULL OR county_code = %(county)s)"
            " ORDER BY 1, 2",
            {"run": run_id, "county": county_code},
        ).fetchall()


def fetch_findings(conn: Conn, run_id: int, wanted: Wanted) -> list[Row]:
    """Fetch findings of a run in the order of their keys, with the places in EPSG:4547."""
    query = sql.SQL(
        """
        SELECT finding_id, rule_id, severity, object_id, other_id, county_code, message, params, measured,
               limit_value AS "limit", unit, first_seen_at, last_seen_at, gone_at, geom
        FROM spatial.audit_finding
        WHERE {} AND finding_id > %(after)s
          AND (%(rule)s::text IS NULL OR rule_id = %(rule)s)
          AND (%(severity)s::text IS NULL OR severity = %(severity)s)
          AND (%(county)s::text IS NULL OR county_code = %(county)s)
        ORDER BY finding_id LIMIT %(limit)s
        """
    ).format(_STATES[wanted.state])
    values = {
        "run": run_id,
        "after": wanted.after,
        "rule": wanted.rule_id,
        "severity": wanted.severity,
        "county": wanted.county_code,
        "limit": wanted.limit,
    }
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(query, values).fetchall()
