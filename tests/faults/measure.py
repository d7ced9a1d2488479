"""How much of what was put in is found, and how much of what is found was put in."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from data.clock import SHANGHAI
from spatial.survey.checks import check
from spatial.survey.records import Finding, Report
from tests.faults.furnishing import furnished_world, report_on
from tests.faults.objects import OBJECTS
from tests.faults.partition import World, clean_world
from tests.faults.restricted import RESTRICTED
from tests.faults.seeding import FaultKind, Seeded, put_in
from tests.faults.shapes import SHAPES
from tests.faults.texts import TEXTS

KINDS: Sequence[FaultKind] = (*SHAPES, *TEXTS, *RESTRICTED)
# Put into a partition of its own, whose parcels have points, lines, buildings and flats.
OBJECT_KINDS: Sequence[FaultKind] = tuple(OBJECTS)
NOW = datetime(2026, 11, 24, 9, tzinfo=SHANGHAI)


@dataclass
class Score:
    """Faults of one rule put in and found; its findings, and those that no fault explains."""

    put: int = 0
    found: int = 0
    findings: int = 0
    false: int = 0

    @property
    def recall(self) -> float | None:
        return self.found / self.put if self.put else None

    @property
    def precision(self) -> float | None:
        return 1 - self.false / self.findings if self.findings else None

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"recall": self.recall, "precision": self.precision}


@dataclass
class Outcome:
    """What a run over seeded faults gave."""

    rules: dict[str, Score]
    missed: list[Seeded] = field(default_factory=list)
    false: list[Finding] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Add what another run gave."""
        for rule_id, score in other.rules.items():
            own = self.rules[rule_id]
            for name, number in asdict(score).items():
                setattr(own, name, getattr(own, name) + number)
        self.missed += other.missed
        self.false += other.false

    def missed_shapes(self) -> list[str]:
        """Return the kinds of faults in shapes of which one was missed."""
        return sorted({seed.kind.name for seed in self.missed if seed.kind.geometric})


def seeded_world(parcels: int, times: int, seed: int) -> tuple[World, list[Seeded]]:
    """Make a clean partition and put every kind of fault in so many times."""
    world = clean_world(parcels, seed)
    return world, put_in(world, list(KINDS), times, np.random.default_rng(seed))


def furnished_score(parcels: int, times: int, seed: int) -> Outcome:
    """Put every kind of fault in points, buildings and flats in so many times, and measure."""
    world = furnished_world(parcels, seed)
    seeded = put_in(world, list(OBJECT_KINDS), times, np.random.default_rng(seed))
    return score(world, seeded, report_on(world, NOW))


def score(world: World, seeded: Sequence[Seeded], report: Report | None = None) -> Outcome:
    """Check a world with faults, and compare what is told with what was put in."""
    context = world.context()
    report = report or check(context, now=NOW)
    numbers: dict[str, list[int]] = defaultdict(list)
    for at in range(len(context.features)):
        numbers[context.features.object_id(at)].append(at)
    told: dict[int | str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        for key in _objects(finding, numbers):
            told[key].append(finding)
    outcome = Outcome(defaultdict(Score))
    explained: set[int] = set()
    for fault in seeded:
        accepted = fault.kind.instead or {fault.kind.rule}
        may = accepted | fault.kind.also | {fault.kind.rule}
        own = [finding for key in (*fault.features, *fault.registered) for finding in told[key]]
        explained |= {id(finding) for finding in own if finding.rule_id in may}
        outcome.rules[fault.kind.rule].put += 1
        if any(finding.rule_id in accepted for finding in own):
            outcome.rules[fault.kind.rule].found += 1
        else:
            outcome.missed.append(fault)
    for finding in report.findings:
        outcome.rules[finding.rule_id].findings += 1
        if id(finding) not in explained:
            outcome.rules[finding.rule_id].false += 1
            outcome.false.append(finding)
    return outcome


def _objects(finding: Finding, numbers: dict[str, list[int]]) -> Iterable[int | str]:
    if finding.feature_no is not None:
        yield finding.feature_no - 1
    if finding.other_id is not None:
        yield finding.other_id
        yield from numbers.get(finding.other_id, ())
    if finding.feature_no is None:
        yield finding.object_id  # a parcel of the register that ends
        # A building or a flat has its parcel's code in its own.
        for name in (finding.object_id, finding.other_id or ""):
            yield from numbers.get(name[:19], ())
