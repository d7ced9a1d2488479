"""Keep a run of the audit of the register, and read what runs found."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

import shapely

from spatial.audits import store
from spatial.audits.errors import AuditUnknown
from spatial.audits.records import AuditRun, Gathered, Made, Row, RuleCount, Wanted
from spatial.survey.ground.store import latest_shapes
from spatial.survey.records import Finding, Report

# More findings of a rule are counted and not kept; they come in the order of codes.
MOST_KEPT: Final = 10_000
_COUNTY: Final = re.compile(r"[0-9]{6}")
_PARCEL_LENGTH: Final = 19
Keyed = dict[str, tuple[str, Finding]]


def gather(reports: Iterable[Report]) -> Gathered:
    """Add up reports of parts of the register."""
    found = Gathered()
    rules: dict[str, Counter[str]] = defaultdict(Counter)
    for report in reports:
        found.features += report.features
        for result in report.run.rules:
            rules[result.rule_id].update({result.result: 1, "counted": result.findings})
        for finding in report.findings:
            if rules[finding.rule_id]["kept"] < MOST_KEPT:
                rules[finding.rule_id]["kept"] += 1
                found.findings.append(finding)
    found.rules = dict(rules)
    return found


def keep(conn: store.Conn, found: Gathered, made: Made) -> AuditRun:
    """Keep a run with all its findings in the caller's transaction, compared with the run before.

    Parameters
    ----------
    conn : Connection
        Open transaction; whoever dies before it commits leaves nothing.
    found : Gathered
        Places EPSG:4547; findings without one get a point in the parcel of their object.
    made : Made
        How the run was made.
    """
    store.lock(conn)
    now = made.started_at
    fresh = _keyed(_placed(conn, found.findings))
    known = store.live(conn)
    new = [(key, county, one) for key, (county, one) in fresh.items() if key not in known]
    gone = [
        (finding_id, rule, county) for key, (finding_id, rule, county) in known.items() if key not in fresh
    ]
    severities = Counter(one.severity.value for _, one in fresh.values())
    run_id = store.insert_run(
        conn,
        {
            **asdict(made),
            "features": found.features,
            "rules": {rule_id: dict(counts) for rule_id, counts in found.rules.items()},
            "errors": severities["error"],
            "warnings": severities["warning"],
            "infos": severities["info"],
            "appeared": len(new),
            "gone": len(gone),
        },
    )
    store.insert_counts(conn, run_id, list(_counts(fresh, new, gone)))
    store.insert_findings(conn, run_id, new, now=now)
    again = [(known[key][0], one.measured) for key, (_, one) in fresh.items() if key in known]
    store.see_again(conn, run_id, again, now=now)
    store.let_go(conn, run_id, [finding_id for finding_id, _, _ in gone], now=now)
    return run_of(conn, run_id)


def is_kept(conn: store.Conn, job_id: int) -> bool:
    """Tell whether the run of a job is kept."""
    return store.has_run(conn, job_id)


def run_of(conn: store.Conn, run_id: int | None) -> AuditRun:
    """Return a run, the last without a key.

    Raises
    ------
    AuditUnknown
    """
    found = store.fetch_run(conn, run_id) if run_id is not None else None
    if run_id is None:
        found = next(iter(store.fetch_runs(conn, before=None, limit=1)), None)
    if found is None:
        raise AuditUnknown(run_id=run_id)
    return found


def runs(conn: store.Conn, *, before: int | None, limit: int) -> list[AuditRun]:
    """Return runs, newest first."""
    return store.fetch_runs(conn, before=before, limit=limit)


def counts(conn: store.Conn, run_id: int, county_code: str | None) -> list[RuleCount]:
    """Return what a run counted, of one county or of all."""
    return store.fetch_counts(conn, run_id, county_code)


def findings(conn: store.Conn, run_id: int, wanted: Wanted) -> list[Row]:
    """Return findings of a run; of an earlier run what is measured is of when it was last seen."""
    return store.fetch_findings(conn, run_id, wanted)


def county_of(object_id: str) -> str:
    """Return the county in a code, empty where it has none.

    Examples
    --------
    >>> county_of("421202001004GB00011"), county_of("#3")
    ('421202', '')
    """
    found = _COUNTY.match(object_id)
    return found[0] if found else ""


def _placed(conn: store.Conn, found: Sequence[Finding]) -> list[Finding]:
    """Give findings without a place a point in the parcel of their object, the latest the register knows."""
    wanted = {one.object_id[:_PARCEL_LENGTH] for one in found if one.place is None}
    shapes = latest_shapes(conn, sorted(wanted)) if wanted else {}
    inside: dict[str, Any] = {code: shapely.point_on_surface(shape) for code, shape in shapes.items()}
    return [
        one if one.place is not None else replace(one, place=inside.get(one.object_id[:_PARCEL_LENGTH]))
        for one in found
    ]


def _keyed(found: Iterable[Finding]) -> Keyed:
    """Name each finding so that another run names it alike; equal ones are numbered."""
    keyed: Keyed = {}
    times: Counter[tuple[str, ...]] = Counter()
    for one in found:
        facts = (one.rule_id, one.severity.value, one.message, one.object_id, one.other_id or "", _where(one))
        times[facts] += 1
        text = "\0".join((*facts, str(times[facts])))
        key = hashlib.sha256(text.encode()).hexdigest()[:32]
        keyed[key] = (county_of(one.object_id), one)
    return keyed


def _where(one: Finding) -> str:
    """Return the middle of the place to a decimetre."""
    if one.place is None or shapely.is_empty(one.place):
        return ""
    west, south, east, north = shapely.bounds(one.place)
    return f"{(west + east) / 2:.1f} {(south + north) / 2:.1f}"


def _counts(
    fresh: Keyed, new: list[tuple[str, str, Finding]], gone: list[tuple[int, str, str]]
) -> Iterator[RuleCount]:
    all_ = Counter((one.rule_id, county) for county, one in fresh.values())
    appeared = Counter((one.rule_id, county) for _, county, one in new)
    ended = Counter((rule_id, county) for _, rule_id, county in gone)
    for at in sorted(all_ | ended):
        yield RuleCount(*at, all_[at], appeared[at], ended[at])
