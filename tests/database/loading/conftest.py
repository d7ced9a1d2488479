"""A small synthetic city, loaded once."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from data.synthetic.city import CityOrder

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
ORDER = CityOrder(parcels=1500, cases=300, seed=3, until=date(2026, 11, 20))
SEARCH_KEY = b"key of the tests"


@pytest.fixture(scope="module")
def loaded(module_db):
    """Load the small city; returns the database and what was loaded."""
    from api.loading.city import load_city

    return module_db, load_city(module_db, ORDER, search_key=SEARCH_KEY, now=NOW)
