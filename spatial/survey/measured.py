"""Recall and precision of each rule, as the last published benchmark run measured them on seeded faults."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from spatial.survey.rules.catalogue import rule_set_sha256

MEASURED: Final = Path(__file__).with_name("measured.json")


@dataclass(frozen=True, slots=True)
class RuleMeasure:
    """Faults of a rule that were put in and found; its findings, and those that no fault explains."""

    put: int
    found: int
    findings: int
    false: int

    @property
    def recall(self) -> float | None:
        """Share of the faults that were found; None where none was put in."""
        return self.found / self.put if self.put else None

    @property
    def precision(self) -> float | None:
        """Share of the findings that a fault explains; None without findings."""
        return 1.0 - self.false / self.findings if self.findings else None


@dataclass(frozen=True, slots=True)
class Measures:
    """A published run.

    ``current`` tells whether the rules are still those that were measured.
    """

    measured_on: date
    parcels: int
    kinds: int
    times: int
    current: bool
    rules: dict[str, RuleMeasure]


@cache
def measures() -> Measures | None:
    """Return the last published run, None before the first."""
    if not MEASURED.exists():
        return None
    read = json.loads(MEASURED.read_text(encoding="utf-8"))
    return Measures(
        measured_on=date.fromisoformat(read["measured_on"]),
        parcels=read["parcels"],
        kinds=read["kinds"],
        times=read["times"],
        current=read["rule_set_sha256"] == rule_set_sha256(),
        rules={rule_id: RuleMeasure(**counts) for rule_id, counts in read["rules"].items()},
    )
