"""What disputes post: only what the line is, from and to accounts of its own kind."""

from dataclasses import dataclass
from datetime import date, datetime

from registry.clearing.disputes import store
from registry.clearing.disputes.records import Dispute
from registry.ledger import rules as chart
from registry.ledger import service as ledger
from registry.ledger.records import Entry, PostingDraft


@dataclass(frozen=True, slots=True)
class Occasion:
    """Who posts, when, and to which accounting day (default that of the instant)."""

    actor: str
    now: datetime
    day: date | None = None


def hold(conn: store.Conn, dispute: Dispute, when: Occasion) -> None:
    """Keep what a county is owed for a line from it."""
    accounts = (chart.owed(dispute.county_code, dispute.kind), chart.disputed(dispute.county_code))
    _post(conn, dispute, ("dsh", "dispute_hold"), accounts, when=when)


def release(conn: store.Conn, dispute: Dispute, when: Occasion) -> None:
    """Owe the county what was held."""
    accounts = (chart.disputed(dispute.county_code), chart.owed(dispute.county_code, dispute.kind))
    _post(conn, dispute, ("dsx", "dispute_release"), accounts, when=when)


def keep(conn: store.Conn, dispute: Dispute, when: Occasion, *, batch_id: int, fen: int) -> None:
    """Keep a part of what a run owes the county that has the money of a cleared line."""
    accounts = (chart.owed(dispute.county_code, dispute.kind), chart.disputed(dispute.county_code))
    _post(conn, dispute, (f"dso:{batch_id}", "dispute_offset"), accounts, when=when, fen=fen)


def move(conn: store.Conn, dispute: Dispute, when: Occasion) -> None:
    """Owe the county of the ruling what was held or kept."""
    accounts = (chart.disputed(dispute.county_code), chart.owed(str(dispute.ruled_county), dispute.kind))
    _post(conn, dispute, ("dsr", "dispute_ruling"), accounts, when=when)


def _post(
    conn: store.Conn,
    dispute: Dispute,
    what: tuple[str, str],
    accounts: tuple[str, str],
    *,
    when: Occasion,
    fen: int | None = None,
) -> None:
    """Post from debit to credit; ``what`` is the stem of the business key and the kind."""
    amount_fen = dispute.amount_fen if fen is None else fen
    ledger.post(
        conn,
        PostingDraft(
            key=f"{what[0]}:{dispute.dispute_no}",
            kind=what[1],
            biz_date=when.day or ledger.biz_day(conn, when.now),
            event_at=when.now,
            actor=when.actor,
            entries=(Entry(*accounts, amount_fen, line_id=dispute.line_id),),
            order_no=dispute.order_no,
        ),
    )
