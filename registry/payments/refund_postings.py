"""Post what a refund moves."""

from datetime import datetime

from registry.ledger import service as ledger
from registry.ledger.records import Entry, PostingDraft
from registry.payments import store
from registry.payments.records import Refund


def post(
    conn: store.Conn,
    what: tuple[str, str],
    entries: tuple[Entry, ...],
    *,
    refund: Refund,
    now: datetime,
    actor: str,
) -> None:
    """Post something of a refund; ``what`` is its business key and kind."""
    ledger.post(
        conn,
        PostingDraft(
            key=what[0],
            kind=what[1],
            biz_date=ledger.biz_day(conn, now),
            event_at=now,
            actor=actor,
            entries=entries,
            order_no=refund.order_no,
        ),
    )
