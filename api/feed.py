"""What happens now, for the roles of a person; each room is asked through its own reading of a span."""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

from api.pages import encode_cursor
from api.routes.cases import READERS as CASE_READERS
from api.routes.surveys import READERS as SURVEY_READERS
from data.access.records import Actor
from data.db import Database
from data.following import service as following
from data.following.records import Position, Span
from data.messages import known, text
from registry.cases import news as cases
from registry.cases.news import CaseNews
from spatial.survey import news as surveys
from spatial.survey.news import SurveyNews

SHOWN: Final = 100
POLL_S: Final = 1.0
Asked = tuple[str, str | None, Position | None]
Found = tuple[Position, dict[str, Any]]


class Feed:
    """Reads the feed of an actor.

    Parameters
    ----------
    db : Database
        Database.
    actor : Actor
        Whose feed.
    lang : str
        Language of texts.
    limit : int
        Largest number of items of an answer.
    """

    def __init__(self, db: Database, actor: Actor, *, lang: str, limit: int = SHOWN) -> None:
        self.db = db
        self.actor = actor
        self.lang = lang
        self.limit = limit

    def start(self) -> str:
        """Return the cursor from which what comes may be followed."""
        with self.db.transaction(self.actor) as conn:
            return encode_cursor(following.present(conn))

    def read(self, asked: Asked) -> tuple[list[dict[str, Any]], str]:
        """Return what is new since a place, oldest first, and the cursor of the next call.

        Raises
        ------
        CursorOutlived
        """
        since, until, after = asked
        with self.db.transaction(self.actor) as conn:
            span = following.span(conn, since, until=until, after=after)
            found: list[Found] = []
            if self.actor.may(*CASE_READERS):
                found += map(self._case, cases.case_news(conn, span, limit=self.limit + 1))
            if self.actor.may(*SURVEY_READERS):
                found += map(self._survey, surveys.survey_news(conn, self.actor, span, limit=self.limit + 1))
        found.sort(key=lambda item: item[0])
        shown = found[: self.limit]
        more = len(found) > len(shown)
        return [item for _, item in shown], _cursor(span, shown[-1][0] if more else None)

    def wait(
        self, asked: Asked, seconds: float, *, pause: Callable[[float], object] = time.sleep
    ) -> tuple[list[dict[str, Any]], str]:
        """Return what is new as soon as there is something, or nothing after some seconds.

        Between two looks no connection is held. ``pause`` waits for a number of seconds.
        """
        items, cursor = self.read(asked)
        left = seconds
        while not items and left > 0:
            step = min(POLL_S, left)
            pause(step)
            left -= step
            items, cursor = self.read(asked)
        return items, cursor

    def _case(self, news: CaseNews) -> Found:
        label = f"case.action.{news.action}"
        action = text(label, self.lang) if known(label) else news.action
        status = text(f"ui.status.case.{news.status}", self.lang)
        return (news.tx, cases.SOURCE, news.event_id), {
            "id": f"case-{news.event_id}",
            "at": news.at,
            "kind": f"case.{news.action}",
            "subject": news.case_no,
            "link": f"/cases/{news.case_no}",
            "text": text("feed.case", self.lang, case_no=news.case_no, action=action, status=status),
        }

    def _survey(self, news: SurveyNews) -> Found:
        page = "review" if self.actor.may("reviewer") else "surveys"
        status = text(f"ui.status.survey.{news.status}", self.lang)
        return (news.tx, surveys.SOURCE, news.event_id), {
            "id": f"survey-{news.event_id}",
            "at": news.at,
            "kind": f"survey.{news.status}",
            "subject": news.project_code,
            "link": f"/{page}/{news.survey_id}",
            "text": text("feed.survey", self.lang, project_code=news.project_code, status=status),
        }


def _cursor(span: Span, last: Position | None) -> str:
    return encode_cursor(span.until) if last is None else encode_cursor(span.since, span.until, *last)


class Seat:
    """The one place in a process where a request may wait.

    A waiting request occupies a thread of the server. At most one does so in a process, and none where the
    process has a single thread: whoever finds the seat taken is answered at once.
    """

    def __init__(self, threads: int) -> None:
        self._lock = threading.Lock()
        self._exists = threads > 1

    def take(self) -> bool:
        """Take the seat; false when there is none or somebody sits there."""
        return self._exists and self._lock.acquire(blocking=False)

    def leave(self) -> None:
        """Give the seat back."""
        self._lock.release()
