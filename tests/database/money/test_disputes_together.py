"""A hold and a freeze at once, a hold whose session dies: each line is paid or kept, never both."""

import threading
from dataclasses import replace

import psycopg
import pytest

from data.access.records import SYSTEM
from data.errors import NingtuError
from registry.clearing.disputes import service
from tests.database.money.conftest import (
    FINANCE_CITY,
    balance,
    one,
)
from tests.database.money.dispute_acts import OWN, close, dispute, paid_out, raised
from tests.database.registry import town


def waiting(db):
    return one(db, "SELECT count(*) FROM pg_locks WHERE NOT granted")


def until_waiting(db, thread):
    while thread.is_alive() and not waiting(db):
        thread.join(0.02)
    assert thread.is_alive()


def in_thread(work, *values, **facts):
    result = []
    thread = threading.Thread(target=lambda: result.append(work(*values, **facts)))
    thread.start()
    return thread, result


def test_a_freeze_that_waits_for_a_hold_leaves_the_line_out(city, paid, clearing, books):
    """The hold has the order's lock; the freeze comes second and must see what the hold did."""
    dispute_no = raised(city, paid)
    with city.transaction(SYSTEM) as conn:
        conn.execute("SELECT money.lock_order(%s)", [paid.head.order_no])
        freezing, _ = in_thread(close, clearing)
        until_waiting(city, freezing)
        current = service.store.fetch(conn, dispute_no)
        service.posting.hold(conn, current, service.posting.Occasion("x", town.NOW))
        service.store.add_event(conn, dispute_no, ("raised", "held"), actor="x", comment="", at=town.NOW)
    freezing.join()
    assert one(city, "SELECT count(*) FROM money.batch_item") == 0
    assert dispute(city, dispute_no).head.cleared is False
    assert books() == {}


def test_a_hold_that_waits_for_a_freeze_knows_that_the_line_is_cleared(city, paid, clearing, books):
    dispute_no = raised(city, paid)
    reached, go_on = threading.Event(), threading.Event()

    def stop(name):
        if name.startswith("freeze:planned"):
            reached.set()
            go_on.wait(30)

    freezing, _ = in_thread(close, replace(clearing, checkpoint=stop))
    assert reached.wait(30)
    holding, held_now = in_thread(service.hold, city, FINANCE_CITY, dispute_no, comment="", now=town.NOW)
    until_waiting(city, holding)
    go_on.set()
    freezing.join()
    holding.join()
    assert (held_now[0].state, held_now[0].cleared) == ("held", True)
    assert balance(city, f"2401.{OWN}") == 0
    assert paid_out(city) == {f"{OWN} nontax": 55_000}
    assert books() == {}


def hold_and_die(db, dispute_no):
    """Hold a line in a session that is ended before it commits."""
    with db.transaction(SYSTEM) as conn:
        current = service.store.fetch(conn, dispute_no)
        service.posting.hold(conn, current, service.posting.Occasion("x", town.NOW))
        service.store.add_event(conn, dispute_no, ("raised", "held"), actor="x", comment="", at=town.NOW)
        pid = conn.execute("SELECT pg_backend_pid()").fetchone()[0]
        with psycopg.connect(db.url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])
        conn.execute("SELECT 1")


def test_a_hold_whose_session_dies_leaves_the_line_to_the_freeze(city, paid, clearing, books):
    dispute_no = raised(city, paid)
    with pytest.raises(NingtuError):
        hold_and_die(city, dispute_no)
    assert dispute(city, dispute_no).head.state == "raised"
    close(clearing)
    assert paid_out(city) == {f"{OWN} nontax": 55_000}
    assert books() == {}
