"""SQL of the ledger."""

from datetime import date, datetime

from psycopg import Connection
from psycopg.rows import TupleRow, class_row, dict_row

from registry.ledger.records import AccountEntry, Balance, Entry, Phase, PostingDraft, Seal, TrialRow

Conn = Connection[TupleRow]


def insert_posting(conn: Conn, draft: PostingDraft, sha256: bytes) -> tuple[int, bool, bool]:
    """Write a posting; return (posting_id, created, same input)."""
    entries = draft.entries
    row = conn.execute(
        "SELECT posting_id, created, same FROM money.post(%s, %s, %s, %s, %s, %s, %s, %s, %s,"
        " %s::text[], %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[])",
        [
            draft.key,
            sha256,
            draft.kind,
            draft.biz_date,
            draft.event_at,
            draft.actor,
            draft.order_no,
            draft.msg_id,
            draft.reverses,
            [entry.debit for entry in entries],
            [entry.credit for entry in entries],
            [entry.amount_fen for entry in entries],
            [str(entry.phase) for entry in entries],
            [entry.pending_id for entry in entries],
            [entry.line_id for entry in entries],
        ],
    ).fetchone()
    if row is None:
        raise LookupError(draft.key)
    return row[0], row[1], row[2]


def biz_day(conn: Conn, at: datetime) -> date:
    """Return the accounting day of an instant."""
    row = conn.execute("SELECT money.biz_day(%s)", [at]).fetchone()
    if row is None:
        raise LookupError(at)
    found: date = row[0]
    return found


def transfer_ids(conn: Conn, posting_id: int) -> list[int]:
    """Return the transfers of a posting in their order."""
    rows = conn.execute(
        "SELECT transfer_id FROM money.transfer WHERE posting_id = %s ORDER BY seq", [posting_id]
    ).fetchall()
    return [row[0] for row in rows]


def pending_entry(conn: Conn, transfer_id: int) -> Entry | None:
    """Return a pending transfer as an entry."""
    row = conn.execute(
        "SELECT d.code, c.code, t.amount_fen FROM money.transfer t"
        " JOIN money.account d ON d.account_id = t.dr JOIN money.account c ON c.account_id = t.cr"
        " WHERE t.transfer_id = %s AND t.phase = 'PENDING'",
        [transfer_id],
    ).fetchone()
    return None if row is None else Entry(row[0], row[1], row[2])


def posting_head(conn: Conn, posting_id: int) -> tuple[str | None, str | None, int | None] | None:
    """Return (order, payout message, reversed posting) of a posting."""
    row = conn.execute(
        "SELECT order_no, msg_id, reverses FROM money.posting WHERE posting_id = %s", [posting_id]
    ).fetchone()
    return None if row is None else (row[0], row[1], row[2])


def entries(conn: Conn, posting_id: int) -> list[Entry]:
    """Return the transfers of a posting as entries, in their order."""
    rows = conn.execute(
        "SELECT d.code, c.code, t.amount_fen, t.phase, t.pending_id, t.line_id FROM money.transfer t"
        " JOIN money.account d ON d.account_id = t.dr JOIN money.account c ON c.account_id = t.cr"
        " WHERE t.posting_id = %s ORDER BY t.seq",
        [posting_id],
    ).fetchall()
    return [Entry(row[0], row[1], row[2], Phase(row[3]), row[4], row[5]) for row in rows]


def balance(conn: Conn, code: str, day: date) -> Balance | None:
    """Return one account at the end of a day."""
    with conn.cursor(row_factory=class_row(Balance)) as cur:
        return cur.execute(
            "SELECT a.code, a.class AS kind, b.dr_fen AS debit_fen, b.cr_fen AS credit_fen,"
            " b.pend_dr_fen AS pending_debit_fen, b.pend_cr_fen AS pending_credit_fen"
            " FROM money.account a, money.balance_of(a.account_id, %s) b WHERE a.code = %s",
            [day, code],
        ).fetchone()


def sum_days(conn: Conn, last: date) -> int:
    """Keep the sums of every unsealed day up to one that is over; return how many rows are new."""
    row = conn.execute("SELECT money.sum_days(%s)", [last]).fetchone()
    return int(row[0]) if row else 0


def trial_rows(conn: Conn, day: date) -> list[TrialRow]:
    """Return every account with its sums to the end of a day."""
    with conn.cursor(row_factory=class_row(TrialRow)) as cur:
        return cur.execute(
            "SELECT a.code, a.name, a.class AS kind, coalesce(b.dr_fen, 0) AS debit_fen,"
            " coalesce(b.cr_fen, 0) AS credit_fen, coalesce(b.pend_dr_fen, 0) AS pending_debit_fen,"
            " coalesce(b.pend_cr_fen, 0) AS pending_credit_fen"
            " FROM money.account a LEFT JOIN money.balances(%s) b USING (account_id) ORDER BY a.code",
            [day],
        ).fetchall()


def account_id(conn: Conn, code: str) -> int | None:
    """Return the key of an account."""
    row = conn.execute("SELECT account_id FROM money.account WHERE code = %s", [code]).fetchone()
    return None if row is None else int(row[0])


