"""SQL of the job table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow, class_row
from psycopg.types.json import Jsonb

from data.jobs.records import Job, JobState

Conn = Connection[TupleRow]


def insert(
    conn: Conn,
    kind: str,
    payload: dict[str, Any],
    *,
    key: str | None,
    run_at: datetime | None,
    delay_s: float,
) -> int:
    """Insert a job, or return the one that already has the key."""
    row = conn.execute(
        "INSERT INTO registry.job (kind, key, payload, run_at)"
        " VALUES (%s, %s, %s, coalesce(%s, now() + make_interval(secs => %s)))"
        " ON CONFLICT (key) DO NOTHING RETURNING job_id",
        [kind, key, Jsonb(payload), run_at, delay_s],
    ).fetchone()
    if row is None:
        row = conn.execute("SELECT job_id FROM registry.job WHERE key = %s", [key]).fetchone()
    if row is None:
        raise LookupError(key)
    return int(row[0])


def claim(conn: Conn, worker: str, *, lease_s: int, kinds: list[str]) -> Job | None:
    """Take the next due job, or one whose worker stopped giving signs of life."""
    with conn.cursor(row_factory=class_row(Job)) as cur:
        return cur.execute(
            """
            UPDATE registry.job SET state = 'running', attempts = attempts + 1, worker = %(worker)s,
                   lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
            WHERE job_id = (
                SELECT job_id FROM registry.job
                WHERE kind = ANY(%(kinds)s)
                  AND (state = 'waiting' AND run_at <= clock_timestamp()
                       OR state = 'running' AND lease_until < clock_timestamp())
                ORDER BY run_at, job_id LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING job_id, kind, payload, attempts
            """,
            {"worker": worker, "lease": lease_s, "kinds": kinds},
        ).fetchone()


def renew(conn: Conn, job_id: int, worker: str, *, lease_s: int) -> bool:
    """Prolong the lease; false when another worker has the job."""
    cur = conn.execute(
        "UPDATE registry.job SET lease_until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE job_id = %s AND worker = %s AND state = 'running'",
        [lease_s, job_id, worker],
    )
    return cur.rowcount == 1


def waiting(conn: Conn, kind: str) -> list[int]:
    """Return the waiting jobs of a kind."""
    rows = conn.execute("SELECT job_id FROM registry.job WHERE kind = %s AND state = 'waiting'", [kind])
    return [job_id for (job_id,) in rows.fetchall()]


def finish_waiting(conn: Conn, job_ids: list[int]) -> None:
    """Mark jobs done that nobody has taken yet."""
    conn.execute(
        "UPDATE registry.job SET state = 'done', finished_at = clock_timestamp()"
        " WHERE job_id = ANY (%s) AND state = 'waiting'",
        [job_ids],
    )


def set_progress(conn: Conn, job_id: int, done: int, total: int | None, step: str | None) -> None:
    """Write how far the job is and at which step."""
    conn.execute(
        "UPDATE registry.job SET done = %s, total = %s, step = %s WHERE job_id = %s",
        [done, total, step, job_id],
    )


def finish(conn: Conn, job_id: int) -> None:
    """Mark a job done."""
    conn.execute(
        "UPDATE registry.job SET state = 'done', error = NULL, finished_at = clock_timestamp()"
        " WHERE job_id = %s",
        [job_id],
    )


def put_back(conn: Conn, job_id: int, error: str, *, delay_s: float | None) -> None:
    """Put a job back for a later try, or mark it failed when there is no delay."""
    conn.execute(
        """
        UPDATE registry.job SET error = %(error)s, lease_until = NULL,
               state = CASE WHEN %(delay)s::float8 IS NULL THEN 'failed' ELSE 'waiting' END,
               run_at = clock_timestamp() + make_interval(secs => coalesce(%(delay)s::float8, 0)),
               finished_at = CASE WHEN %(delay)s::float8 IS NULL THEN clock_timestamp() END
        WHERE job_id = %(job)s
        """,
        {"error": error[:2000], "delay": delay_s, "job": job_id},
    )


def fetch_states(conn: Conn, job_ids: Sequence[int]) -> list[JobState]:
    """Fetch how far jobs are."""
    with conn.cursor(row_factory=class_row(JobState)) as cur:
        return cur.execute(
            "SELECT job_id, kind, state, done, total, step, error, created_at, finished_at"
            " FROM registry.job WHERE job_id = ANY(%s)",
            [list(job_ids)],
        ).fetchall()
