"""A database of the module's own that can be emptied, and a folder in memory."""

from datetime import datetime

import pytest

from data.clock import SHANGHAI
from tests.money_proof import runs


@pytest.fixture(scope="module")
def place(module_db_url, superuser_url):
    with runs.place(module_db_url, superuser_url) as made:
        yield made


@pytest.fixture
def start():
    """Return an instant of a working morning."""
    return datetime(2026, 11, 26, 9, 0, tzinfo=SHANGHAI)
