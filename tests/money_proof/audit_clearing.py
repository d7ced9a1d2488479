"""Runs, bank and channels against the book and the truth (I6, I7, I8): each yields (invariant, words)."""

from collections import Counter


def batches(world, rows):
    """I6: a line is in one run, as ordered and as the book froze it; payouts are their items' sums."""
    lines = {item.line_id: item for item in rows["lines"]}
    found = Counter(item.line_id for item in rows["items"])
    yield from (("I6", f"line {line} in {n} runs") for line, n in found.items() if n > 1)
    sums = Counter()
    frozen = set()
    for item in rows["items"]:
        line = lines[item.line_id]
        kind = "nontax" if line.kind == "fee" else "tax"
        ours = world.book.orders[line.order_no].lines[line.line_no - 1]
        if (item.amount_fen, item.county_code, item.kind) != (line.amount_fen, ours.paid_to, kind):
            yield "I6", f"line {item.line_id} paid out otherwise than ordered or ruled"
        sums[item.batch_id, item.county_code, item.kind] += item.amount_fen
        frozen.add((line.order_no, line.line_no, item.biz_date, item.seq))
    adjusted = Counter()
    for item in rows["adjustments"]:
        sums[item.batch_id, item.county_code, item.kind] += item.amount_fen
        adjusted[(item.biz_date, item.seq), item.county_code, item.kind] += item.amount_fen
    if adjusted != world.book.adjusted:
        yield "I6", f"adjusted otherwise than ruled: {adjusted}"
    expected = {
        (order.no, line.no, *line.run)
        for order in world.book.orders.values()
        for line in order.asked() if line.run
    }  # fmt: skip
    if frozen != expected:
        yield "I6", f"frozen otherwise than expected: {sorted(map(str, frozen ^ expected))[:4]}"
    live = Counter()
    for item in rows["payouts"]:
        key = item.batch_id, item.county_code, item.kind
        live[key] += item.state != "rejected"
        if item.amount_fen != sums[key]:
            yield "I6", f"payout {item.msg_id} is not the sum of its items"
    yield from (("I6", f"two live payouts of {key}") for key, n in live.items() if n > 1)


def bank(world, rows):
    """I7, I8: the bank has each message once and with our amount; what we hold for paid, is."""
    book = world.bank.book
    payouts = {item.msg_id: item for item in rows["payouts"]}
    settled = Counter()
    for msg_id, item in book.items():
        ours = payouts.get(msg_id)
        if ours is None or ours.amount_fen != item.amount_fen or ours.creditor_number != item.creditor:
            yield "I7", f"the bank has {msg_id} otherwise than we"
        if item.executions > 1:
            yield "I7", f"the bank was asked to pay {msg_id} {item.executions} times"
    truth = {"confirmed": {"debited", "credited"}, "settled": {"credited"}, "rejected": {"rejected"}}
    for msg_id, ours in payouts.items():
        said = book[msg_id].state if msg_id in book else "absent"
        if said not in truth.get(ours.state, {said}):
            yield "I8", f"{msg_id} is {ours.state} here and {said} at the bank"
        if ours.state in {"planned", "written"} and said != "absent" and not world.bank.hidden(msg_id):
            yield "I7", f"{msg_id} is {ours.state} here and {said} at the bank"
        if ours.state == "settled":
            settled[ours.creditor_number] += ours.amount_fen
    for account, fen in settled.items():
        if fen > world.bank.county_fen[account]:
            yield "I8", f"{account}: settled {fen}, credited {world.bank.county_fen[account]}"


def payers(world, _rows):
    """I8: nobody got back more than was paid; what we hold for paid back, is."""
    back = world.payers.paid_back()
    for (_, txn), payment in world.book.payments.items():
        if back[txn] > payment.fen:
            yield "I8", f"{txn}: paid {payment.fen}, paid back {back[txn]}"
    done = Counter()
    for refund in world.book.refunds.values():
        if refund.booked and not refund.by_channel:
            payment = refund.payment or refund.order.payment
            done[payment.txn] += refund.fen
    for txn, fen in done.items():
        if fen > back[txn]:
            yield "I8", f"{txn}: we hold {fen} for paid back, {back[txn]} is"
