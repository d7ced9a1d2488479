"""State rules of the register, each with a state that passes and one that fails."""

from dataclasses import replace
from datetime import date

import pytest

from registry.rights.records import LiveEntry, Question
from registry.rights.rules import RULES

FLAT = "421224001001GB00002F00010001"
LAND = "421224001001GB00002W00000000"
LI, WANG = b"l" * 32, b"w" * 32
TODAY = date(2026, 11, 24)


def live(kind, *, unit=FLAT, holders=(LI,), **facts):
    values = {
        "subtype": None,
        "transfer_ban": False,
        "term_to": None,
        "use_code": None,
        "shares": ["1/1"],
        "right_type": "4",
        **facts,
    }
    return LiveEntry(
        rrr_id=7, unit_code=unit, parcel_code=unit[:19], seq=3, kind=kind, holder_hashes=holders, **values
    )


SALE = Question(
    unit_code=FLAT,
    registration_type="200",
    right_kind="own",
    today=TODAY,
    entries=[live("ownership")],
    parcel_entries=[],
    givers=frozenset({LI}),
    receivers=frozenset({WANG}),
    shares=((1, 1),),
    materials=frozenset(),
    other_homesteads=frozenset(),
)


def sale(*more, **facts):
    return replace(SALE, entries=[live("ownership"), *more], **facts)


FIRST = replace(SALE, registration_type="100", entries=[])
TABLE = [
    ("not_seized", sale(), ""),
    ("not_seized", sale(live("seizure", subtype="1")), "unit_seized"),
    ("not_seized", sale(live("seizure", subtype="3")), "unit_seized"),
    ("not_seized", sale(live("seizure", subtype="2", term_to=TODAY)), "unit_seized"),
    ("not_seized", sale(live("seizure", term_to=date(2026, 11, 23))), ""),
    ("not_seized", sale(live("objection")), ""),
    ("not_seized", replace(FIRST, entries=[live("objection")]), "unit_objected"),
    ("no_live_right", FIRST, ""),
    ("no_live_right", SALE, "right_exists"),
    ("no_live_right", replace(FIRST, entries=[live("mortgage")]), ""),
    ("no_live_right", replace(FIRST, unit_code=LAND, parcel_entries=[live("ownership")]), "right_exists"),
    ("no_live_right", replace(FIRST, parcel_entries=[live("use_right", unit=LAND)]), ""),
    ("transferor_is_holder", SALE, ""),
    ("transferor_is_holder", replace(SALE, givers=frozenset({WANG})), "giver_not_holder"),
    ("transferor_is_holder", replace(SALE, givers=frozenset({LI, WANG})), "giver_not_holder"),
    (
        "transferor_is_holder",
        replace(SALE, entries=[live("ownership", holders=(LI, WANG))]),
        "giver_not_holder",
    ),
    ("mortgagor_is_holder", FIRST, "right_absent"),
    ("objection_promised", sale(live("objection")), "objection_open"),
    ("objection_promised", sale(live("objection"), materials=frozenset({"objection_promise"})), ""),
    ("mortgage_allows_transfer", sale(live("mortgage")), ""),
    ("mortgage_allows_transfer", sale(live("mortgage", transfer_ban=True)), "transfer_banned"),
    (
        "mortgage_allows_transfer",
        sale(live("mortgage", transfer_ban=True), materials=frozenset({"mortgagee_consent"})),
        "",
    ),
    ("notice_consented", sale(live("notice", holders=(WANG,))), ""),
    ("notice_consented", sale(live("notice", holders=(b"z" * 32,))), "notice_in_force"),
    ("notice_consented", sale(live("notice", holders=(b"z" * 32,), term_to=date(2026, 11, 1))), ""),
    ("shares_sum", replace(SALE, shares=((1, 3), (1, 3), (1, 3))), ""),
    ("shares_sum", replace(SALE, shares=((1, 3), (1, 3), (33, 100))), "shares_not_one"),
    ("one_homestead", replace(FIRST, other_homesteads=frozenset({FLAT})), ""),
    ("one_homestead", replace(FIRST, other_homesteads=frozenset({LAND})), "homestead_elsewhere"),
    ("land_with_house", replace(FIRST, unit_code=LAND), ""),
    ("land_with_house", replace(FIRST, unit_code=LAND, parcel_entries=[live("ownership")]), "house_on_land"),
]


@pytest.mark.parametrize(("rule", "question", "reason"), TABLE)
def test_the_table_of_states(rule, question, reason):
    verdict = RULES[rule](question)
    assert (verdict.holds, verdict.reason) == (reason == "", reason)


def test_every_rule_has_a_row_that_passes_and_one_that_fails():
    always = {"rank_next"}
    for rule in RULES.keys() - always - {"mortgagor_is_holder"}:
        outcomes = {reason == "" for name, _, reason in TABLE if name == rule}
        assert outcomes == {True, False}, rule


def test_mortgages_rank_in_order_of_entry():
    assert RULES["rank_next"](sale(live("mortgage"), live("mortgage"))).params == {"rank": 3}
