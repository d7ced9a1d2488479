"""How long a message has been without an answer, by a clock that nobody sets.

The bank's "absent" is proof only a while after a message left. The time of day does not measure that while:
when the clock jumps, or is set right, a minute is an hour, and a message that the bank does not show yet is
sent, and paid, a second time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from data.clock import Reading

SUFFIX = ".wait"


@dataclass(frozen=True, slots=True)
class Waits:
    """Notes of when messages left, beside the payout files; they hold until the machine starts again."""

    folder: Path
    steady: Callable[[], Reading]

    def begin(self, msg_id: str) -> None:
        """Note that a message leaves now."""
        reading = self.steady()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._path(msg_id).write_text(f"{reading.boot} {reading.seconds!r}", encoding="ascii")

    def end(self, msg_id: str) -> None:
        """Forget a message: the bank has it."""
        self._path(msg_id).unlink(missing_ok=True)

    def waited_s(self, msg_id: str) -> float:
        """Return for how many seconds at least a message has been away.

        Without a note of this machine's since it started the wait begins now: nobody knows how long it was.
        """
        now = self.steady()
        left = self._read(msg_id)
        if left is None or left.boot != now.boot:
            self.begin(msg_id)
            return 0.0
        return now.seconds - left.seconds

    def _read(self, msg_id: str) -> Reading | None:
        try:
            boot, _, seconds = self._path(msg_id).read_text(encoding="ascii").partition(" ")
            return Reading(boot, float(seconds))
        except (OSError, ValueError):
            return None

    def _path(self, msg_id: str) -> Path:
        return self.folder / f"{msg_id}{SUFFIX}"
