"""The fee of an accepted case: reliefs with document and granter, garages, readings of an open rule."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.access.records import SYSTEM, Actor
from data.errors import NingtuError
from data.reference.upkeep import ReferenceBackdated
from registry.cases.errors import CaseInvalid
from registry.cases.records import NewRelief
from registry.cases.service import accept
from registry.fees import service as fees
from registry.fees.errors import ChoiceOverlaps, ChoiceUnknown, ReliefUnknown, ReliefUnproven
from registry.fees.records import NewChoice
from tests.database.registry import town

ADMIN = Actor(8, "boss", "b", frozenset({"admin"}), "city", None)


def land(city, **facts):
    return town.application(city, "land_use_first", [town.BARE], ("holder", town.LI), **facts)


def lines_of(city, new, now=town.NOW):
    return accept(city, town.CLERK, new, now=now, search_key=town.KEY).lines


def test_a_line_keeps_rule_reason_clause_and_payer(city):
    (line,) = lines_of(city, land(city))
    assert (line.rule_id, line.reason, line.reason_en) == (
        "R03",
        "非住宅类每件550元",
        "Non-housing: 550 yuan a piece",
    )
    assert line.basis.startswith("发改价格规〔2016〕2559号")
    assert (line.payer_role, line.payer_rule_id, line.count_rule_id) == ("holder", "P03", "N02")


def test_a_relief_keeps_its_document_and_who_granted_it(city):
    new = land(
        city,
        declares=frozenset({"collective_reform"}),
        reliefs=[NewRelief("collective_reform", "通政函〔2026〕7号")],
    )
    (line,) = lines_of(city, new)
    assert (line.rule_id, line.amount_fen, line.relief_fen) == ("E12", 0, 55_000)
    assert (line.relief_document, line.relief_by) == ("通政函〔2026〕7号", "clerk_xianan")


def test_a_relief_without_document_leaves_nothing_behind(city):
    with pytest.raises(ReliefUnproven):
        lines_of(city, land(city, declares=frozenset({"collective_reform"})))
    with city.transaction(SYSTEM) as conn:
        assert conn.execute("SELECT count(*) FROM registry.case").fetchone() == (0,)


def test_a_document_for_a_fact_nobody_declared_is_refused(city):
    with pytest.raises(ReliefUnknown):
        lines_of(city, land(city, reliefs=[NewRelief("small_micro", "执照")]))


def test_a_small_enterprise_declares_itself(city):
    (line,) = lines_of(city, land(city, declares=frozenset({"small_micro"})))
    assert (line.amount_fen, line.relief_fen, line.relief_by) == (0, 55_000, "clerk_xianan")
    assert "自行声明" in line.relief_document


def test_the_database_refuses_a_relief_nobody_granted(city):
    case_no = accept(city, town.CLERK, land(city), now=town.NOW, search_key=town.KEY).case.case_no
    with pytest.raises(NingtuError), city.transaction(SYSTEM) as conn:
        conn.execute(
            "INSERT INTO registry.fee_line (case_no, line_no, item_code, name, quantity, amount_fen, rule_id,"
            " reason, payer_role, payer_party_id, unit_code, parcel_code, accept_office, relief_fen)"
            " SELECT case_no, 9, item_code, name, 1, 0, 'E12', '', payer_role, payer_party_id, unit_code,"
            " parcel_code, accept_office, 55000 FROM registry.fee_line WHERE case_no = %s",
            [case_no],
        )


def transfer(city, units, **facts):
    with city.transaction(SYSTEM) as conn:
        for unit in units:
            town.enter_right(conn, unit, town.LI)
    people = (("transferor", town.LI), ("transferee", town.WANG))
    return town.application(city, "existing_house_transfer", units, *people, **facts)


def test_a_garage_beside_its_flat_is_free_and_the_flat_is_not(city):
    flat, garage = town.FLATS[:2]
    new = transfer(city, [flat, garage], garages=frozenset({garage}), declares=frozenset({"with_dwelling"}))
    assert [(line.unit_code, line.rule_id, line.amount_fen) for line in lines_of(city, new)] == [
        (flat, "R01", 8_000),
        (garage, "E10", 0),
    ]


def test_a_garage_without_its_flat_is_not_free(city):
    new = transfer(city, [town.FLATS[0]], declares=frozenset({"garage", "with_dwelling"}))
    assert [(line.rule_id, line.amount_fen) for line in lines_of(city, new)] == [("R02", 8_000)]


def test_a_garage_is_a_unit_of_the_case(city):
    with pytest.raises(CaseInvalid) as refused:
        lines_of(city, transfer(city, [town.FLATS[0]], garages=frozenset({town.FLATS[1]})))
    assert refused.value.errors[0]["field"] == "garages"


def mortgage(city, units):
    return town.application(
        city, "mortgage_first", units, ("mortgagor", town.LI), ("mortgagee", town.BANK), amount_fen=10**8
    )


def test_the_bank_pays_and_the_reading_of_the_day_counts_its_pieces(city):
    units = [*town.FLATS[:2], town.FLAT_ELSEWHERE]
    with city.transaction(SYSTEM) as conn:
        for unit in units:
            town.enter_right(conn, unit, town.LI)
    tomorrow = town.NOW + timedelta(days=1)
    change = NewChoice("mortgage_piece", "per_loan", tomorrow.date(), "市财政局复函（测试）")
    fees.choose(city, ADMIN, change, today=town.NOW.date())
    new = mortgage(city, units)
    before, after = lines_of(city, new), lines_of(city, new, now=tomorrow)
    assert [(line.amount_fen, line.count_rule_id) for line in before] == [(8_000, "N01"), (8_000, "N01")]
    assert [(line.amount_fen, line.count_rule_id) for line in after] == [(8_000, "N03")]
    assert {line.payer_name for line in (*before, *after)} == {town.BANK.name}


def test_a_reading_is_chosen_from_today_on_once_and_only_if_it_is_one(city):
    today = town.NOW.date()
    good = NewChoice("mortgage_piece", "per_loan", today, "函")
    with pytest.raises(ReferenceBackdated):
        fees.choose(city, ADMIN, replace(good, valid_from=today - timedelta(days=1)), today=today)
    for change in (replace(good, option="per_metre"), replace(good, choice="house_piece")):
        with pytest.raises(ChoiceUnknown):
            fees.choose(city, ADMIN, change, today=today)
    fees.choose(city, ADMIN, good, today=today)
    with pytest.raises(ChoiceOverlaps):
        fees.choose(city, ADMIN, replace(good, option="per_parcel"), today=today)
    with city.transaction(SYSTEM) as conn:
        rules = fees.tariff_on(conn, today).rules
        yesterday = fees.tariff_on(conn, today - timedelta(days=1)).rules
        trace = conn.execute("SELECT detail FROM registry.audit WHERE action = 'tariff.choose'").fetchall()
    assert [rule.rule_id for rule in rules if rule.choice] == ["N03"]
    assert [rule.rule_id for rule in yesterday if rule.choice] == ["N01"]
    assert len(trace) == 1
