"""A preview says what acceptance would, and leaves nothing behind."""

import pytest

from data.access.records import SYSTEM
from registry.cases.errors import CaseInvalid
from registry.cases.service import accept, preview
from tests.database.registry import town

TABLES = (
    "registry.case",
    "registry.case_unit",
    "registry.case_event",
    "registry.fee_line",
    "registry.party",
    "spatial.county_decision",
)


def counts(db):
    with db.transaction(SYSTEM) as conn:
        return [conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES]


def test_a_preview_answers_as_acceptance_and_stores_nothing(city):
    new = town.application(city, "land_use_first", [town.BARE], ("holder", town.LI))
    before = counts(city)
    shown = preview(city, town.CLERK, new, now=town.NOW, search_key=town.KEY)
    assert counts(city) == before
    accepted = accept(city, town.CLERK, new, now=town.NOW, search_key=town.KEY)
    assert [(line.rule_id, line.amount_fen) for line in shown.lines] == [
        (line.rule_id, line.amount_fen) for line in accepted.lines
    ]
    assert (shown.case.county_code, shown.case.due_on) == (accepted.case.county_code, accepted.case.due_on)


def test_a_preview_lists_the_faults_of_the_application(city):
    new = town.application(city, "land_use_first", ["421224009009GB99999W00000000"], ("holder", town.LI))
    with pytest.raises(CaseInvalid) as caught:
        preview(city, town.CLERK, new, now=town.NOW, search_key=town.KEY)
    assert caught.value.errors[0]["field"] == "unit_codes.0"
