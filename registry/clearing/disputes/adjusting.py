"""Carry rulings out in a run that was just frozen, before its payouts are planned.

A line that no run had goes to the county of the ruling as an item of this run. The money of one that was
cleared is kept from what this run owes the county that has it, of the same kind, as much as leaves a payout;
once all of it is kept, perhaps after several runs, the other county is paid.
"""

from datetime import date, datetime

from data.jobs.service import enqueue
from registry.clearing.disputes import posting, store
from registry.clearing.disputes.records import Dispute

# What a payout keeps at least, fen: its county gets message and list, its lines a payout that settles them.
LEAST_FEN = 1
MOST = 1000


def carry_out(conn: store.Conn, batch_id: int, *, day: date, now: datetime) -> list[str]:
    """Post what this run can do of the rulings that stand.

    Parameters
    ----------
    conn : Connection
        Transaction that froze the run.
    batch_id : int
        Run.
    day : date
        Its accounting day.
    now : datetime
        Aware instant.

    Returns
    -------
    list of str
        Disputes that are adjusted by it.
    """
    if not store.find(conn, states=["ruled"], limit=1):
        return []
    store.lock_adjusting(conn)
    when = posting.Occasion("system", now, day)
    done = []
    # Lines that no run had come first: what they bring a county is part of what this run owes it.
    oldest = reversed(store.find(conn, states=["ruled"], limit=MOST))
    for dispute in sorted(oldest, key=lambda dispute: bool(dispute.cleared)):
        if not _can_move(conn, dispute, batch_id, when):
            continue
        posting.move(conn, dispute, when)
        if dispute.cleared:
            county = str(dispute.ruled_county)
            store.insert_adjustment(conn, batch_id, dispute, county_code=county, fen=dispute.amount_fen)
        no = dispute.dispute_no
        store.add_event(conn, no, ("ruled", "adjusted"), actor="system", comment="", at=now)
        enqueue(conn, "dispute_adjusted", {"dispute_no": no}, key=f"dispute_adjusted:{no}")
        done.append(no)
    return done


def _can_move(conn: store.Conn, dispute: Dispute, batch_id: int, when: posting.Occasion) -> bool:
    """Tell whether all of the money is there to be moved, keeping what this run has of it."""
    if not dispute.cleared:
        return store.in_batch(conn, batch_id, dispute.line_id)
    left_fen = dispute.amount_fen - dispute.kept_fen
    payable_fen = store.payable(conn, batch_id, dispute.county_code, dispute.kind)
    fen = min(left_fen, payable_fen - LEAST_FEN)
    if fen <= 0:
        return False
    posting.keep(conn, dispute, when, batch_id=batch_id, fen=fen)
    store.insert_adjustment(conn, batch_id, dispute, county_code=dispute.county_code, fen=-fen)
    return fen == left_fen
