"""Answer calls that come at the same time by one run (group commit).

A call that finds nobody at work runs at once and alone. Calls that come while one runs wait for it; then one
of them runs them all. No timer, no thread of its own, and the busier it is the more each run does.

The next run begins before those that were answered go on, and each of these wakes the next: were all woken at
once, the thread that runs would wait for the interpreter behind all of them, with every step it takes.
"""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise
from threading import Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class _Call(Generic[Item, Answer]):
    """One item that waits for its answer, or for its turn to run."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.answers: list[Answer] = []
        self.error: Exception | None = None
        self.after: _Call[Item, Answer] | None = None
        self.sleep = Lock()
        self.sleep.acquire()

    @property
    def done(self) -> bool:
        return bool(self.answers) or self.error is not None

    def answer(self) -> Answer:
        if self.error is not None:
            raise self.error
        return self.answers[0]


class Together(Generic[Item, Answer]):
    """Runs items together that several threads bring.

    Parameters
    ----------
    run : callable
        Takes items, returns their answers in the same order; all or nothing when it raises. What it does must
        bear being done again.
    limit : int
        Most items of one run.
    """

    def __init__(self, run: Callable[[Sequence[Item]], Sequence[Answer]], *, limit: int = 128) -> None:
        self._run = run
        self._limit = limit
        self._lock = Lock()
        self._running = False
        self._waiting: deque[_Call[Item, Answer]] = deque()

    def ask(self, item: Item) -> Answer:
        """Return the answer to an item, run with those of other threads if some wait.

        Raises
        ------
        Exception
            What the run raises for this item alone; the fault of another's item is not ours.
        """
        mine: _Call[Item, Answer] = _Call(item)
        with self._lock:
            self._waiting.append(mine)
            wait, self._running = self._running, True
        if wait:
            mine.sleep.acquire()
            if mine.after is not None:
                mine.after.sleep.release()
        if not mine.done:
            self._run_next()
        return mine.answer()

    def _run_next(self) -> None:
        """Run what waits, this thread's item first; then wake who runs next, and the others in a row."""
        with self._lock:
            calls = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._limit))]
        try:
            self._answer(calls)
        finally:
            # Undone are those of others whose run was ended with this thread: theirs to run again.
            done = [call for call in calls[1:] if call.done]
            undone = [call for call in calls[1:] if not call.done]
            for call, after in pairwise(done):
                call.after = after
            with self._lock:
                self._waiting.extendleft(reversed(undone))
                self._running = bool(self._waiting)
                woken = list(self._waiting)[:1] + done[:1]
            for call in woken:
                call.sleep.release()

    def _answer(self, calls: Sequence[_Call[Item, Answer]]) -> None:
        try:
            answers = self._run([call.item for call in calls])
        except Exception as error:  # noqa: BLE001 - raised again, to whom it belongs
            if len(calls) == 1:
                calls[0].error = error
            else:
                for call in calls:
                    self._answer([call])
            return
        for call, answer in zip(calls, answers, strict=True):
            call.answers.append(answer)
