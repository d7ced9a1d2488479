"""What happened to submissions lately, for the feed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from data.access.records import Actor
from data.db import load_sql
from data.following.records import Span
from spatial.survey.service import sees_all
from spatial.survey.store import Conn

SOURCE: Final = "survey"


@dataclass(frozen=True, slots=True)
class SurveyNews:
    """A step of a submission; ``status`` is the state reached."""

    tx: int
    event_id: int
    at: datetime
    survey_id: int
    project_code: str
    status: str


def survey_news(conn: Conn, actor: Actor, span: Span, *, limit: int) -> list[SurveyNews]:
    """Return the steps of a span on submissions that the actor may see, oldest first.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    actor : Actor
        Reviewers, supervisors and administrators see all, others their own.
    span : Span
        From where to where.
    limit : int
        Number of steps.
    """
    values = {**span.values(), "login": None if sees_all(actor) else actor.login, "limit": limit}
    with conn.cursor(row_factory=class_row(SurveyNews)) as cur:
        return cur.execute(load_sql(__package__, "survey_news.sql"), values).fetchall()