def account_entries(conn: Conn, account: int, *, after: int, limit: int) -> list[AccountEntry]:
    """Return the transfers of an account in the order of writing."""
    with conn.cursor(row_factory=class_row(AccountEntry)) as cur:
        return cur.execute(
            "SELECT t.transfer_id, t.posting_id, p.key, p.kind, t.biz_date, p.event_at, p.order_no, p.msg_id,"
            " CASE WHEN t.dr = %(id)s THEN 'debit' ELSE 'credit' END AS side, o.code AS other,"
            " t.amount_fen, t.phase"
            " FROM money.transfer t JOIN money.posting p USING (posting_id)"
            " JOIN money.account o ON o.account_id = CASE WHEN t.dr = %(id)s THEN t.cr ELSE t.dr END"
            " WHERE (t.dr = %(id)s OR t.cr = %(id)s) AND t.transfer_id > %(after)s"
            " ORDER BY t.transfer_id LIMIT %(limit)s",
            {"id": account, "after": after, "limit": limit},
        ).fetchall()


def lock_ledger(conn: Conn) -> None:
    """Keep new postings out until the end of the transaction."""
    conn.execute("SELECT money.lock_ledger()")


def last_seal(conn: Conn) -> Seal | None:
    """Return the newest seal."""
    return seal_of(conn, None)


def seal_of(conn: Conn, day: date | None) -> Seal | None:
    """Return the seal of a day, or the newest."""
    with conn.cursor(row_factory=class_row(Seal)) as cur:
        return cur.execute(
            "SELECT biz_date, n_rows, sha256, prev_sha256, algorithm, sealed_by, sealed_at, signature"
            " FROM money.day_seal WHERE %(day)s::date IS NULL OR biz_date = %(day)s"
            " ORDER BY biz_date DESC LIMIT 1",
            {"day": day},
        ).fetchone()


def day_digest(conn: Conn, after: date | None, day: date) -> tuple[int, bytes]:
    """Return number and SHA-256 of the transfers after one day up to another, in the order of writing."""
    row = conn.execute(
        "SELECT count(*), sha256(coalesce(string_agg(convert_to(concat_ws('|', p.key,"
        " encode(p.body_sha256, 'hex'), p.kind, t.biz_date, t.seq, t.dr, t.cr,"
        " t.amount_fen, t.phase, t.pending_id, t.line_id), 'UTF8'),"
        " '\\x0a'::bytea ORDER BY t.transfer_id), ''::bytea))"
        " FROM money.transfer t JOIN money.posting p USING (posting_id)"
        " WHERE t.biz_date <= %(day)s AND t.biz_date > coalesce(%(after)s::date, '-infinity')",
        {"day": day, "after": after},
    ).fetchone()
    if row is None:
        raise LookupError(day)
    return row[0], bytes(row[1])


def insert_seal(conn: Conn, seal: Seal) -> None:
    """Write a seal and the balances to the end of its day."""
    balances = conn.execute("SELECT * FROM money.balances(%s)", [seal.biz_date]).fetchall()
    conn.execute(
        "SELECT money.seal_day(%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            seal.biz_date,
            seal.sha256,
            seal.n_rows,
            seal.prev_sha256,
            seal.signature,
            seal.algorithm,
            seal.sealed_by,
            seal.sealed_at,
        ],
    )
    with conn.cursor() as cur:
        cur.executemany(
            "INSERT INTO money.balance_day (account_id, biz_date, dr_fen, cr_fen, pend_dr_fen, pend_cr_fen)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [(row[0], seal.biz_date, *row[1:]) for row in balances],
        )


def seal_before(conn: Conn, day: date) -> date | None:
    """Return the sealed day before a day."""
    row = conn.execute("SELECT max(biz_date) FROM money.day_seal WHERE biz_date < %s", [day]).fetchone()
    return None if row is None else row[0]


def posting(conn: Conn, posting_id: int, county_code: str | None) -> dict[str, object] | None:
    """Return a posting with its transfers; for a county without those of other counties."""
    with conn.cursor(row_factory=dict_row) as cur:
        found = cur.execute(
            "SELECT posting_id, key, kind, biz_date, event_at, order_no, msg_id, actor, total_fen"
            " FROM money.posting WHERE posting_id = %s",
            [posting_id],
        ).fetchone()
        if found is None:
            return None
        transfers = cur.execute(
            "SELECT t.transfer_id, d.code AS debit, c.code AS credit, t.amount_fen, t.phase, t.pending_id"
            " FROM money.transfer t JOIN money.account d ON d.account_id = t.dr"
            " JOIN money.account c ON c.account_id = t.cr WHERE t.posting_id = %(posting)s"
            " AND (%(county)s::text IS NULL OR (coalesce(d.county_code, %(county)s) = %(county)s"
            " AND coalesce(c.county_code, %(county)s) = %(county)s)) ORDER BY t.seq",
            {"posting": posting_id, "county": county_code},
        ).fetchall()
    return {**found, "transfers": transfers}
