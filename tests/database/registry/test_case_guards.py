"""What a case refuses: steps without words or of another node, any once it is closed, files of others."""

from datetime import date

import pytest

from data.access.records import SYSTEM
from data.documents.archive import Archive
from data.reference import files
from registry.cases import materials, service
from registry.cases.errors import (
    ActionUnknown,
    CaseClosed,
    CaseNotFound,
    CertificateNotFound,
    CommentNeeded,
    MaterialNotFound,
    NotYourOffice,
)
from registry.cases.records import NewRating
from registry.cases.service import act
from registry.handbook import service as handbook
from registry.handbook.errors import EntryNotFound
from tests.database.registry import town

PDF = b"%PDF-1.4 x"


@pytest.fixture
def case_no(accepted):
    return accepted.case.case_no


@pytest.fixture
def withdrawn(city, case_no):
    act(city, town.CLERK, case_no, "withdraw", now=town.NOW, comment="申请人撤回")
    return case_no


def added(db, case_no, archive, who=town.CLERK):
    incoming = materials.Incoming("other", 1, "a.pdf", PDF)
    return materials.receive(db, who, case_no, incoming, archive=archive, now=town.NOW)


@pytest.mark.parametrize("comment", [None, "", "  "])
def test_some_steps_need_words(city, case_no, comment):
    with pytest.raises(CommentNeeded):
        act(city, town.CLERK, case_no, "withdraw", now=town.NOW, comment=comment)


def test_a_step_is_one_of_its_node(city, case_no):
    with pytest.raises(ActionUnknown):
        act(city, town.CLERK, case_no, "register", now=town.NOW)


def test_the_clerk_of_another_office_takes_no_step(city, case_no):
    clerk = town.actor("clerk_tongshan", "clerk", "tongshan", "421224")
    with pytest.raises(NotYourOffice):
        act(city, clerk, case_no, "withdraw", now=town.NOW, comment="x")


def test_a_closed_case_takes_nothing(city, withdrawn, tmp_path):
    with pytest.raises(CaseClosed):
        act(city, town.CLERK, withdrawn, "withdraw", now=town.NOW, comment="x")
    with pytest.raises(CaseClosed):
        service.dry_run(city, town.REGISTRAR, withdrawn, now=town.NOW)
    with pytest.raises(CaseClosed):
        added(city, withdrawn, Archive(tmp_path))
    for ask in (
        lambda conn: service.require_orderable(conn, withdrawn),
        lambda conn: service.require_tax(conn, withdrawn, town.NOW),
    ):
        with pytest.raises(CaseClosed), city.transaction(SYSTEM) as conn:
            ask(conn)


def test_what_is_registered_is_not_taxed_nor_tried_again(city, case_no, follow):
    assert follow(case_no).node == "issue"
    with pytest.raises(CaseClosed):
        service.dry_run(city, town.REGISTRAR, case_no, now=town.NOW)
    with pytest.raises(CaseClosed), city.transaction(SYSTEM) as conn:
        service.require_tax(conn, case_no, town.NOW)


def test_a_file_is_read_by_its_own_case(city, case_no, tmp_path):
    archive = Archive(tmp_path)
    mine = added(city, case_no, archive)
    assert materials.read_file(city, town.CLERK, case_no, mine.material_id, archive=archive)[1] == PDF
    with pytest.raises(CaseNotFound):
        materials.read_file(city, town.OTHER_REGISTRAR, case_no, mine.material_id, archive=archive)
    with city.transaction(SYSTEM) as conn:
        town.enter_right(conn, town.FLATS[0], town.LI)
    new = town.application(
        city, "existing_house_transfer", [town.FLATS[0]], ("transferor", town.LI), ("transferee", town.WANG)
    )
    other = service.accept(city, town.CLERK, new, now=town.NOW, search_key=town.KEY).case.case_no
    with pytest.raises(MaterialNotFound):
        materials.read_file(city, town.CLERK, other, mine.material_id, archive=archive)


def test_only_an_office_of_the_case_adds_to_it(city, case_no, tmp_path):
    with pytest.raises(NotYourOffice):
        added(city, case_no, Archive(tmp_path), town.SUPERVISOR)


def test_a_certificate_is_shown_for_its_own_check_code(city, case_no, follow):
    follow(case_no)
    with city.transaction(SYSTEM) as conn:
        (made,) = service.certificates(conn, case_no)
    typed = made.certificate_no.replace("(", "（").replace(")", "）"), f" {made.check_code.lower()} "
    assert service.verify_certificate(city, *typed) == made
    with pytest.raises(CertificateNotFound):
        service.verify_certificate(city, made.certificate_no, made.check_code[::-1] + "0")


def test_payment_and_refund_are_noted_once(city, case_no):
    for _ in range(2):
        with city.transaction(SYSTEM) as conn:
            service.mark_paid(conn, case_no, "ORDER-1", town.NOW)
    for _ in range(2):
        with city.transaction(SYSTEM) as conn:
            service.mark_refunded(conn, case_no, "ORDER-1", town.NOW)
    actions = [event.action for event in service.timeline(city, town.SUPERVISOR, case_no)]
    assert actions == ["accept", "paid", "refunded"]


def test_a_rating_is_of_a_case_one_sees(city, case_no):
    with pytest.raises(CaseNotFound):
        service.rate(city, town.OTHER_REGISTRAR, case_no, NewRating(5), now=town.NOW)


def test_a_version_is_in_force_before_its_last_day_only(db):
    entry = next(file.entry for file in files.handbook())
    until = {**entry, "version": 2, "valid_from": date(2026, 11, 1), "valid_to": date(2026, 11, 24)}
    code = entry["type_code"]
    with db.transaction(SYSTEM) as conn:
        assert handbook.publish(conn, [until]) == 1
        assert handbook.entry_at(conn, code, date(2026, 11, 23))[0].version == 2
        assert code in {row.type_code for row in handbook.in_force(conn, date(2026, 11, 23))}
        with pytest.raises(EntryNotFound):
            handbook.entry_at(conn, code, date(2026, 11, 24))
        assert code not in {row.type_code for row in handbook.in_force(conn, date(2026, 11, 24))}
