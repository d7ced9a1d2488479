"""SQL of the tariff."""

from datetime import date

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from registry.fees.records import FeeRule

Conn = Connection[TupleRow]


def rules_on(conn: Conn, day: date) -> tuple[FeeRule, ...]:
    """Fetch the rules in force on a day, in their order."""
    with conn.cursor(row_factory=class_row(FeeRule)) as cur:
        rows = cur.execute(
            "SELECT rule_id, position, outcome, registration_types, right_kinds, right_types, use_classes,"
            " flags_all, flags_none, amount_fen, amount_per, count_by, item_code, reason_zh, basis"
            " FROM ref.fee_rule WHERE daterange(valid_from, valid_to) @> %s ORDER BY position, rule_id",
            [day],
        ).fetchall()
    return tuple(rows)


def item_names_on(conn: Conn, day: date) -> dict[str, str]:
    """Fetch the names of the fee items on a day."""
    rows = conn.execute(
        "SELECT item_code, name_zh FROM ref.fee_item WHERE daterange(valid_from, valid_to) @> %s", [day]
    ).fetchall()
    return {str(code): str(name) for code, name in rows}
