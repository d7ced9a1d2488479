"""The audit of the register finds what registration would not have let in, and only that."""

import pytest

from data.access.records import SYSTEM
from data.messages import known, text
from registry.rights import service as rights
from registry.rights.audit.service import RULES, audit, catalogue
from registry.rights.records import Kind
from spatial.survey.records import Moment
from tests.database.registry import town


def told(conn):
    report = audit(conn, now=town.NOW)
    assert [rule.rule_id for rule in report.run.rules] == list(catalogue()) == list(RULES)
    return [(finding.rule_id, finding.object_id, finding.message) for finding in report.findings]


@pytest.fixture
def conn(city):
    """The town with one flat owned and mortgaged."""
    with city.transaction(SYSTEM) as conn:
        owned = town.enter_right(conn, town.FLATS[0], town.LI)
        mortgage = {"kind": Kind.MORTGAGE, "right_type": "", "on_rrr_id": owned}
        town.enter_right(conn, town.FLATS[0], town.BANK, **mortgage)
        yield conn


def test_a_sound_register_passes_every_rule(conn):
    report = audit(conn, now=town.NOW)
    assert [rule.result for rule in report.run.rules] == ["passed"] * 4
    assert (report.features, report.counts()["errors"]) == (2, 0)


def test_t40_two_live_rights_on_one_unit(conn):
    town.enter_right(conn, town.FLATS[0], town.BANK)
    assert told(conn) == [("T40", town.FLATS[0], "T40_several")]


def test_t41_shares_that_do_not_make_one(conn):
    town.enter_right(conn, town.FLATS[1], town.LI, town.BANK)
    assert told(conn) == []
    conn.execute(
        "INSERT INTO registry.rrr_holder (rrr_id, seq, party_id, role, share_num, share_den)"
        " SELECT rrr_id, 3, party_id, 'holder', 1, 3 FROM registry.rrr_holder h"
        " JOIN registry.rrr r USING (rrr_id) WHERE r.unit_code = %s AND h.seq = 1",
        [town.FLATS[1]],
    )
    assert told(conn) == [("T41", town.FLATS[1], "T41_not_one")]


def test_t43_a_mortgage_whose_right_ended(conn):
    (entry,) = [one for one in rights.live_entries(conn, [town.FLATS[0]]) if one.kind == Kind.OWNERSHIP]
    rights.cancel(conn, entry.rrr_id, cause="注销", by="r", now=town.NOW)
    assert told(conn) == [("T43", town.FLATS[0], "T43_without_right")]


@pytest.mark.parametrize(("subtype", "found"), [("1", True), ("3", False)])
def test_a_pre_seizure_comes_before_the_right(conn, subtype, found):
    facts = {"kind": Kind.SEIZURE, "right_type": "", "subtype": subtype}
    town.enter_right(conn, town.FLATS[2], town.LI, **facts)
    assert bool(told(conn)) is found


def test_a_right_whose_parcel_is_no_more(conn):
    absent = "421224001001GB99999F00010001"
    town.enter_right(conn, absent, town.LI)
    assert told(conn) == [("right_without_parcel", absent, "right_without_parcel")]


@pytest.mark.parametrize("rule_id", list(catalogue()))
def test_every_rule_has_words(rule_id):
    rule = catalogue()[rule_id]
    assert rule.moments == (Moment.NIGHTLY,)
    for code in (f"rule.{rule_id}", f"rule_about.{rule_id}", f"rule_exceptions.{rule_id}"):
        assert text(f"survey.{code}", "en") != text(f"survey.{code}", "zh")
    assert known(f"survey.finding.{rule.example.message}")
