"""Reliefs among the acts: fees that change before they are paid, and money that goes back afterwards."""

import pytest

from registry.fees import rules
from tests.money_proof import fees, runs
from tests.money_proof.auditor import Auditor, Breach
from tests.money_proof.history import Acts
from tests.money_proof.window import ERRANDS, Window
from tests.money_proof.world import World

LAND, FLAT, FLATS, BOTH = range(len(ERRANDS))


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


@pytest.fixture
def desk(world):
    return Window(world, Acts(world))


def state_of(world):
    return [order.state for order in world.book.orders.values()]


def fens_of(world):
    return [order.fen for order in world.book.orders.values()]


def test_each_errand_costs_what_the_tariff_says(world, auditor, desk):
    for errand in (LAND, FLAT, FLATS, BOTH):
        for holders in (1, 2):
            desk.do("new", errand, errand=((), (), holders))
    auditor.check()
    assert fens_of(world) == [55_000, 56_000, 8_000, 9_000, 16_000, 18_000, 63_000, 65_000]


@pytest.mark.parametrize(
    ("errand", "declared", "fen"),
    [
        (LAND, ({"small_micro"}, set()), 0),
        (LAND, ({"border_change"}, {"border_change"}), 0),
        (LAND, ({"border_change"}, set()), None),
        (LAND, ({"social_housing"}, set()), 55_000),
        (LAND, (set(), {"border_change"}), None),
        (LAND, ({"community_care"}, {"community_care"}), None),
        (BOTH, ({"social_housing"}, {"social_housing"}), 55_000),
        (BOTH, ({"between_spouses"}, {"between_spouses"}), 2_000),
        (BOTH, ({"between_spouses", "social_housing"}, {"social_housing"}), None),
    ],
)
def test_a_relief_at_the_window_needs_its_document(world, auditor, desk, errand, declared, fen):
    made = desk.accept(errand, *declared)
    assert (made is None) == (fen is None)
    desk.order(0)
    auditor.check()
    assert fens_of(world) == ([] if fen is None else [fen])


def test_what_is_unpaid_is_ordered_anew_and_the_order_before_stays_dead(world, auditor, desk):
    for act in ("accept", "accept", "order two", "relieve", "revive", "stranger"):
        desk.do(act, BOTH, fact="between_spouses", errand=())
        auditor.check()
    assert fens_of(world) == [63_000 + 63_000, 63_000 + 2_000]
    assert state_of(world) == ["cancelled", "issued"]
    desk.acts.pay(0)
    desk.acts.pay(1)
    desk.acts.calm()
    auditor.check(ended=True)
    assert state_of(world) == ["cancelled", "cleared"]


@pytest.mark.parametrize("close", [True, False])
def test_what_is_paid_goes_back_by_a_second_person_and_is_not_asked_for_again(world, auditor, desk, close):
    steps = ("new", "pay", *(["close"] if close else []), "relieve", "decide own", "decide", "carry")
    for act in steps:
        desk.do(act, BOTH, fact="collective_reform", errand=())
        auditor.check()
    desk.acts.calm()
    auditor.check(ended=True)
    assert state_of(world) == ["refunded"]
    assert sum(world.book.cases.popitem()[1].back.values()) == 63_000


def test_of_a_fee_partly_relieved_the_rest_is_ordered_again(world, auditor, desk):
    for act in ("new", "pay", "close", "relieve", "decide", "carry"):
        desk.do(act, BOTH, fact="between_spouses", errand=())
        auditor.check()
    desk.acts.ask_refund(0, 0)
    desk.do("decide", 0)
    for _ in range(2):
        desk.do("carry", 0)
        auditor.check()
    desk.do("order", 0)
    auditor.check()
    assert (fens_of(world), state_of(world)) == ([63_000, 2_000], ["refunded", "issued"])
    desk.do("relieve", 0, fact="collective_reform")
    auditor.check()


def test_the_auditor_sees_a_fee_that_is_not_the_tariffs(world, auditor, desk, monkeypatch):
    sound = rules._charges

    def dearer(facts, unit, tariff):
        for charge in sound(facts, unit, tariff):
            yield type(charge)(charge.rule, charge.quantity, charge.amount_fen + 1)

    monkeypatch.setattr(rules, "_charges", dearer)
    desk.accept(LAND)
    with pytest.raises(Breach, match="I16 fee"):
        auditor.check()


def test_the_auditor_sees_an_order_that_asks_for_another_amount(world, auditor, desk, monkeypatch):
    desk.accept(FLAT)
    monkeypatch.setattr(fees.Case, "owed", lambda *_: 7_999)
    with pytest.raises(AssertionError):
        desk.order(0)
    with pytest.raises(Breach, match="asks for 8000, expected 7999"):
        auditor.check()
