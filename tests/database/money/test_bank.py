"""A bank that lags, loses, repeats, rejects and keeps holidays: each county is paid once all the same."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import load_pem_x509_certificate

from data.access.records import SYSTEM
from data.clock import SHANGHAI, Reading
from registry.clearing import sandbox_reports, store, store_bank
from registry.clearing.bank import BankStatus
from registry.clearing.errors import BankClosed, BankMessageBad
from registry.clearing.rules import COLLECTION_ACCOUNT
from tests.database.money.conftest import FINANCE_CITY, StandingClock, balance, one, rows, state_of, with_mode
from tests.database.registry import town

TODAY = town.NOW.date()
MSG = "XN4212242026112401N1"
FEN = 55_000


@pytest.fixture
def paid(order, payer, office):
    payer.pay(order)
    office.issue_for_order(order.head.order_no, now=town.NOW)
    return order


def close(clearing, mode="confirm", **facts):
    return with_mode(clearing, mode).close_day(FINANCE_CITY, TODAY, run_now=True, **facts).state


def payout_state(city, msg_id=MSG):
    return one(city, "SELECT state FROM money.payout WHERE msg_id = %s", msg_id)


def bank_book(city):
    return rows(city, "SELECT submissions, executions FROM money.sandbox_bank_order ORDER BY msg_id")


def order_at_bank(city):
    with city.transaction(SYSTEM) as conn:
        return store_bank.order(conn, MSG)


def receive(clearing, raw):
    return clearing.receive(FINANCE_CITY, raw)


def break_types(city):
    return [row[0] for row in rows(city, "SELECT type FROM money.break ORDER BY break_id")]


# ---------------------------------------------------------------- lost answers, lagging views


@pytest.mark.parametrize("bank", ["confirm,careless", "confirm,careless,double", "confirm,silent,careless"])
def test_a_careless_bank_pays_once(city, paid, clearing, books, bank):
    close(clearing, bank)
    assert close(clearing, bank) == "done"
    assert bank_book(city) == [(1, 1)]
    assert balance(city, "1201.421224") == FEN
    assert books() == {}


def test_a_lost_message_is_sent_again_with_its_own_id(city, paid, clearing, books):
    assert close(clearing, "confirm,lost,careless") == "sent"
    assert (payout_state(city), bank_book(city)) == ("unknown", [(1, 0)])
    assert close(clearing, "confirm,lost,careless") == "done"
    assert bank_book(city) == [(2, 1)]
    assert rows(city, "SELECT msg_id FROM money.payout") == [(MSG,)]
    assert books() == {}


def test_not_found_is_no_proof_while_the_bank_lags(city, paid, clearing, clock, books):
    bank = "confirm,silent,lagging,careless"
    assert close(clearing, bank) == "sent"
    for _ in range(3):
        clock.at += timedelta(seconds=30)
        assert close(clearing, bank) == "sent"
    assert (payout_state(city), bank_book(city)) == ("unknown", [(1, 1)])
    clock.at += timedelta(seconds=31)
    assert close(clearing, bank) == "done"
    assert bank_book(city) == [(1, 1)]
    assert books() == {}


def test_a_lost_message_of_a_lagging_bank_waits_for_the_proof(city, paid, clearing, clock, books):
    bank = "confirm,lost,lagging,careless"
    assert close(clearing, bank) == "sent"
    clock.at += timedelta(seconds=119)
    assert close(clearing, bank) == "sent"
    assert bank_book(city) == [(1, 0)]
    clock.at += timedelta(seconds=1)
    close(clearing, bank)
    assert bank_book(city) == [(2, 1)]
    clock.at += timedelta(seconds=120)
    assert close(clearing, bank) == "done"
    assert bank_book(city) == [(2, 1)]
    assert books() == {}


MIDNIGHT = datetime(2026, 11, 30, 23, 59, 50, tzinfo=SHANGHAI)


@pytest.mark.parametrize("jump", [timedelta(minutes=3), timedelta(hours=1), timedelta(days=1)])
def test_a_clock_that_jumps_forward_is_no_proof_either(city, order, payer, clearing, clock, jump):
    """In the last seconds of a month: the bank shows a message late, whatever our clock says by then."""
    clock.at = MIDNIGHT
    payer.pay(order)
    truth = StandingClock(MIDNIGHT)
    bank = replace(clearing.bank, clock=truth, mode="confirm,silent,lagging,careless")
    ours = replace(clearing, bank=bank, steady=truth.steady)
    assert ours.close_day(FINANCE_CITY, MIDNIGHT.date(), run_now=True).state == "sent"
    clock.at, truth.at = MIDNIGHT + jump, MIDNIGHT + timedelta(seconds=15)
    ours.resume(MIDNIGHT.date())
    assert bank_book(city) == [(1, 1)]
    truth.at += timedelta(seconds=120)
    ours.resume(MIDNIGHT.date())
    assert bank_book(city) == [(1, 1)]
    assert one(city, "SELECT state FROM money.payout") == "settled"


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=-1)])
def test_a_clock_that_is_set_back_makes_a_lost_message_wait_no_longer(
    city, order, payer, clearing, clock, jump
):
    clock.at = MIDNIGHT
    payer.pay(order)
    truth = StandingClock(MIDNIGHT)
    bank = replace(clearing.bank, clock=truth, mode="confirm,lost,lagging,careless")
    ours = replace(clearing, bank=bank, steady=truth.steady)
    ours.close_day(FINANCE_CITY, MIDNIGHT.date(), run_now=True)
    clock.at, truth.at = MIDNIGHT + jump, MIDNIGHT + timedelta(seconds=120)
    ours.resume(MIDNIGHT.date())
    assert bank_book(city) == [(2, 1)]


def test_after_a_restart_of_the_machine_the_wait_begins_anew(city, paid, clearing):
    """Its steady clock begins at zero: what it says is no time since the message left."""
    shown = []
    ours = replace(with_mode(clearing, "confirm,lost,lagging,careless"), steady=lambda: shown[-1])
    for boot, seconds, book in [
        ("before", 1_000.0, (1, 0)),
        ("after", 1_200.0, (1, 0)),
        ("after", 1_319.0, (1, 0)),
        ("after", 1_320.0, (2, 1)),
    ]:
        shown.append(Reading(boot, seconds))
        ours.close_day(FINANCE_CITY, TODAY, run_now=True)
        assert bank_book(city) == [book]


class Crash(BaseException):
    """The process ends here."""


def crash_at(clearing, point):
    def die(name):
        if name.startswith(point):
            raise Crash

    return replace(clearing, checkpoint=die)


def test_who_dies_between_sending_and_noting_it_does_not_send_again(city, paid, clearing, clock, books):
    lagging = with_mode(clearing, "confirm,lagging,careless")
    with pytest.raises(Crash):
        crash_at(lagging, "send:submitted").close_day(FINANCE_CITY, TODAY, run_now=True)
    assert payout_state(city) == "unknown"
    assert close(clearing, "confirm,lagging,careless") == "sent"
    clock.at += timedelta(seconds=200)
    assert close(clearing, "confirm,lagging,careless") == "done"
    assert bank_book(city) == [(1, 1)]
    assert books() == {}


def test_a_payout_that_seems_never_sent_is_asked_for_first(city, paid, clearing, books):
    """As after a restore of yesterday's database: our books have forgotten what the bank has."""
    close(clearing, "hold,careless")
    with city.transaction(SYSTEM) as conn:
        conn.execute("UPDATE money.payout SET state = 'written'")
    assert close(clearing, "confirm,careless") == "done"
    assert bank_book(city) == [(1, 1)]
    assert books() == {}


