"""Working days, materials, certificates and shares."""

from datetime import date

import pytest

from data.reference import files
from data.reference.calendar import WorkCalendar
from registry.cases import rules
from registry.cases.records import NewApplicant
from registry.handbook.rules import checked
from registry.parties.records import PartyInput

ENTRIES = {file.type_code: checked(file.entry) for file in files.handbook()}
SOMEBODY = PartyInput("某", "id_card", "11010519491231002X")


@pytest.fixture(scope="module")
def calendar():
    rows = next(found for found in files.reference_sets() if found.name == "calendar").rows
    return WorkCalendar((row["day"], row["is_workday"]) for row in rows)


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        # Plain week: Tuesday 24 November 2026 and five days.
        (date(2026, 11, 24), 5, date(2026, 12, 1)),
        # 2024 Spring Festival: 10-17 February off, Sunday 18 February made up (国办发明电〔2023〕7号).
        (date(2024, 2, 9), 1, date(2024, 2, 18)),
        (date(2024, 2, 9), 2, date(2024, 2, 19)),
        # 2025 National Day and Mid-Autumn: 1-8 October off, Sunday 28 September worked.
        (date(2025, 9, 27), 1, date(2025, 9, 28)),
        (date(2025, 9, 30), 1, date(2025, 10, 9)),
        (date(2026, 11, 24), 0, date(2026, 11, 24)),
    ],
)
def test_working_days_follow_the_holiday_notices(calendar, day, count, due):
    assert rules.add_workdays(calendar, day, count) == due


def test_past_the_published_calendar_the_week_counts(calendar):
    # Friday 25 December 2026: 28-31 December are four days, then the week of 2027.
    assert rules.add_workdays(calendar, date(2026, 12, 25), 6) == date(2027, 1, 4)


def test_days_between_undo_days_added(calendar):
    start = date(2024, 2, 1)
    for count in range(1, 30):
        assert rules.workdays_between(calendar, start, rules.add_workdays(calendar, start, count)) == count


def test_an_agent_brings_the_power_of_attorney():
    entry = ENTRIES["land_use_first"]
    alone = rules.facts((), [NewApplicant("holder", SOMEBODY)], ())
    agent = rules.facts((), [NewApplicant("holder", SOMEBODY), NewApplicant("agent", SOMEBODY)], ())
    codes = [{item.code for item in rules.required(entry, facts)} for facts in (alone, agent)]
    assert codes[1] - codes[0] == {"power_of_attorney"}


def test_too_few_copies_are_missing():
    entry = ENTRIES["land_use_first"]
    received = {item.code: 1 for item in rules.required(entry, frozenset())}
    assert rules.missing(entry, frozenset(), received) == []
    received["application"] = 0
    assert [item.code for item in rules.missing(entry, frozenset(), received)] == ["application"]


def test_a_material_wanted_twice_is_missing_while_it_is_there_once():
    entry = ENTRIES["land_use_first"]
    twice = [item.model_copy(update={"copies": 2}) for item in rules.required(entry, frozenset())]
    entry = entry.model_copy(update={"materials": tuple(twice)})
    received = {item.code: 1 for item in twice}
    assert rules.missing(entry, frozenset(), received) == twice
    assert rules.missing(entry, frozenset(), dict.fromkeys(received, 2)) == []


@pytest.mark.parametrize(
    ("type_code", "wanted", "holders", "count"),
    [
        ("existing_house_transfer", None, 2, 2),
        ("existing_house_transfer", 1, 2, 1),
        ("mortgage_first", None, 1, 0),
        ("homestead_house_first", None, 4, 1),
    ],
)
def test_certificates_follow_the_handbook(type_code, wanted, holders, count):
    assert rules.certificates(ENTRIES[type_code], wanted, holders) == count


@pytest.mark.parametrize("wanted", [0, 3])
def test_no_more_certificates_than_holders(wanted):
    with pytest.raises(ValueError, match=str(wanted)):
        rules.certificates(ENTRIES["existing_house_transfer"], wanted, 2)


@pytest.mark.parametrize(
    ("shares", "code"), [([None], "0"), ([None, None], "1"), ([(1, 3), (2, 3)], "2"), ([(1, 1)], "0")]
)
def test_sharing_is_read_from_the_shares(shares, code):
    assert rules.sharing(shares) == code
