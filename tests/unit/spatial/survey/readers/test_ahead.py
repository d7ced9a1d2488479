"""Work one step ahead in a thread."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from spatial.survey.readers.ahead import ahead


def test_everything_comes_in_order() -> None:
    assert list(ahead(iter(range(5)))) == [0, 1, 2, 3, 4]
    assert list(ahead(iter(()))) == []


def test_the_next_item_is_made_while_one_is_used() -> None:
    made = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        made.set()
        yield 2

    with closing(ahead(items())) as found:
        assert next(found) == 1
        assert made.wait(10)


def test_what_an_item_raises_comes_at_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("second")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="second"):
        next(found)


def test_closing_waits_for_the_item_being_made() -> None:
    began, go, done = threading.Event(), threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        yield 1
        began.set()
        go.wait(10)
        done.set()
        yield 2

    found = ahead(items())
    assert next(found) == 1
    assert began.wait(10)
    threading.Timer(0.05, go.set).start()
    found.close()
    assert done.is_set()