def test_control_without_asking_first_a_careless_bank_pays_twice(city, paid, clearing, clock, monkeypatch):
    """What the question before each sending is for."""
    blind = with_mode(clearing, "confirm,careless")
    with pytest.raises(Crash):
        crash_at(blind, "send:submitted").close_day(FINANCE_CITY, TODAY, run_now=True)
    monkeypatch.setattr(type(clearing.bank), "status", lambda self, msg_id: BankStatus("absent"))
    monkeypatch.setattr(type(clearing.bank), "messages", lambda self: [])
    blind.close_day(FINANCE_CITY, TODAY, run_now=True)
    assert bank_book(city) == [(2, 2)]


# ---------------------------------------------------------------- rejections


def test_a_rejected_payout_waits_for_a_person(city, paid, clearing, books):
    assert close(clearing, "reject") == "frozen"
    for _ in range(2):
        clearing.resume(TODAY)
    assert rows(city, "SELECT msg_id, state FROM money.payout") == [(MSG, "rejected")]
    assert close(clearing) == "done"
    assert bank_book(city) == [(1, 1), (1, 1)]
    assert books() == {}


def test_a_new_attempt_goes_to_the_account_now_in_force(city, paid, clearing, clock, books):
    close(clearing, "reject")
    with city.transaction(SYSTEM) as conn:
        conn.execute(
            "UPDATE ref.county_account SET valid_to = '2026-11-25'"
            " WHERE county_code = '421224' AND kind = 'nontax'"
        )
        conn.execute(
            "INSERT INTO ref.county_account SELECT county_code, kind, owner_code, name, bank, '9900999',"
            " cnaps, '2026-11-25', NULL, source_doc, verified FROM ref.county_account"
            " WHERE county_code = '421224' AND kind = 'nontax'"
        )
    clock.at += timedelta(days=1)
    assert close(clearing) == "done"
    numbers = rows(city, "SELECT attempt, creditor_number FROM money.payout ORDER BY attempt")
    assert numbers[1] == (2, "9900999")
    assert numbers[0] != numbers[1]
    days = rows(city, "SELECT biz_date FROM money.posting WHERE kind = 'freeze' ORDER BY posting_id")
    assert days == [(TODAY,), (TODAY + timedelta(days=1),)]
    assert books() == {}


