import pytest

from data.access.records import SYSTEM
from registry.cases.service import accept, act, mark_paid, open_steps
from tests.database.registry import town


@pytest.fixture(scope="session")
def db_source(town_template):
    return town_template


@pytest.fixture
def city(db):
    return db


@pytest.fixture
def accepted(city):
    """Accept a case at 咸安's window about the bare parcel in 通山."""
    new = town.application(city, "land_use_first", [town.BARE], ("holder", town.LI))
    return accept(city, town.CLERK, new, now=town.NOW, search_key=town.KEY)


@pytest.fixture
def follow(city):
    """Return a function that takes the primary action of each node until none is open."""

    def run(case_no, *, until=None, now=town.NOW):
        for _ in range(12):
            steps = open_steps(city, town.SUPERVISOR, case_no, now=now)
            primary = next((action for action in steps.allowed if action.primary), None)
            if primary is None or steps.node == until:
                return steps
            who = town.actor(
                f"{primary.role}_{primary.office}", primary.role, primary.office, county(primary.office)
            )
            act(city, who, case_no, primary.action, now=now)
        raise AssertionError("no end")

    return run


@pytest.fixture
def pay(city):
    def run(case_no):
        with city.transaction(SYSTEM) as conn:
            mark_paid(conn, case_no, "ORDER-1", town.NOW)

    return run


def county(office):
    return {"xianan": "421202", "tongshan": "421224"}[office]
