"""The sandbox clock: one shift for every process, kept in the database."""

from datetime import datetime, timedelta

from data.access.records import SYSTEM
from data.clock import Clock, SystemClock
from data.db import Database


class SandboxClock:
    """A clock whose shift stands in ``registry.sandbox_clock``; only with ``NINGTU_CLOCK=sandbox``."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def now(self) -> datetime:
        """Return the shifted instant, aware, in Asia/Shanghai."""
        with self._db.transaction(SYSTEM) as conn:
            row = conn.execute("SELECT offset_s FROM registry.sandbox_clock").fetchone()
        return SystemClock().now() + timedelta(seconds=row[0] if row else 0.0)

    def set(self, instant: datetime) -> None:
        """Move the clock so that it is now the given aware instant."""
        offset_s = (instant - SystemClock().now()).total_seconds()
        with self._db.transaction(SYSTEM) as conn:
            conn.execute(
                "INSERT INTO registry.sandbox_clock (offset_s) VALUES (%s)"
                " ON CONFLICT (one) DO UPDATE SET offset_s = excluded.offset_s",
                [offset_s],
            )


def clock_of(db: Database, setting: str) -> Clock:
    """Return the clock that the setting ``NINGTU_CLOCK`` names: ``sandbox`` or the machine's."""
    return SandboxClock(db) if setting == "sandbox" else SystemClock()