# ---------------------------------------------------------------- reports


def test_reports_are_kept_and_bring_the_payout_on(city, paid, clearing, books):
    assert close(clearing) == "done"
    kinds = rows(
        city,
        "SELECT m.kind, r.state, r.amount_fen, r.result FROM money.bank_message m"
        " JOIN money.bank_report r USING (message_id) ORDER BY message_id",
    )
    assert kinds == [("camt.054", "debited", FEN, "known"), ("camt.054", "credited", FEN, "known")]
    assert books() == {}


def test_reports_alone_settle_a_payout(city, paid, clearing, books):
    close(clearing, "hold")
    assert payout_state(city) == "acked"
    held = order_at_bank(city)
    debit = sandbox_reports.notification(held, COLLECTION_ACCOUNT.number, "DBIT", at=town.NOW)
    credit = sandbox_reports.notification(held, held.creditor_number, "CRDT", at=town.NOW)
    assert receive(clearing, debit) == ("applied",)
    assert payout_state(city) == "confirmed"
    assert receive(clearing, debit) == ()
    assert receive(clearing, credit) == ("applied",)
    assert (payout_state(city), state_of(city, paid)) == ("settled", "cleared")
    late = sandbox_reports.status_report(held, "ACSC", at=town.NOW)
    assert receive(clearing, late) == ("known",)
    assert books() == {}


def test_a_credit_may_come_before_its_debit(city, paid, clearing, books):
    close(clearing, "hold")
    held = order_at_bank(city)
    credit = sandbox_reports.notification(held, held.creditor_number, "CRDT", at=town.NOW)
    debit = sandbox_reports.notification(held, COLLECTION_ACCOUNT.number, "DBIT", at=town.NOW)
    assert receive(clearing, credit) == ("applied",)
    assert receive(clearing, debit) == ("known",)
    assert payout_state(city) == "settled"
    assert books() == {}


def test_a_rejection_by_report_voids_both_reservations(city, paid, clearing, books):
    close(clearing, "hold")
    held = order_at_bank(city)
    assert receive(clearing, sandbox_reports.status_report(held, "RJCT", at=town.NOW)) == ("applied",)
    assert payout_state(city) == "rejected"
    assert one(city, "SELECT reason FROM money.payout") == "AC01 沙箱拒绝"
    assert (balance(city, "1001"), break_types(city)) == (FEN, ["PAYOUT_REJECTED"])
    assert books() == {}


