"""Reliefs, readings of an open rule, and what a line tells."""

from dataclasses import replace
from datetime import date

import pytest

from data.reference import files
from registry.fees.errors import ReliefUnknown, ReliefUnproven, TariffSilent
from registry.fees.records import Grant, Tariff
from registry.fees.rules import assess, total_fen
from registry.handbook.records import Entry
from tests.unit.registry.fees.tariff_book import facts, tariff

TODAY = tariff(date(2026, 11, 24))
FLAT, SHOP = "P1/4/housing/1", "P1/4/non_housing/1"


def grant(fact, document="证明"):
    return {fact: Grant(document, "clerk_xianan")}


def test_a_line_says_why_in_two_languages_by_which_clause_and_for_which_county():
    (line,) = assess(facts("200", "own", FLAT), TODAY)
    assert (line.reason, line.reason_en) == ("住宅类每件80元", "Housing: 80 yuan a piece")
    assert line.basis == "发改价格规〔2016〕2559号 一（一）住宅类"
    assert (line.payer_role, line.payer_rule_id, line.count_rule_id) == ("transferee", "P02", "N02")
    assert (line.county_code, line.parcel_code, line.name) == ("421224", "P1", "不动产登记费（住宅类）")
    assert (line.relief_fen, line.relief_document, line.relief_by) == (0, None, None)


def test_a_relief_says_how_much_by_whom_and_on_which_document():
    asked = facts("200", "own", FLAT, flags="social_housing", grants=grant("social_housing", "住建函3号"))
    (line,) = assess(asked, TODAY)
    assert (line.amount_fen, line.relief_fen) == (0, 8_000)
    assert (line.relief_document, line.relief_by) == ("住建函3号", "clerk_xianan")


@pytest.mark.parametrize(("units", "item"), [(FLAT, "452001"), (SHOP, "452002"), ("P1/4/garage/1", "452001")])
def test_what_is_free_is_of_the_item_of_its_use(units, item):
    (line,) = assess(facts("300", "own", units), TODAY)
    assert (line.amount_fen, line.item_code) == (0, item)


def test_a_relief_without_a_document_is_refused():
    asked = facts("200", "own", FLAT, flags="social_housing", grants=grant("social_housing", None))
    with pytest.raises(ReliefUnproven) as refused:
        assess(asked, TODAY)
    assert refused.value.params["fact"] == "social_housing"


def test_a_small_enterprise_declares_itself():
    asked = facts("200", "own", SHOP, flags="small_micro", grants=grant("small_micro", None))
    (line,) = assess(asked, TODAY)
    assert line.relief_document == "小微企业（个体工商户）自行声明"
    assert line.relief_by == "clerk_xianan"


@pytest.mark.parametrize(("flags", "fact"), [("", "social_housing"), ("garage", "garage")])
def test_a_document_for_what_is_not_declared_or_no_relief_is_refused(flags, fact):
    with pytest.raises(ReliefUnknown):
        assess(facts("200", "own", FLAT, flags=flags, grants=grant(fact)), TODAY)


def test_a_relief_that_the_law_gives_anyway_needs_no_document():
    asked = facts("300", "own", FLAT, flags="border_change", grants=grant("border_change", None))
    (line,) = assess(asked, TODAY)
    assert (line.rule_id, line.relief_document) == ("E05", None)


def test_only_the_chosen_reading_is_in_the_tariff():
    for option, rule_id in (("per_parcel", "N01"), ("per_loan", "N03"), ("per_unit_when_apart", "N04")):
        rules = tariff(date(2026, 11, 24), option=option).rules
        assert [rule.rule_id for rule in rules if rule.choice] == [rule_id]


def test_nothing_is_guessed_when_the_tariff_is_silent():
    silent = replace(TODAY, rules=tuple(rule for rule in TODAY.rules if rule.outcome != "rate"))
    with pytest.raises(TariffSilent):
        assess(facts("200", "own", FLAT), silent)


def test_before_the_first_day_of_the_tariff_it_is_silent():
    with pytest.raises(TariffSilent):
        assess(facts("200", "own", FLAT), tariff(date(2016, 12, 5)))


def test_the_total_is_the_sum():
    assert total_fen(assess(facts("200", "own", "P1/4/housing/2"), TODAY)) == 9_000


@pytest.mark.parametrize("found", files.handbook(), ids=lambda found: found.type_code)
def test_the_handbook_and_the_tariff_name_the_same_payer(found):
    entry = Entry.model_validate(found.entry)
    asked = facts(entry.registration_type, entry.right_kind, f"P1/{entry.right_types[0]}/housing/1")
    assert {line.payer_role for line in assess(asked, TODAY)} == {entry.fees[0].payer_role}
    assert entry.fees[0].count_rule in {rule.rule_id for rule in TODAY.rules}


def test_rules_of_one_day_have_one_place_each():
    for day in (date(2018, 6, 30), date(2026, 11, 24)):
        places = [rule.position for rule in tariff(day).rules]
        assert len(places) == len(set(places))


def test_the_tariff_without_its_rules_says_so():
    with pytest.raises(TariffSilent):
        assess(facts("200", "own", FLAT), Tariff(date(2026, 11, 24), (), {}))
