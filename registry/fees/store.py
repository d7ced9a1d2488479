"""SQL of the tariff."""

from dataclasses import asdict
from datetime import date

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from registry.fees.records import Choice, FeeItem, FeeRule, NewChoice

Conn = Connection[TupleRow]


def rules(conn: Conn) -> list[FeeRule]:
    """Fetch every rule of any time, in its order."""
    with conn.cursor(row_factory=class_row(FeeRule)) as cur:
        return cur.execute(
            "SELECT rule_id, position, outcome, registration_types, right_kinds, right_types, use_classes,"
            " flags_all, flags_none, choice, option, amount_fen, amount_per, count_by, payer_role, item_code,"
            " reason_zh, reason_en, evidence_zh, evidence_en, self_declared, basis, valid_from, valid_to,"
            " source_doc, verified FROM ref.fee_rule ORDER BY position, rule_id, valid_from"
        ).fetchall()


def choices(conn: Conn) -> list[Choice]:
    """Fetch every choice of any time."""
    with conn.cursor(row_factory=class_row(Choice)) as cur:
        return cur.execute(
            "SELECT choice, option, valid_from, valid_to, source_doc, verified FROM ref.tariff_choice"
            " ORDER BY choice, valid_from"
        ).fetchall()


def items(conn: Conn) -> list[FeeItem]:
    """Fetch every fee item of any time."""
    with conn.cursor(row_factory=class_row(FeeItem)) as cur:
        return cur.execute(
            "SELECT item_code, name_zh, name_en, unit_name, standard_fen, valid_from, valid_to, source_doc,"
            " verified FROM ref.fee_item ORDER BY item_code, valid_from"
        ).fetchall()


def item_names_on(conn: Conn, day: date) -> dict[str, str]:
    """Fetch the names of the fee items on a day."""
    rows = conn.execute(
        "SELECT item_code, name_zh FROM ref.fee_item WHERE daterange(valid_from, valid_to) @> %s", [day]
    ).fetchall()
    return {str(code): str(name) for code, name in rows}


def close_choice(conn: Conn, change: NewChoice) -> None:
    """End the answer in force on the day the next one begins."""
    conn.execute(
        "UPDATE ref.tariff_choice SET valid_to = %(valid_from)s WHERE choice = %(choice)s"
        " AND valid_from < %(valid_from)s AND valid_to IS NULL",
        asdict(change),
    )


def open_choice(conn: Conn, change: NewChoice) -> None:
    """Write the next answer; an administrator has read its document."""
    conn.execute(
        "INSERT INTO ref.tariff_choice (choice, option, valid_from, source_doc, verified)"
        " VALUES (%(choice)s, %(option)s, %(valid_from)s, %(source_doc)s, true)",
        asdict(change),
    )