@pytest.mark.parametrize(
    ("before", "change", "broken"),
    [
        ("hold", {"amount_fen": FEN + 1}, "K6"),
        ("hold", {"account": "999"}, "K6"),
        ("hold", {"msg_id": "XN9"}, "K7"),
        ("reject", {}, "K4"),
        ("confirm", {"msg_id": "other entry"}, "K4"),
    ],
    ids=["other amount", "other account", "unknown", "debited though rejected", "debited twice"],
)
def test_a_debit_that_does_not_fit_opens_a_difference(city, paid, clearing, before, change, broken):
    close(clearing, before)
    held = order_at_bank(city)
    account = change.pop("account", COLLECTION_ACCOUNT.number)
    if change.get("msg_id") == "other entry":
        raw = sandbox_reports.notification(held, account, "DBIT", at=town.NOW)
        raw = raw.replace(f"ED{MSG}".encode(), b"ED-AGAIN")
    else:
        raw = sandbox_reports.notification(replace(held, **change), account, "DBIT", at=town.NOW)
    state = payout_state(city)
    assert receive(clearing, raw) == ("break",)
    assert break_types(city)[-1] == broken
    assert payout_state(city) == state
    assert one(city, "SELECT count(*) FROM money.posting WHERE kind = 'bank_debit'") == (before == "confirm")


def test_a_rejection_after_the_debit_opens_a_difference(city, paid, clearing):
    close(clearing)
    held = order_at_bank(city)
    assert receive(clearing, sandbox_reports.status_report(held, "RJCT", at=town.NOW)) == ("break",)
    assert (payout_state(city), break_types(city)) == ("settled", ["K3"])


def test_reports_that_come_twice_change_nothing(city, paid, clearing, books):
    assert close(clearing, "confirm,double") == "done"
    assert one(city, "SELECT count(*) FROM money.bank_message") == 2
    assert break_types(city) == []
    assert books() == {}


HOSTILE = {
    "entity": b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>',
    "no xml": b"RJCT",
    "another message": b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>',
    "empty": b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"/>',
    "utf-16": '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE d><d/>'.encode("utf-16"),
    "deep": b"<a>" * 5000 + b"</a>" * 5000,
    "large": b"<a>" + b" " * (8 * 1024 * 1024) + b"</a>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_leaves_nothing_behind(city, clearing, name):
    with pytest.raises(BankMessageBad):
        receive(clearing, HOSTILE[name])
    assert one(city, "SELECT count(*) FROM money.bank_message") == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'Ccy="CNY"', b'Ccy="USD"'),
        (b"550.00", b"5.5e2"),
        (b"550.00", b"-550.00"),
        (b"550.00", b"550.001"),
        (b"DBIT", b"BOTH"),
        (b"<Document", b"<!DOCTYPE Document><Document"),
        (b"<EndToEndId>XN4212242026112401N1</EndToEndId>", b""),
        (b"<CdtDbtInd>", b"<RvslInd>true</RvslInd><CdtDbtInd>"),
    ],
)
def test_a_notification_that_says_something_else_is_refused(city, paid, clearing, old, new):
    close(clearing, "hold")
    raw = sandbox_reports.notification(order_at_bank(city), COLLECTION_ACCOUNT.number, "DBIT", at=town.NOW)
    assert old in raw
    with pytest.raises(BankMessageBad):
        receive(clearing, raw.replace(old, new))


# ---------------------------------------------------------------- signed lists


def test_the_item_list_is_signed_beside_the_message(city, paid, clearing):
    close(clearing)
    listed = clearing.payout_items(MSG)
    key = load_pem_x509_certificate(clearing.signer.certificates[0]).public_key()
    key.verify(clearing.items_signature(MSG), listed, ec.ECDSA(hashes.SHA256()))
    (clearing.files.folder / f"{MSG}.csv").unlink()
    assert clearing.payout_items(MSG) == listed


# ---------------------------------------------------------------- days of the bank

