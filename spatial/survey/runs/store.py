"""SQL of check runs, findings and waivers."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow, dict_row
from psycopg.types.json import Jsonb

from spatial.survey.records import Finding, Report, Waiver
from spatial.survey.store import ewkb, objects

Conn = Connection[TupleRow]


def insert_run(conn: Conn, survey_id: int, report: Report, changes: dict[str, Any]) -> int:
    """Write a run and its findings; return the run's key."""
    run = report.run
    row = conn.execute(
        "INSERT INTO spatial.survey_run (survey_id, rule_set_sha256, tolerance_m, base_revision, started_at,"
        " seconds, counts, rules, changes) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING run_id",
        [
            survey_id,
            run.rule_set_sha256,
            run.tolerance_m,
            run.base_revision,
            run.started_at,
            run.seconds,
            Jsonb(report.counts()),
            Jsonb([_rule(rule) for rule in run.rules]),
            Jsonb(changes),
        ],
    ).fetchone()
    if row is None:
        raise LookupError(survey_id)
    _copy_findings(conn, survey_id, int(row[0]), report.findings)
    return int(row[0])


def _rule(rule: Any) -> dict[str, Any]:
    return {
        "rule_id": rule.rule_id,
        "result": rule.result,
        "findings": rule.findings,
        "skipped": rule.skipped,
        "reason": rule.reason,
    }


def _copy_findings(conn: Conn, survey_id: int, run_id: int, findings: list[Finding]) -> None:
    places = ewkb(objects([finding.place for finding in findings])) if findings else []
    fixes = ewkb(objects([finding.fix for finding in findings])) if findings else []
    with (
        conn.cursor() as cur,
        cur.copy(
            "COPY spatial.finding (run_id, survey_id, rule_id, severity, object_id, other_id, feature_no,"
            " measured, limit_value, unit, message, params, geom, fix) FROM STDIN"
        ) as copy,
    ):
        for finding, place, fix in zip(findings, places, fixes, strict=True):
            copy.write_row(
                (
                    run_id,
                    survey_id,
                    finding.rule_id,
                    finding.severity.value,
                    finding.object_id,
                    finding.other_id,
                    finding.feature_no,
                    finding.measured,
                    finding.limit,
                    finding.unit,
                    finding.message,
                    Jsonb(finding.params),
                    place,
                    fix,
                )
            )


def last_run(conn: Conn, survey_id: int) -> dict[str, Any] | None:
    """Fetch the newest run of a submission."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(
            "SELECT run_id, rule_set_sha256, tolerance_m, base_revision, started_at, seconds, counts, rules,"
            " changes FROM spatial.survey_run WHERE survey_id = %s ORDER BY run_id DESC LIMIT 1",
            [survey_id],
        ).fetchone()


def counts_of(conn: Conn, survey_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Fetch the counts of the newest run of each submission."""
    rows = conn.execute(
        "SELECT DISTINCT ON (survey_id) survey_id, counts FROM spatial.survey_run"
        " WHERE survey_id = ANY(%s) ORDER BY survey_id, run_id DESC",
        [list(survey_ids)],
    ).fetchall()
    return {int(survey_id): counts for survey_id, counts in rows}


def findings(conn: Conn, run_id: int, *, after: int, limit: int) -> list[dict[str, Any]]:
    """Fetch findings of a run by key, each with its last waiver and what a reviewer answered so far."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(
            """
            SELECT f.finding_id, f.rule_id, f.severity, f.object_id, f.other_id, f.feature_no, f.measured,
                   f.limit_value AS "limit", f.unit, f.message, f.params, f.geom, f.fix,
                   (SELECT w.reason FROM spatial.finding_waiver w WHERE w.finding_id = f.finding_id
                    ORDER BY w.waiver_id DESC LIMIT 1) AS waived,
                   (SELECT jsonb_build_object('answer', a.answer, 'reason_code', a.reason_code,
                           'reason', a.reason, 'until', a.until, 'by', a.answered_by, 'at', a.answered_at)
                    FROM spatial.finding_answer a WHERE a.finding_id = f.finding_id) AS answer
            FROM spatial.finding f WHERE f.run_id = %s AND f.finding_id > %s
            ORDER BY f.finding_id LIMIT %s
            """,
            [run_id, after, limit],
        ).fetchall()


def open_errors(conn: Conn, run_id: int, today: date) -> list[tuple[int, str, str]]:
    """Fetch id, rule and object of the errors of a run that no waiver covers."""
    rows = conn.execute(
        """
        SELECT f.finding_id, f.rule_id, f.object_id FROM spatial.finding f
        WHERE f.run_id = %s AND f.severity = 'error' AND NOT EXISTS (
            SELECT FROM spatial.finding_waiver w
            WHERE w.finding_id = f.finding_id AND (w.until IS NULL OR w.until >= %s))
        ORDER BY f.finding_id
        """,
        [run_id, today],
    ).fetchall()
    return [(int(finding_id), rule_id, object_id) for finding_id, rule_id, object_id in rows]


def waived_errors(conn: Conn, survey_id: int, today: date) -> set[tuple[str, str]]:
    """Fetch rule and object of every error of a submission that a waiver covers."""
    rows = conn.execute(
        "SELECT DISTINCT f.rule_id, f.object_id FROM spatial.finding f"
        " JOIN spatial.finding_waiver w USING (finding_id)"
        " WHERE f.survey_id = %s AND (w.until IS NULL OR w.until >= %s)",
        [survey_id, today],
    ).fetchall()
    return {(rule_id, object_id) for rule_id, object_id in rows}


def insert_waivers(conn: Conn, waivers: Sequence[Waiver], *, login: str, now: datetime) -> None:
    """Write waivers."""
    with conn.cursor() as cur:
        cur.executemany(
            "INSERT INTO spatial.finding_waiver"
            " (finding_id, reason_code, reason, until, decided_by, decided_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [
                (waiver.finding_id, waiver.reason_code, waiver.reason, waiver.until, login, now)
                for waiver in waivers
            ],
        )


def error_ids(conn: Conn, run_id: int) -> list[int]:
    """Fetch the keys of the errors of a run."""
    rows = conn.execute(
        "SELECT finding_id FROM spatial.finding WHERE run_id = %s AND severity = 'error'", [run_id]
    ).fetchall()
    return [int(finding_id) for (finding_id,) in rows]
