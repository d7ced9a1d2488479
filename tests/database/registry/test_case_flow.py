"""The four types from the window to the register."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.access.records import SYSTEM
from registry.cases import service
from registry.cases.errors import CaseNotFound, MaterialsMissing, NotYourOffice, RegistrationBlocked
from registry.cases.service import accept, act
from registry.rights.records import Kind
from registry.rights.service import live_entries, unit_page
from tests.database.registry import town


def live(db, unit_code):
    with db.transaction(SYSTEM) as conn:
        return live_entries(conn, [unit_code])


def take(db, type_code, units, *applicants, **facts):
    new = town.application(db, type_code, units, *applicants, **facts)
    return accept(db, town.CLERK, new, now=town.NOW, search_key=town.KEY)


def test_a_case_accepted_in_xianan_is_decided_in_tongshan(accepted):
    case = accepted.case
    assert (case.accept_office, case.decide_office, case.county_code) == ("xianan", "tongshan", "421224")
    assert case.status == "accepted"
    # Tuesday 24 November 2026 and five working days.
    assert case.due_on.isoformat() == "2026-12-01"
    (line,) = accepted.lines
    assert (line.amount_fen, line.rule_id, line.payer_name) == (55_000, "R03", "李四")


def test_land_use_first_ends_in_the_register(city, accepted, follow, pay):
    case_no = accepted.case.case_no
    steps = follow(case_no)
    assert (steps.node, steps.waiting) == ("issue", ["fee_unpaid"])
    (entry,) = live(city, town.BARE)
    assert (entry.kind, entry.right_type, entry.seq) == ("use_right", "3", 1)
    pay(case_no)
    assert follow(case_no).node == "archived"
    with city.transaction(SYSTEM) as conn:
        (certificate,) = service.certificates(conn, case_no)
        assert certificate.certificate_no == "鄂(2026)通山县不动产权第0000001号"
        page = unit_page(conn, town.BARE)
    assert page.live[0].holders[0].id_masked == "421224********011" + town.LI.id_number[-1:]
    events = service.timeline(city, town.SUPERVISOR, case_no)
    assert [event.action for event in events] == [
        "accept",
        "submit_review",
        "approve",
        "register",
        "certify",
        "paid",
        "issue",
        "archive",
    ]


def test_a_transfer_ends_the_old_right(city, follow):
    with city.transaction(SYSTEM) as conn:
        old = town.enter_right(conn, town.FLATS[0], town.LI)
    taken = take(
        city,
        "existing_house_transfer",
        [town.FLATS[0]],
        ("transferor", town.LI),
        ("transferee", town.WANG, (1, 2)),
        ("transferee", town.ZHAO, (1, 2)),
    )
    # A couple with a certificate each: 80 + 10 yuan (domain 4.1).
    assert [(line.rule_id, line.amount_fen) for line in taken.lines] == [("R01", 8_000), ("X01", 1_000)]
    follow(taken.case.case_no)
    (entry,) = live(city, town.FLATS[0])
    assert entry.rrr_id != old
    assert list(entry.shares) == ["1/2", "1/2"]
    with city.transaction(SYSTEM) as conn:
        page = unit_page(conn, town.FLATS[0])
        assert [(shown.seq, shown.status) for shown in page.entries] == [(1, "2"), (2, "1")]
        assert len(service.certificates(conn, taken.case.case_no)) == 2


def test_a_mortgage_over_three_flats_on_two_parcels_is_two_pieces(city, follow):
    units = [town.FLATS[0], town.FLATS[1], town.FLAT_ELSEWHERE]
    with city.transaction(SYSTEM) as conn:
        for unit in units:
            town.enter_right(conn, unit, town.LI)
    taken = take(
        city,
        "mortgage_first",
        units,
        ("mortgagor", town.LI),
        ("mortgagee", town.BANK),
        amount_fen=50_000_000,
    )
    assert sum(line.amount_fen for line in taken.lines) == 16_000
    assert {line.payer_name for line in taken.lines} == {town.BANK.name}
    follow(taken.case.case_no)
    assert [entry.kind for entry in live(city, units[2])] == ["ownership", "mortgage"]
    with city.transaction(SYSTEM) as conn:
        made = service.certificates(conn, taken.case.case_no)
    assert [certificate.certificate_no for certificate in made] == [
        f"鄂(2026)通山县不动产证明第{serial:07d}号" for serial in (1, 2, 3)
    ]


def test_a_homestead_waits_for_its_notice(city, follow, pay):
    taken = take(city, "homestead_house_first", [town.FARM], ("holder", town.LI))
    assert [line.amount_fen for line in taken.lines] == [1_000]
    steps = follow(taken.case.case_no)
    assert (steps.node, steps.waiting) == ("notice", ["notice_running"])
    # 15 working days from 24 November end on 15 December.
    steps = follow(taken.case.case_no, now=town.NOW + timedelta(days=21))
    assert steps.node == "notice"
    steps = follow(taken.case.case_no, now=town.NOW + timedelta(days=22))
    assert steps.node == "issue"
    (entry,) = live(city, town.FARM)
    assert entry.kind == "homestead"


def test_a_held_notice_need_not_be_held_again(city, follow):
    taken = take(
        city,
        "homestead_house_first",
        [town.FARM],
        ("holder", town.LI),
        more=["notice_result"],
        declares=frozenset({"notice_done"}),
    )
    assert follow(taken.case.case_no).node == "issue"


def test_missing_material_is_named(city):
    new = town.application(city, "land_use_first", [town.BARE], ("holder", town.LI))
    short = replace(new, materials=new.materials[1:])
    with pytest.raises(MaterialsMissing) as raised:
        accept(city, town.CLERK, short, now=town.NOW, search_key=town.KEY)
    assert [fault["material"] for fault in raised.value.errors] == [new.materials[0].code]


def test_an_incomplete_case_waits_and_its_limit_does_not_run(city):
    new = town.application(city, "land_use_first", [town.BARE], ("holder", town.LI))
    short = replace(new, materials=new.materials[1:], incomplete=True)
    case = accept(city, town.CLERK, short, now=town.NOW, search_key=town.KEY).case
    assert (case.status, case.node) == ("supplement", "supplement")
    steps = service.open_steps(city, town.CLERK, case.case_no, now=town.NOW)
    assert "resume" not in [action.action for action in steps.allowed]
    with city.transaction(SYSTEM) as conn:
        from registry.cases import store

        store.insert_material(
            conn,
            case.case_no,
            {
                "code": new.materials[0].code,
                "name": "x",
                "original": True,
                "copies": 1,
                "now": town.NOW,
                "by": "c",
            },
        )
    later = town.NOW + timedelta(days=7)
    case = act(city, town.CLERK, case.case_no, "resume", now=later)
    # Five working days were spent waiting: due moves from 1 to 8 December.
    assert (case.status, case.due_on.isoformat()) == ("accepted", "2026-12-08")


def test_another_countys_registrar_sees_nothing(city, accepted):
    with pytest.raises(CaseNotFound):
        service.read_case(city, town.OTHER_REGISTRAR, accepted.case.case_no)
    with pytest.raises(CaseNotFound):
        act(city, town.OTHER_REGISTRAR, accepted.case.case_no, "approve", now=town.NOW)


@pytest.mark.parametrize("clerk", [town.CLERK, town.actor("clerk_tongshan", "clerk", "tongshan", "421224")])
def test_a_clerk_does_not_approve_not_even_of_the_county(city, accepted, clerk):
    act(city, town.CLERK, accepted.case.case_no, "submit_review", now=town.NOW)
    with pytest.raises(NotYourOffice):
        act(city, clerk, accepted.case.case_no, "approve", now=town.NOW)


def test_a_seizure_after_the_review_blocks_the_entry(city, follow):
    with city.transaction(SYSTEM) as conn:
        town.enter_right(conn, town.FLATS[0], town.LI)
    taken = take(
        city,
        "existing_house_transfer",
        [town.FLATS[0]],
        ("transferor", town.LI),
        ("transferee", town.WANG),
    )
    case_no = taken.case.case_no
    act(city, town.CLERK, case_no, "submit_review", now=town.NOW)
    act(city, town.REGISTRAR, case_no, "approve", now=town.NOW)
    with city.transaction(SYSTEM) as conn:
        town.enter_right(conn, town.FLATS[0], town.LI, kind=Kind.SEIZURE, right_type="", subtype="1")
    dry = service.dry_run(city, town.REGISTRAR, case_no, now=town.NOW)
    assert dry["passes"] is False
    assert [point.reason for point in dry["points"] if point.holds is False] == ["unit_seized"]
    steps = service.open_steps(city, town.REGISTRAR, case_no, now=town.NOW)
    assert steps.waiting == ["review_points_open"]
    assert [entry.kind for entry in live(city, town.FLATS[0])] == ["ownership", "seizure"]


def test_registration_itself_asks_the_rules_again(city, accepted):
    from registry.cases import registration
    from registry.handbook.service import entry_at

    with city.transaction(SYSTEM) as conn:
        town.enter_right(conn, town.BARE, town.WANG, kind=Kind.USE_RIGHT, right_type="3")
    with city.transaction(town.REGISTRAR) as conn:
        _, entry = entry_at(conn, "land_use_first", town.NOW.date())
        with pytest.raises(RegistrationBlocked) as raised:
            registration.register(conn, accepted.case, entry, actor=town.REGISTRAR, now=town.NOW)
    assert [fault["code"] for fault in raised.value.errors] == ["right_exists"]


def test_tax_is_paid_before_the_entry(city, accepted, follow, pay):
    with city.transaction(SYSTEM) as conn:
        service.require_tax(conn, accepted.case.case_no, town.NOW)
    assert follow(accepted.case.case_no).node == "register"
    pay(accepted.case.case_no)
    assert follow(accepted.case.case_no).node == "archived"