SATURDAY = date(2026, 11, 28)
GOLDEN_WEEK = date(2026, 10, 1)


def at(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def test_on_a_day_without_bank_the_money_waits_for_its_next_day(city, order, payer, clearing, clock, books):
    clock.at = at(SATURDAY, 10)
    payer.pay(order)
    clock.at = at(SATURDAY, 18)
    bank = with_mode(clearing, "confirm,bank_days")
    with pytest.raises(BankClosed) as caught:
        bank.close_day(FINANCE_CITY, SATURDAY)
    assert caught.value.params["next_day"] == "2026-11-30"
    clock.at = at(SATURDAY + timedelta(days=2), 17, 31)
    assert bank.close_day(FINANCE_CITY, clock.at.date()).state == "done"
    assert balance(city, "1201.421224") == FEN
    assert set(books()) <= {"I11"}


def test_made_at_once_on_a_holiday_it_is_paid_on_the_banks_next_day(city, order, payer, clearing, clock):
    clock.at = at(SATURDAY, 10)
    payer.pay(order)
    bank = with_mode(clearing, "confirm,bank_days")
    assert bank.close_day(FINANCE_CITY, SATURDAY, run_now=True).state == "sent"
    message = bank.payout_file("XN4212242026112801N1")
    assert b"<Dt>2026-11-30</Dt>" in message
    clock.at = at(SATURDAY + timedelta(days=1), 12)
    bank.resume(SATURDAY)
    assert payout_state(city, "XN4212242026112801N1") == "acked"
    clock.at = at(SATURDAY + timedelta(days=2), 9)
    bank.resume(SATURDAY)
    assert payout_state(city, "XN4212242026112801N1") == "settled"


def test_the_golden_week_ends_and_a_made_up_sunday_is_a_day_of_the_bank(conn):
    from data.reference import service as reference

    calendar = reference.work_calendar(conn)
    assert calendar.first_workday(GOLDEN_WEEK) == date(2026, 10, 8)
    assert calendar.first_workday(date(2026, 9, 20)) == date(2026, 9, 20)
    assert calendar.first_workday(date(2031, 1, 4)) == date(2031, 1, 6)


def test_cutoffs_are_dated_data(city, order, payer, clearing, clock):
    with city.transaction(SYSTEM) as conn:
        conn.execute("UPDATE ref.clearing_hours SET valid_to = '2026-11-24'")
        conn.execute(
            "INSERT INTO ref.clearing_hours VALUES ('2026-11-24', NULL, '16:00', '20:00', '示例', false)"
        )
    clock.at = at(TODAY, 15, 59)
    payer.pay(order)
    clock.at = at(TODAY, 16, 1)
    assert len(clearing.close_day(FINANCE_CITY, TODAY).frozen) == 1
    with city.transaction(SYSTEM) as conn:
        assert store.waits_to_freeze(conn, TODAY, clock.at) is False


def test_what_arrives_in_the_late_window_leaves_in_a_second_run(city, order, payer, clearing, clock):
    clock.at = at(TODAY, 17, 31)
    clearing.close_day(FINANCE_CITY, TODAY)
    clock.at = at(TODAY, 19)
    payer.pay(order)
    clock.at = at(TODAY, 21, 29)
    assert clearing.close_day(FINANCE_CITY, TODAY).frozen == ()
    clock.at = at(TODAY, 21, 31)
    assert len(clearing.close_day(FINANCE_CITY, TODAY).frozen) == 1
    assert payout_state(city, "XN4212242026112402N1") == "settled"


def test_only_the_days_own_half_written_files_are_swept(clearing, tmp_path):
    folder = clearing.files.folder
    folder.mkdir(parents=True)
    own, others = folder / f"{MSG}.xml.tmp", folder / "XN4212242026112301N1.xml.tmp"
    for path in (own, others):
        path.write_bytes(b"half")
    assert (clearing.files.sweep(TODAY), own.exists(), others.exists()) == (1, False, True)
    assert clearing.files.sweep_stale() == 0
    import os

    os.utime(others, (0, 0))
    assert (clearing.files.sweep_stale(), others.exists()) == (1, False)
