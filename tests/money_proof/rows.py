"""The bare rows of the books, as the auditor reads them: no function or view of the product's."""

from collections import Counter

# Tables whose rows never change, with what they are known by.
FACTS = {
    "posting": "posting_id",
    "transfer": "transfer_id",
    "channel_event": "event_id",
    "event_result": "event_id",
    "order_line": "line_id",
    "order_event": "seq",
    "batch": "batch_id",
    "batch_item": "line_id",
    "refund_line": "refund_no||'/'||line_id",
    "dispute_event": "dispute_no||'/'||seq",
    "batch_adjustment": "batch_id||dispute_no||county_code",
    "bill_line": "code||number||line_id",
    "bank_message": "message_id",
    "day_seal": "biz_date",
}
QUERIES = {
    "transfers": "SELECT t.transfer_id, t.posting_id, t.biz_date, t.seq, d.code AS dr, c.code AS cr,"
    " t.amount_fen, t.phase, t.pending_id, t.line_id FROM money.transfer t"
    " JOIN money.account d ON d.account_id = t.dr JOIN money.account c ON c.account_id = t.cr ORDER BY 1",
    "postings": "SELECT posting_id, key, kind, biz_date, event_id, n_rows, total_fen, msg_id"
    " FROM money.posting ORDER BY 1",
    "events": "SELECT event_id, channel, channel_txn, kind, amount_fen, sig_ok FROM money.channel_event",
    "orders": "SELECT order_no, state, amount_fen FROM money.payment_order",
    "steps": "SELECT order_no, from_state, to_state FROM money.order_event ORDER BY order_no, seq",
    "lines": "SELECT l.line_id, l.order_no, l.line_no, l.kind, l.amount_fen, l.county_code,"
    " d.county_code AS decided FROM money.order_line l JOIN spatial.county_decision d USING (decision_id)",
    "items": "SELECT i.line_id, i.batch_id, i.county_code, i.kind, i.amount_fen, b.biz_date, b.seq"
    " FROM money.batch_item i JOIN money.batch b USING (batch_id)",
    "payouts": "SELECT y.*, b.biz_date, b.seq FROM money.payout y JOIN money.batch b USING (batch_id)",
    "adjustments": "SELECT a.batch_id, a.county_code, a.kind, a.amount_fen, b.biz_date, b.seq"
    " FROM money.batch_adjustment a JOIN money.batch b USING (batch_id)",
    "refunds": "SELECT refund_no, order_no, suspended_id, state, amount_fen FROM money.refund",
    "disputes": "SELECT dispute_no, state, ruled_county FROM money.dispute",
    "bills": "SELECT code, number::bigint AS number, pool_id, kind, state, refund_no, dispute_no,"
    " correction_id FROM money.bill",
    "billed": "SELECT x.code, x.number::bigint AS number, x.line_id, x.amount_fen FROM money.bill_line x",
    "fees": "SELECT case_no, line_no, unit_code, amount_fen, superseded_at IS NULL AS counts"
    " FROM registry.fee_line",
    "pools": "SELECT pool_id, lo, next FROM money.bill_pool",
    "breaks": "SELECT type, key, event_id, msg_id FROM money.break",
    "seals": "SELECT biz_date FROM money.day_seal",
    "months": "SELECT month FROM money.period WHERE state = 'closed'",
    "jobs": "SELECT kind, payload FROM registry.job WHERE state <> 'done'"
    " AND kind IN ('order_paid', 'refund_order', 'dispute_adjusted')",
    "guards": "SELECT code, class AS kind FROM money.account WHERE guard",
}


def read(conn):
    """Return (rows by query, hash of every fact row by table and key)."""
    with conn.pipeline():
        cursors = {name: conn.execute(query) for name, query in QUERIES.items()}
        facts = {
            name: conn.execute(f"SELECT {key} AS key, md5(t::text) AS row FROM money.{name} t")
            for name, key in FACTS.items()
        }
    rows = {name: cursor.fetchall() for name, cursor in cursors.items()}
    return rows, {name: dict(cursor.fetchall()) for name, cursor in facts.items()}


def billed(rows):
    """Return what live bills, blue less red, say was paid, fen by order line."""
    void = {(item.code, item.number) for item in rows["bills"] if item.state == "void"}
    fen = Counter()
    for item in rows["billed"]:
        if (item.code, item.number) not in void:
            fen[item.line_id] += item.amount_fen
    return fen


def balances(transfers):
    """Return (posted, pending) net debits in fen by account, added up from bare transfers."""
    ended = {item.pending_id for item in transfers if item.pending_id}
    posted, pending = Counter(), Counter()
    for item in transfers:
        if item.phase in {"FINAL", "POST"}:
            posted[item.dr] += item.amount_fen
            posted[item.cr] -= item.amount_fen
        elif item.phase == "PENDING" and item.transfer_id not in ended:
            pending[item.dr] += item.amount_fen
            pending[item.cr] -= item.amount_fen
    return posted, pending
