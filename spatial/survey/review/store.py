"""SQL of reviews: answers and decisions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.rows import class_row, dict_row

from spatial.survey.review.records import Answer, Reply, Review
from spatial.survey.store import Conn


def put_answers(conn: Conn, survey_id: int, answers: Sequence[Answer], *, now: datetime) -> None:
    """Write answers; an earlier one to the same finding gives way."""
    with conn.cursor() as cur:
        cur.executemany(
            "INSERT INTO spatial.finding_answer"
            " (finding_id, survey_id, answer, reason_code, reason, until, answered_by, answered_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (finding_id) DO UPDATE"
            " SET answer = excluded.answer, reason_code = excluded.reason_code, reason = excluded.reason,"
            " until = excluded.until, answered_by = excluded.answered_by, answered_at = excluded.answered_at",
            [
                (
                    answer.finding_id,
                    survey_id,
                    answer.answer.value,
                    answer.reason_code,
                    answer.reason,
                    answer.until,
                    answer.answered_by,
                    now,
                )
                for answer in answers
            ],
        )


def take_answers_back(conn: Conn, finding_ids: Sequence[int]) -> None:
    """Delete answers."""
    conn.execute("DELETE FROM spatial.finding_answer WHERE finding_id = ANY(%s)", [list(finding_ids)])


def unknown_findings(conn: Conn, run_id: int, finding_ids: Sequence[int]) -> list[int]:
    """Fetch those of the keys that are no findings of a run."""
    rows = conn.execute(
        "SELECT wanted FROM unnest(%s::bigint[]) AS wanted WHERE NOT EXISTS ("
        " SELECT FROM spatial.finding f WHERE f.finding_id = wanted AND f.run_id = %s) ORDER BY 1",
        [list(finding_ids), run_id],
    ).fetchall()
    return [int(wanted) for (wanted,) in rows]


def answers_to_errors(conn: Conn, run_id: int) -> list[Answer]:
    """Fetch the answers that let errors of a run pass."""
    rows = conn.execute(
        "SELECT a.finding_id, a.reason_code, a.reason, a.until, a.answered_by"
        " FROM spatial.finding_answer a JOIN spatial.finding f USING (finding_id)"
        " WHERE f.run_id = %s AND f.severity = 'error' AND a.answer = 'let_pass' ORDER BY 1",
        [run_id],
    ).fetchall()
    return [
        Answer(finding_id, Reply.LET_PASS, code, words, until, login)
        for finding_id, code, words, until, login in rows
    ]


def progress(conn: Conn, run_id: int) -> tuple[int, int]:
    """Count the errors and warnings of a run, and those that are answered or waived."""
    row = conn.execute(
        "SELECT count(*), count(*) FILTER (WHERE EXISTS ("
        "   SELECT FROM spatial.finding_answer a WHERE a.finding_id = f.finding_id) OR EXISTS ("
        "   SELECT FROM spatial.finding_waiver w WHERE w.finding_id = f.finding_id))"
        " FROM spatial.finding f WHERE f.run_id = %s AND f.severity <> 'info'",
        [run_id],
    ).fetchone()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


def area_and_straddle(conn: Conn, survey_id: int, run_id: int) -> tuple[float, bool]:
    """Sum the areas of the draft parcels (m², EPSG:4547 plane); tell whether one crosses a county line."""
    row = conn.execute(
        "SELECT (SELECT coalesce(sum(ST_Area(geom)), 0) FROM spatial.survey_feature WHERE survey_id = %s),"
        " EXISTS (SELECT FROM spatial.finding WHERE run_id = %s AND message = 'county_straddle')",
        [survey_id, run_id],
    ).fetchone()
    return (0.0, False) if row is None else (float(row[0]), bool(row[1]))


def insert_review(conn: Conn, survey_id: int, facts: dict[str, Any]) -> None:
    """Write a decision: run_id, decision, takes_effect, second_rules, reason_codes, comment, login, now."""
    conn.execute(
        "INSERT INTO spatial.survey_review (survey_id, run_id, decision, takes_effect, second_rules,"
        " reason_codes, comment, decided_by, decided_at) VALUES (%(survey_id)s, %(run_id)s, %(decision)s,"
        " %(takes_effect)s, %(second_rules)s, %(reason_codes)s, %(comment)s, %(login)s, %(now)s)",
        {"survey_id": survey_id, **facts},
    )


def reviews(conn: Conn, survey_id: int) -> list[Review]:
    """Fetch all decisions on a submission, oldest first."""
    with conn.cursor(row_factory=class_row(Review)) as cur:
        return cur.execute(
            "SELECT review_id, run_id, decision, takes_effect, second_rules, reason_codes, comment,"
            " decided_by, decided_at FROM spatial.survey_review WHERE survey_id = %s ORDER BY review_id",
            [survey_id],
        ).fetchall()


def waiting_for_second(conn: Conn, *, limit: int) -> list[dict[str, Any]]:
    """Fetch the submissions whose last decision is an acceptance without effect, oldest first."""
    with conn.cursor(row_factory=dict_row) as cur:
        return cur.execute(
            "SELECT s.survey_id, r.decided_by, r.decided_at FROM spatial.survey s"
            " CROSS JOIN LATERAL (SELECT v.takes_effect, v.decided_by, v.decided_at"
            "   FROM spatial.survey_review v WHERE v.survey_id = s.survey_id"
            "   ORDER BY v.review_id DESC LIMIT 1) r"
            " WHERE s.status = 'submitted' AND NOT r.takes_effect ORDER BY r.decided_at LIMIT %s",
            [limit],
        ).fetchall()
