"""The audit of the register of rights: T40, T41, T43, and rights whose parcel is no more."""

import hashlib
import time
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow

from data.clock import day_of
from registry.rights.audit import store
from spatial.survey.records import Finding, Kind, Moment, Report, RuleResult, Run
from spatial.survey.rules.catalogue import RuleFacts, read_catalogue

Conn = Connection[TupleRow]
Row = dict[str, Any]
Said = tuple[str, Row]


def _several(row: Row) -> Said | None:
    return "T40_several", {"count": row["count"], "seqs": row["seqs"]}


def _not_one(row: Row) -> Said | None:
    total = sum((Fraction(num, den) for num, den in zip(row["nums"], row["dens"], strict=True)), Fraction())
    return None if total == 1 else ("T41_not_one", {"total": str(total), "seq": row["seq"]})


def _without_right(row: Row) -> Said | None:
    return "T43_without_right", {"kind": row["kind"], "seq": row["seq"]}


def _without_parcel(row: Row) -> Said | None:
    return "right_without_parcel", {"parcel": row["parcel"], "seq": row["seq"]}


RULES: dict[str, Callable[[Row], Said | None]] = {
    "T40": _several,
    "T41": _not_one,
    "T43": _without_right,
    "right_without_parcel": _without_parcel,
}


@cache
def catalogue() -> dict[str, RuleFacts]:
    """Return the rules' data in the order they run."""
    return read_catalogue(resources.files(__package__ or "").joinpath("catalogue.toml").read_text("utf-8"))


def audit(conn: Conn, *, now: datetime) -> Report:
    """Ask every rule of the whole register; nothing is written.

    Parameters
    ----------
    conn : Connection
        Open transaction that sees every county.
    now : datetime
        Aware instant; parcels in force on its day count.

    Returns
    -------
    Report
        Every rule is reported, passed or found; the object of a finding is the unit.
    """
    started = time.perf_counter()
    findings: list[Finding] = []
    results = []
    for rule_id, rule in catalogue().items():
        own = _ask(conn, rule, now)
        findings += own
        results.append(RuleResult(rule_id, "found" if own else "passed", len(own)))
    run = Run(
        rule_set_sha256=rule_set_sha256(),
        tolerance_m=0.0,
        base_revision=None,
        started_at=now,
        seconds=round(time.perf_counter() - started, 3),
        rules=results,
    )
    return Report(store.live_count(conn), findings, run)


def _ask(conn: Conn, rule: RuleFacts, now: datetime) -> list[Finding]:
    found = []
    for row in store.breaches(conn, rule.rule_id, day_of(now)):
        said = RULES[rule.rule_id](row)
        if said is not None:
            severity = rule.severity(Kind.NEW, "major", Moment.NIGHTLY)
            found.append(Finding(rule.rule_id, severity, row["unit_code"], said[0], params=said[1]))
    return found


@cache
def rule_set_sha256() -> str:
    """Return the hash of the rules' data, queries and code."""
    folder = resources.files(__package__ or "")
    files = [*folder.iterdir(), *folder.joinpath("sql").iterdir()]
    digest = hashlib.sha256()
    for entry in sorted(files, key=lambda found: found.name):
        if entry.name.endswith((".py", ".toml", ".sql")):
            digest.update(entry.name.encode() + b"\0" + entry.read_bytes() + b"\0")
    return digest.hexdigest()
