"""Calls that come while one runs are answered by the next run together, each with its own answer or fault."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from data.together import Together


class Desk:
    """Doubles numbers; its first run waits until it is let go."""

    def __init__(self, **more):
        self.runs = []
        self.begun, self.go = threading.Event(), threading.Event()
        self.together = Together(self.double, **more)

    def double(self, items):
        self.runs.append(sorted(items))
        if len(self.runs) == 1:
            self.begun.set()
            assert self.go.wait(10)
        if -1 in items:
            raise ValueError(-1)
        if -2 in items:
            raise SystemExit
        return [2 * item for item in items]

    def ask(self, pool, first, *others):
        """Ask with one item, and with others while it runs; returns their futures."""
        asked = [pool.submit(self.together.ask, first)]
        assert self.begun.wait(10)
        asked += [pool.submit(self.together.ask, item) for item in others]
        while len(self.together._waiting) < len(others):
            pass
        self.go.set()
        return asked


@pytest.fixture
def pool():
    with ThreadPoolExecutor(16) as made:
        yield made


def test_one_alone_runs_at_once():
    desk = Desk()
    desk.go.set()
    assert [desk.together.ask(item) for item in (1, 2)] == [2, 4]
    assert desk.runs == [[1], [2]]


def test_those_that_come_meanwhile_run_together(pool):
    desk = Desk()
    asked = desk.ask(pool, 1, 2, 3, 4, 5)
    assert [one.result(10) for one in asked] == [2, 4, 6, 8, 10]
    assert desk.runs == [[1], [2, 3, 4, 5]]


def test_a_run_has_its_limit(pool):
    desk = Desk(limit=2)
    asked = desk.ask(pool, 1, *range(2, 7))
    assert [one.result(10) for one in asked] == [2 * item for item in range(1, 7)]
    assert sorted(map(len, desk.runs)) == [1, 1, 2, 2]


def test_a_fault_is_told_to_its_own_item_only(pool):
    desk = Desk()
    asked = desk.ask(pool, 1, 2, -1, 3)
    assert [asked[n].result(10) for n in (0, 1, 3)] == [2, 4, 6]
    with pytest.raises(ValueError, match="-1"):
        asked[2].result(10)
    assert desk.runs[1:] == [[-1, 2, 3], [2], [-1], [3]]


def test_others_are_answered_though_the_thread_that_runs_them_ends(pool):
    desk = Desk()
    asked = desk.ask(pool, 1, -2, 3, 4)
    with pytest.raises(SystemExit):
        asked[1].result(10)
    assert [asked[n].result(10) for n in (0, 2, 3)] == [2, 6, 8]


def test_many_threads_lose_nothing():
    desk = Desk()
    desk.go.set()
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(desk.together.ask, range(2_000))) == [2 * item for item in range(2_000)]
    assert sorted(item for run in desk.runs for item in run) == list(range(2_000))
