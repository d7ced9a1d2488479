"""What web tests begin with: the small town and its money, a city of surveys, pages in Chromium."""

import pytest

from tests.flows.browser import browser
from tests.web.money_desk import Money, new_order, pay
from tests.web.serving import application, serving, visits
from tests.web.survey_city import City


@pytest.fixture(scope="module")
def db_source(request):
    """Return the database that clones begin as: the small town where the module is marked ``town``."""
    in_town = request.node.get_closest_marker("town")
    return request.getfixturevalue("town_template" if in_town else "template")


@pytest.fixture
def money(app, db):
    return Money(app, db)


@pytest.fixture
def order(money):
    return new_order(money)


@pytest.fixture
def paid(money, order):
    return pay(money, order)


@pytest.fixture
def city(app, db, tmp_path):
    return City(app, db, tmp_path)


@pytest.fixture(scope="module")
def served_money(module_db, tmp_path_factory):
    """The small town behind a running server that a module shares; ``url`` is its address."""
    app = application(module_db, tmp_path_factory.mktemp("home"))
    made = Money(app, module_db)
    with serving(app) as made.url:
        yield made


@pytest.fixture(scope="module")
def served_city(module_db, tmp_path_factory):
    """A city of surveys behind a running server that a module shares; ``url`` is its address."""
    app = application(module_db, tmp_path_factory.mktemp("home"))
    made = City(app, module_db, tmp_path_factory.mktemp("files"))
    with serving(app) as made.url:
        yield made


@pytest.fixture(scope="module")
def base(request):
    """Return the address of the server whose pages a module opens: the town's, or the city's of surveys."""
    in_town = request.node.get_closest_marker("town")
    return request.getfixturevalue("money" if in_town else "city").url


@pytest.fixture(scope="module")
def chromium(base):
    with browser(base) as found:
        yield found


@pytest.fixture
def open_as(chromium, base):
    with visits(chromium, base) as opened:
        yield opened
