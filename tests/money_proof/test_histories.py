"""Acts that chance seldom brings together: rulings before and after clearing, late money, corrections."""

from datetime import timedelta

import pytest

from spatial.counties import service
from tests.money_proof import runs
from tests.money_proof.auditor import Auditor, Breach
from tests.money_proof.ground import MOVED
from tests.money_proof.history import Acts
from tests.money_proof.world import World

OWN = "421224"


@pytest.fixture
def world(place, start):
    runs.forget(place.superuser_url, place.tables)
    made = World(place.url, place.superuser_url, place.folder, start)
    yield made
    made.close()


@pytest.fixture
def auditor(world):
    made = Auditor(world.superuser_url, world)
    yield made
    made.close()


def pay_one(world, acts, fen=1_000):
    world.issue([("nontax", OWN, fen, "a")])
    acts.pay(len(world.book.orders) - 1)


def test_a_held_line_waits_and_goes_to_the_county_of_the_ruling(world, auditor):
    acts = Acts(world)
    pay_one(world, acts)
    for act in ("raise", "hold"):
        acts.dispute(0, act)
        auditor.check()
    world.close_day()
    auditor.check()
    assert world.bank.book == {}
    acts.dispute(0, "rule other")
    acts.calm()
    auditor.check(ended=True)
    (dispute,) = world.book.disputes.values()
    assert (dispute.state, dispute.cleared) == ("adjusted", False)
    assert dispute.line.paid_to == dispute.claimed != OWN


def test_money_of_a_cleared_line_is_kept_run_by_run_until_all_is_there(world, auditor):
    acts = Acts(world)
    pay_one(world, acts)
    world.close_day()
    for act in ("raise", "hold", "rule other"):
        acts.dispute(0, act)
        auditor.check()
    (dispute,) = world.book.disputes.values()
    for fen, kept in ((700, 699), (1_000, 1_000)):
        pay_one(world, acts, fen)
        world.close_day()
        auditor.check()
        assert dispute.kept == kept
    acts.calm()
    auditor.check(ended=True)
    assert (dispute.state, dispute.cleared) == ("adjusted", True)


def test_a_county_that_gains_one_line_and_owes_for_another_in_the_same_run(world, auditor):
    """The older ruling takes from what the younger one brings: that must be there before."""
    acts = Acts(world)
    world.issue([("nontax", "421202", 1_000, "a")])
    acts.pay(0)
    world.close_day()
    auditor.check()
    for act in ("raise", "hold", "rule other"):
        acts.dispute(0, act)
    pay_one(world, acts)
    for act in ("raise", "hold", "rule other"):
        acts.dispute(3, act)
    older, younger = world.book.disputes.values()
    assert (older.line.county, younger.claimed) == ("421202", "421202")
    world.close_day()
    auditor.check()
    assert (older.kept, younger.state) == (999, "adjusted")
    acts.calm()
    auditor.check(ended=True)


def test_late_money_pays_a_revived_order_and_can_go_back(world, auditor):
    acts = Acts(world)
    world.issue([("nontax", OWN, 1_000, "a")], life=timedelta(hours=1))
    acts.pay(0, late=True)
    auditor.check()
    acts.revive(0)
    auditor.check()
    (order,) = world.book.orders.values()
    assert order.state == "paid"
    acts.ask_refund(0, 0)
    acts.decide(0, True)
    acts.calm()
    auditor.check(ended=True)
    assert order.state == "refunded"


@pytest.mark.parametrize("part_of", [0, 1])
def test_a_line_that_moved_is_billed_though_a_refund_came_before_any_bill(world, auditor, part_of):
    """The order is being refunded while the jobs for its bills and for the ruling's run; then it is not."""
    acts = Acts(world)
    world.issue([("nontax", OWN, 1_000, "a"), ("nontax", OWN, 1_000, "a")])
    acts.pay(0)
    for act in ("raise", "hold", "rule other"):
        acts.dispute(1, act)
    world.close_day()
    auditor.check()
    (order,) = world.book.orders.values()
    assert order.state == "cleared"
    refund = world.ask_refund(order, {order.lines[part_of].no: 400})
    world.decide(refund, approve=True)
    acts.calm()
    auditor.check(ended=True)


def test_a_bill_is_corrected_twice_and_its_order_refunded(world, auditor):
    acts = Acts(world)
    pay_one(world, acts)
    world.work()
    for _ in range(2):
        acts.correct(0)
        auditor.check()
    assert len(world.corrected) == 2
    acts.ask_refund(0, 400)
    world.close_day()
    acts.calm()
    auditor.check(ended=True)


def test_a_bill_that_a_ruling_is_to_reverse_is_not_corrected_before(world, auditor):
    acts = Acts(world)
    pay_one(world, acts)
    world.work()
    for act in ("raise", "hold", "rule other"):
        acts.dispute(0, act)
    world.close_day()
    acts.correct(0)
    assert world.corrected == set()
    world.work()
    acts.correct(0)
    assert len(world.corrected) == 1
    acts.calm()
    auditor.check(ended=True)


def test_a_ruling_by_a_new_boundary_set_leaves_nothing_to_the_next_history(place, start):
    """What the first history's ruling decided is of the county that the second one's order is for."""
    county = OWN
    for _ in range(2):
        runs.forget(place.superuser_url, place.tables)
        world = World(place.url, place.superuser_url, place.folder, start)
        acts = Acts(world)
        world.issue([("nontax", county, 1_000, "a")])
        world.publish()
        acts.pass_hours(24)
        acts.pay(0)
        for act in ("raise", "hold", "rule other"):
            acts.dispute(0, act)
        (dispute,) = world.book.disputes.values()
        assert dispute.state == "ruled"
        county = dispute.claimed
        world.close()


def over_midnight(world):
    """Order and pay before boundaries change and after; return the counties of each order's line."""
    acts = Acts(world)
    world.issue([("nontax", MOVED[1], 1_000, "a")])
    world.publish()
    world.issue([("nontax", MOVED[1], 1_000, "a")])
    acts.pay(0)
    acts.pass_hours(24)
    world.issue([("nontax", MOVED[1], 1_000, "a"), ("nontax", OWN, 1_000, "a")])
    acts.pay(1)
    acts.pay(2)
    return acts


def test_lines_keep_their_county_when_boundaries_change_and_new_ones_follow(world, auditor):
    acts = over_midnight(world)
    auditor.check()
    acts.calm()
    auditor.check(ended=True)
    paid = [[line.paid_to for line in order.lines] for order in world.book.orders.values()]
    assert paid == [[MOVED[1]], [MOVED[1]], [MOVED[0], OWN]]


def test_the_auditor_sees_an_order_that_follows_an_old_boundary(world, auditor, monkeypatch):
    decide = service.decide
    yesterday = world.start.date()
    monkeypatch.setattr(service, "decide", lambda conn, subject, **_: decide(conn, subject, as_of=yesterday))
    over_midnight(world)
    with pytest.raises(Breach, match="I13 line"):
        auditor.check()


def test_the_auditor_sees_money_that_a_ruling_did_not_move(world, auditor, monkeypatch):
    acts = Acts(world)
    pay_one(world, acts)
    acts.dispute(0, "raise")
    monkeypatch.setattr(type(world.book), "hold", lambda _, dispute: setattr(dispute, "state", "held"))
    acts.dispute(0, "hold")
    with pytest.raises(Breach, match="I4 2101"):
        auditor.check()
