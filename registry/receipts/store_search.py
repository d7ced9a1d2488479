"""SQL of the list of bills."""

import re
from typing import Final, LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from registry.receipts.records import Bill, BillQuery
from registry.receipts.store import BILL

Conn = Connection[TupleRow]

_REVERSED: Final = (
    "EXISTS (SELECT FROM money.bill r WHERE r.red_of = b.code || '-' || b.number AND r.state <> 'void')"
)
# The form of what was looked for, without its separators -> what it may be.
_WORDS: Final[list[tuple[re.Pattern[str], LiteralString]]] = [
    (re.compile(r"[0-9]{1,10}"), "b.number = lpad(%(word)s, 10, '0')"),
    (
        re.compile(r"[0-9]{18}"),
        "(b.code = left(%(word)s, 8) AND b.number = right(%(word)s, 10) OR b.payer_code = %(word)s)",
    ),
    (
        re.compile(r"[0-9]{20}"),
        "b.order_no = (SELECT o.order_no FROM money.payment_order o WHERE o.payment_code = %(word)s)",
    ),
    (re.compile(r"O[0-9]{16,20}"), "b.order_no = %(word)s"),
]
_NAMED: Final = "(strpos(b.payer_name, %(text)s) > 0 OR b.payer_code = %(word)s OR b.case_no = %(word)s)"
_TESTS: Final[dict[str, LiteralString]] = {
    "kind": "b.kind = %(kind)s",
    "county_code": "b.county_code = %(county_code)s",
    "first": "b.issued_on >= %(first)s",
    "last": "b.issued_on <= %(last)s",
    "before": "(b.issued_at, b.code, b.number)"
    " < (%(at)s, split_part(%(key)s, '-', 1), split_part(%(key)s, '-', 2))",
}


def find(conn: Conn, query: BillQuery) -> list[Bill]:
    """Return the bills of a query that the caller may see, newest first."""
    text = (query.text or "").strip()
    word = "".join(text.replace("-", " ").split()).upper()
    tests = [test for name, test in _TESTS.items() if getattr(query, name) is not None]
    if text:
        tests.append(_looked_for(word))
    if query.state is not None:
        tests.append(_REVERSED if query.state == "reversed" else f"b.state = %(state)s AND NOT {_REVERSED}")
    at, key = query.before or (None, None)
    values = {
        "text": text,
        "word": word,
        "kind": query.kind,
        "state": query.state,
        "county_code": query.county_code,
        "first": query.first,
        "last": query.last,
        "at": at,
        "key": key,
        "limit": query.limit,
    }
    statement: LiteralString = BILL + "WHERE " + " AND ".join(["TRUE", *tests])
    with conn.cursor(row_factory=class_row(Bill)) as cur:
        return cur.execute(
            statement + " ORDER BY b.issued_at DESC, b.code DESC, b.number DESC LIMIT %(limit)s", values
        ).fetchall()


def _looked_for(word: str) -> LiteralString:
    return next((test for form, test in _WORDS if form.fullmatch(word)), _NAMED)
