from datetime import UTC, date, datetime

import pytest

from data.clock import SystemClock, day_of


def test_the_day_is_that_of_shanghai():
    assert day_of(datetime(2023, 5, 4, 16, 0, tzinfo=UTC)) == date(2023, 5, 5)


def test_a_naive_instant_has_no_day():
    with pytest.raises(ValueError, match="naive"):
        day_of(datetime(2023, 5, 4, 16, 0))  # noqa: DTZ001  the case


def test_the_system_clock_is_aware():
    assert SystemClock().now().utcoffset() is not None
