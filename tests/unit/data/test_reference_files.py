"""The reference files as they are carried."""

from datetime import date

import pytest
import shapely

from data.reference import files
from data.reference.calendar import WorkCalendar

SETS = {found.name: found for found in files.reference_sets()}
FEE = {(rule["rule_id"], rule["valid_from"]): rule for rule in SETS["fee_rule"].rows}


@pytest.fixture(scope="module")
def calendar():
    return WorkCalendar((row["day"], row["is_workday"]) for row in SETS["calendar"].rows)


@pytest.fixture(scope="module")
def boundary():
    return files.boundary()


@pytest.mark.parametrize("name", sorted(SETS))
def test_every_row_names_its_source(name):
    if name == "code_list":
        assert all(row["standard"] for row in SETS[name].rows)
        return
    for row in SETS[name].rows:
        assert row["source_doc"]
        assert isinstance(row["verified"], bool)


@pytest.mark.parametrize("name", sorted(SETS.keys() - {"code_list", "calendar"}))
def test_every_row_is_dated(name):
    for row in SETS[name].rows:
        assert isinstance(row["valid_from"], date)
        assert row["valid_to"] is None or row["valid_to"] > row["valid_from"]


@pytest.mark.parametrize("name", sorted(SETS))
def test_keys_are_unique(name):
    keys = [tuple(row[column] for column in SETS[name].key) for row in SETS[name].rows]
    assert len(set(keys)) == len(keys)


def test_the_numbers_of_towns_and_villages():
    assert (len(SETS["county"].rows), len(SETS["township"].rows), len(SETS["village"].rows)) == (6, 89, 1096)
    assert sum(row["geom"] is not None for row in SETS["township"].rows) == 59


def test_villages_belong_to_known_towns():
    towns = {row["town_code"]: row["county_code"] for row in SETS["township"].rows}
    assert all(towns[row["town_code"]] == row["county_code"] for row in SETS["village"].rows)


@pytest.mark.parametrize(
    ("rule_id", "amount_fen"),
    [
        ("R01", 8000),
        ("R02", 8000),
        ("R03", 55000),
        ("H01", 4000),
        ("H02", 27500),
        ("C02", 1000),
        ("X01", 1000),
    ],
)
def test_the_tariff(rule_id, amount_fen):
    (rule,) = [row for (known, _), row in FEE.items() if known == rule_id and row["valid_to"] is None]
    assert rule["amount_fen"] == amount_fen


def test_exempt_goes_before_cost_only_before_half_before_rate():
    rank = {"exempt": 0, "cost_only": 1, "half": 2, "rate": 3, "count": 4, "extra": 5, "payer": 6}
    ordered = sorted(FEE.values(), key=lambda rule: rule["position"])
    ranks = [rank[rule["outcome"]] for rule in ordered]
    assert ranks == sorted(ranks)


def test_change_is_free_only_since_2019():
    assert FEE["E05", date(2019, 7, 1)]["registration_types"] == ["300"]


def test_fee_rules_name_known_items():
    items = {row["item_code"] for row in SETS["fee_item"].rows}
    assert {rule["item_code"] for rule in FEE.values()} <= items


def test_accounts_say_that_they_are_invented():
    rows = SETS["county_account"].rows
    assert len(rows) == 12
    assert all("示例" in row["name"] and row["number"].startswith("9900") for row in rows)


def test_land_uses_and_house_uses_have_a_fee_class():
    uses = [row for row in SETS["code"].rows if row["list_code"] in {"YT", "GHYT"}]
    assert uses
    assert {row["attributes"]["use_class"] for row in uses} == {"housing", "garage", "non_housing"}


@pytest.mark.parametrize(
    ("day", "is_workday"),
    [
        (date(2023, 1, 28), True),  # Saturday made up for the Spring Festival
        (date(2023, 10, 6), False),  # Mid-Autumn and National Day
        (date(2024, 2, 9), True),  # New Year's Eve was no holiday in 2024
        (date(2024, 2, 18), True),  # Sunday made up
        (date(2025, 1, 1), False),
        (date(2025, 9, 28), True),  # Sunday made up
        (date(2026, 2, 23), False),  # ninth day of the Spring Festival
        (date(2026, 10, 10), True),  # Saturday made up
        (date(2026, 11, 21), False),  # ordinary Saturday
        (date(2026, 11, 24), True),  # ordinary Tuesday
    ],
)
def test_known_days(calendar, day, is_workday):
    assert calendar.is_workday(day) is is_workday


def test_the_calendar_is_whole():
    days = [row["day"] for row in SETS["calendar"].rows]
    assert (days[0], days[-1], len(days)) == (date(2023, 1, 1), date(2026, 12, 31), 1461)


def test_working_days_skip_the_national_day(calendar):
    assert calendar.add_workdays(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert calendar.workdays_between(date(2026, 9, 30), date(2026, 10, 8)) == 1


def test_the_boundary_set_is_a_coverage_with_its_neighbours(boundary):
    geoms = [county.geom for county in boundary.counties]
    assert (len(geoms), sum(county.in_city for county in boundary.counties)) == (16, 6)
    assert shapely.coverage_is_valid(geoms)
    assert all(shapely.is_valid(geoms))


def test_the_boundary_set_says_that_it_is_not_legal(boundary):
    assert (boundary.legal, boundary.accuracy_m) == (False, 100)
    assert "不是法定" in boundary.notice_zh
    assert "GCJ-02" in boundary.provenance


@pytest.mark.parametrize("file", files.handbook(), ids=lambda file: file.type_code)
def test_the_handbook_entries_hold_together(file):
    from registry.handbook.rules import parse_file

    entry = parse_file(file.content)
    assert entry.nodes[-1].actions[-1].to == "archived"
    assert any(action.action == "register" for node in entry.nodes for action in node.actions)


def test_the_four_types_are_there():
    assert [file.type_code for file in files.handbook()] == [
        "existing_house_transfer",
        "homestead_house_first",
        "land_use_first",
        "mortgage_first",
    ]
