"""Two sessions, one unit: entries are made one after the other."""

import threading

from data.access.records import SYSTEM
from registry.cases import service
from registry.cases.errors import ActionNotAllowed, RegistrationBlocked
from registry.cases.service import accept, act
from registry.rights.service import live_entries
from tests.database.registry import town


def ready(city, who):
    """Return a case that only waits for its entry."""
    new = town.application(city, "land_use_first", [town.BARE], ("holder", who))
    case_no = accept(city, town.CLERK, new, now=town.NOW, search_key=town.KEY).case.case_no
    act(city, town.CLERK, case_no, "submit_review", now=town.NOW)
    act(city, town.REGISTRAR, case_no, "approve", now=town.NOW)
    return case_no


def test_of_two_first_registrations_one_is_entered(city):
    cases = [ready(city, town.LI), ready(city, town.WANG)]
    start = threading.Barrier(2)
    outcomes = {}

    def register(case_no):
        start.wait()
        try:
            act(city, town.REGISTRAR, case_no, "register", now=town.NOW)
            outcomes[case_no] = "entered"
        except (ActionNotAllowed, RegistrationBlocked) as error:
            outcomes[case_no] = [fault["code"] for fault in error.errors][-1]

    threads = [threading.Thread(target=register, args=(case_no,)) for case_no in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes.values()) == ["entered", "right_exists"]
    with city.transaction(SYSTEM) as conn:
        assert len(live_entries(conn, [town.BARE])) == 1
        loser = next(case_no for case_no, outcome in outcomes.items() if outcome != "entered")
        assert service.get_case(conn, loser).registered_at is None


def test_the_page_lock_makes_the_second_see_the_first(city):
    """Both have passed the conditions; only the rules under the lock can tell."""
    from registry.cases import registration
    from registry.handbook.service import entry_at

    first, second = ready(city, town.LI), ready(city, town.WANG)
    blocked = []

    def later():
        try:
            with city.transaction(town.REGISTRAR) as conn:
                _, entry = entry_at(conn, "land_use_first", town.NOW.date())
                case = service.get_case(conn, second)
                registration.register(conn, case, entry, actor=town.REGISTRAR, now=town.NOW)
        except RegistrationBlocked as error:
            blocked.append(error)

    with city.transaction(town.REGISTRAR) as conn:
        _, entry = entry_at(conn, "land_use_first", town.NOW.date())
        case = service.get_case(conn, first)
        registration.register(conn, case, entry, actor=town.REGISTRAR, now=town.NOW)
        thread = threading.Thread(target=later)
        thread.start()
        thread.join(timeout=0.7)
        assert thread.is_alive()
    thread.join(timeout=10)
    assert len(blocked) == 1


def test_certificate_numbers_have_no_gap_after_a_rollback(city):
    from registry.cases.store_certificates import next_serial

    with city.transaction(SYSTEM) as conn, conn.transaction(force_rollback=True):
        assert next_serial(conn, "通山县", "right", 2026) == 1
    with city.transaction(SYSTEM) as conn:
        assert [next_serial(conn, "通山县", "right", 2026) for _ in range(2)] == [1, 2]
