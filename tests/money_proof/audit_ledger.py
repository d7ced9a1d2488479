"""Accounts and postings against the book (I1, I3 to I5, I9, I15): each yields (invariant, words)."""

from collections import Counter

from tests.money_proof.rows import balances

KNOWN = (
    "1001",
    "1101",
    "1901",
    "1201",
    "1301",
    "2101",
    "2102",
    "2201",
    "2301",
    "2302",
    "2401",
    "3101",
    "3102",
    "5001",
)
RECEIVED = ("2101", "2102", "2201", "2301", "2302", "2401", "3101", "3102")


def balanced(world, rows):
    """I1: postings are whole, and debits equal credits (each row has both: the sum of all is zero)."""
    count, fen = Counter(), Counter()
    for item in rows["transfers"]:
        count[item.posting_id] += 1
        fen[item.posting_id] += item.amount_fen
        if item.amount_fen <= 0 or item.dr == item.cr:
            yield "I1", f"transfer {item.transfer_id}"
    for item in rows["postings"]:
        if (count[item.posting_id], fen[item.posting_id]) != (item.n_rows, item.total_fen):
            yield "I1", f"posting {item.key}"


def unique(world, rows):
    """I3: one transaction of a channel moves money once, whatever was sent how often."""
    by_event = {item.event_id: item for item in rows["events"]}
    taken = Counter()
    for item in rows["postings"]:
        if item.kind in {"pay", "suspend"} and item.event_id is not None:
            event = by_event[item.event_id]
            taken[event.channel, event.channel_txn] += 1
            if event.amount_fen != item.total_fen or not event.sig_ok:
                yield "I3", f"posting {item.key}"
    yield from (("I3", f"transaction {key} posted {n} times") for key, n in taken.items() if n > 1)
    keys = Counter(item.key for item in rows["postings"])
    yield from (("I3", f"key {key} posted {n} times") for key, n in keys.items() if n > 1)


def accounts(world, rows):
    """I4, I15: every account holds what the book says, so all that came in is accounted for."""
    posted, pending = balances(rows["transfers"])
    expected, reserved = expected_fen(world, rows)
    for code in sorted({*posted, *expected}):
        if code.startswith(KNOWN) and posted[code] != expected[code]:
            yield "I4", f"{code} holds {posted[code]}, expected {expected[code]}"
    for code in sorted({*pending, *reserved}):
        if code.startswith(KNOWN) and pending[code] != reserved[code]:
            yield "I4", f"{code} reserved {pending[code]}, expected {reserved[code]}"
    received = world.book.received
    back = sum(item.fen for item in world.book.refunds.values() if item.booked and not item.payment)
    back += sum(item.fen for item in world.book.payments.values() if item.left)
    accounted = -sum(fen for code, fen in posted.items() if code.startswith(RECEIVED))
    if received - back != accounted:
        yield "I4", f"received {received}, given back {back}, accounted {accounted}"


def expected_fen(world, rows):
    """Return (posted, reserved) net fen by account: the book's moves, and payouts by how far they are."""
    posted, reserved = Counter(), Counter()
    for (debit, credit), fen in world.book.moves.items():
        posted[debit] += fen
        posted[credit] -= fen
    for item in rows["payouts"]:
        owed_fen = world.book.owed_in((item.biz_date, item.seq))[item.county_code, item.kind]
        county = item.county_code
        owed, mirror, done = ("2101", "1201", "3101") if item.kind == "nontax" else ("2102", "1301", "3102")
        legs = ((f"1901.{county}", "1001"), (f"{owed}.{county}", f"{done}.{county}"))
        paid = {"confirmed": (True, False), "settled": (True, True)}.get(item.state, (False, False))
        for (debit, credit), is_posted in zip(legs, paid, strict=True):
            if item.state != "rejected":
                where = posted if is_posted else reserved
                where[debit] += owed_fen
                where[credit] -= owed_fen
        if item.state == "settled":
            posted[f"{mirror}.{county}"] += owed_fen
            posted[f"1901.{county}"] -= owed_fen
    return posted, reserved


def guards(world, rows):
    """I5: a guarded account is not overdrawn, reservations counted."""
    debit, credit, drawn = Counter(), Counter(), Counter()
    ended = {item.pending_id for item in rows["transfers"] if item.pending_id}
    for item in rows["transfers"]:
        if item.phase in {"FINAL", "POST"}:
            debit[item.dr] += item.amount_fen
            credit[item.cr] += item.amount_fen
        elif item.phase == "PENDING" and item.transfer_id not in ended:
            drawn[item.dr, "dr"] += item.amount_fen
            drawn[item.cr, "cr"] += item.amount_fen
    for code, kind in rows["guards"]:
        asset = debit[code] - credit[code] - drawn[code, "cr"]
        liability = credit[code] - debit[code] - drawn[code, "dr"]
        if (asset if kind == "A" else liability) < 0:
            yield "I5", f"{code} is overdrawn"


def pending(world, rows):
    """I9: a reservation ends at most once, by its whole amount, on the same accounts."""
    by_id = {item.transfer_id: item for item in rows["transfers"]}
    ends = Counter()
    for item in rows["transfers"]:
        if item.pending_id is None:
            continue
        ends[item.pending_id] += 1
        first = by_id.get(item.pending_id)
        same = first is not None and (first.phase, first.dr, first.cr, first.amount_fen) == (
            "PENDING", item.dr, item.cr, item.amount_fen,
        )  # fmt: skip
        if not same or ends[item.pending_id] > 1:
            yield "I9", f"transfer {item.transfer_id}"
