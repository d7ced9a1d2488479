"""What goes wrong between a sandbox channel and us, by its switch and a seed."""

from dataclasses import dataclass
from random import Random

from registry.payments.records import Switch

# A message that lets others go first goes by itself after so long.
BEHIND_S = 120


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one copy of a message: it waits, whether others go first, whether it is lost."""

    delay_s: float
    behind: bool
    lost: bool


def fates(switch: Switch, payment_code: str, kind: str) -> list[Fate]:
    """Return the copies of a message with what becomes of each; the same seed and payment give the same.

    Examples
    --------
    >>> fates(Switch("sandbox"), "42122611241234567894", "paid")
    [Fate(delay_s=0.0, behind=False, lost=False)]
    """
    chance = Random(f"{switch.seed}:{switch.channel}:{payment_code}:{kind}")  # noqa: S311  faults, no secrets

    def happens(percent: int) -> bool:
        return chance.random() * 100 < percent

    copies = 2 if happens(switch.duplicate_pct) else 1
    return [
        Fate(chance.uniform(0.5, 1.0) * switch.delay_s, happens(switch.reorder_pct), happens(switch.lose_pct))
        for _ in range(copies)
    ]
