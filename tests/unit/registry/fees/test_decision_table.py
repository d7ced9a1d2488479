"""The tariff as a decision table: every row was worked out by hand from the clause it names.

``lines`` are words ``rule:fen``; a word ``-fen`` after one is what a granted relief takes off its rate.
"""

import csv
from datetime import date
from pathlib import Path

import pytest

from registry.fees.rules import assess, granted_facts
from tests.unit.registry.fees.tariff_book import facts, granted, tariff

TABLE = Path(__file__).with_name("decision_table.csv")
with TABLE.open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file, strict=True))


def told(lines) -> str:
    """Return lines as the table writes them."""
    words = []
    for line in lines:
        words.append(f"{line.rule_id}:{line.amount_fen}")
        if line.relief_document is not None:
            words.append(f"-{line.relief_fen}")
    return " ".join(words)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['row']} {row['what']}" for row in ROWS])
def test_a_row_of_the_decision_table(row):
    rules = tariff(date.fromisoformat(row["day"]), option=row["option"] or "per_parcel")
    grants = granted(row["flags"], granted_facts(rules))
    asked = facts(row["registration"], row["kind"], row["units"], flags=row["flags"], grants=grants)
    lines = assess(asked, rules)
    assert told(lines) == row["lines"]
    assert {line.payer_role for line in lines} == {row["payer"]}


def test_the_table_is_large_and_every_row_names_its_source():
    assert len(ROWS) >= 120
    assert all(row["source"] and row["what"] for row in ROWS)
    assert [int(row["row"]) for row in ROWS] == list(range(1, len(ROWS) + 1))


def test_every_rule_that_decides_an_amount_stands_in_the_table():
    used = {word.split(":")[0] for row in ROWS for word in row["lines"].split() if ":" in word}
    rules = {
        rule.rule_id
        for day in (date(2018, 6, 30), date(2025, 12, 31))
        for rule in tariff(day).rules
        if rule.outcome not in {"count", "payer"}
    }
    assert used == rules
