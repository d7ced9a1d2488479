"""Survey checks: time and memory of a large upload, the overlap report, recall and precision by rule."""

import json
import pickle
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from spatial.survey.checks import RULES, check, run_rule
from spatial.survey.measured import MEASURED
from spatial.survey.rules.catalogue import catalogue, rule_set_sha256
from tests.benchmarks.harness import ROOT, Context, Result, timed
from tests.faults.measure import KINDS, NOW, OBJECT_KINDS, Outcome, furnished_score, score
from tests.faults.partition import World, clean_world
from tests.faults.seeding import put_in

NAME = "checks"
PARCELS = 80_000
# What a full check of so many parcels with its neighbours may take on two cores, and may hold.
SECONDS = 10.0
MEMORY_MIB = 1024.0
SEED = 11
# Parcels with points, lines, buildings and flats for each time that every fault of them is put in.
FURNISHED_EACH = 400


def run(ctx: Context) -> list[Result]:
    count, times = ctx.pick(PARCELS, 5_000), ctx.pick(20, 3)
    ctx.say(f"clean partition of {count:,} parcels and a tenth registered among them")
    world = clean_world(count, SEED)
    results = [*whole(ctx, world, count), *overlaps(ctx, world, count), memory(ctx, world, count)]
    false = len(check(world.context(), now=NOW).findings)
    clean = ctx.result(NAME, "findings on the clean partition", false, "1", ratio=false, goal="<= 0", n=count)
    ctx.say(f"{len(KINDS)} kinds of faults, {times} times each")
    outcome = score(world, put_in(world, list(KINDS), times, np.random.default_rng(SEED)))
    furnished = FURNISHED_EACH * times
    ctx.say(f"{len(OBJECT_KINDS)} kinds more in {furnished:,} parcels with points, buildings and flats")
    outcome.add(furnished_score(furnished, times, SEED))
    if ctx.publish:
        publish(outcome, count, times)
    return [*results, clean, *found(ctx, outcome)]


def whole(ctx: Context, world: World, count: int) -> list[Result]:
    contexts = iter([world.context() for _ in range(3)])
    seconds = ctx.measure(lambda: check(next(contexts), now=NOW), rounds=3)
    limit = SECONDS * count / PARCELS
    return [
        ctx.result(NAME, "full check", seconds, "s", limit=limit, limit_name="allowed", goal="<= 1", n=count)
    ]


def overlaps(ctx: Context, world: World, count: int) -> list[Result]:
    """Compare the overlap report with what no check can do without, and with geopandas."""
    geoms = world.context().features.geoms
    frame = gpd.GeoDataFrame(geometry=geoms, crs=4547)

    def least() -> None:
        shapely.is_valid(geoms)
        shapely.STRtree(geoms).query(geoms)

    def report() -> None:
        context = world.context()
        context.ground = type(context.ground)()
        seconds.append(timed(lambda: run_rule(catalogue()["T10"], RULES["T10"], context)))

    def joined() -> None:
        gpd.sjoin(frame, frame, predicate="overlaps")

    seconds: list[float] = []
    others = ctx.interleave({"least": least, "report": report, "sjoin": joined}, rounds=3)
    rate = count / sorted(seconds)[1]
    return [
        ctx.result(
            NAME,
            f"overlap report against {name}",
            rate,
            "parcels/s",
            limit=count / others[key],
            limit_name=name,
            goal=goal,
            n=count,
        )
        for key, name, goal in (
            ("least", "is_valid + tree + box pairs", ">= 0.10"),
            ("sjoin", "geopandas sjoin overlaps", ">= 2"),
        )
    ]


def memory(ctx: Context, world: World, count: int) -> Result:
    """Measure the most that a process of its own holds while it checks, imports and upload included."""
    with tempfile.TemporaryDirectory(prefix="ningtu-bench-") as folder:
        path = Path(folder) / "world.pickle"
        path.write_bytes(pickle.dumps(world))
        command = [sys.executable, "-m", "tests.benchmarks.bench_checks", str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    used = float(done.stdout)
    return ctx.result(
        NAME, "peak memory", used, "MiB", limit=MEMORY_MIB, limit_name="allowed", goal="<= 1", n=count
    )


def found(ctx: Context, outcome: Outcome) -> list[Result]:
    shapes = [kind for kind in KINDS if kind.geometric]
    missed = len(outcome.missed_shapes())
    results = [
        ctx.result(
            NAME,
            "kinds of faults in shapes all found",
            len(shapes) - missed,
            "kinds",
            limit=len(shapes),
            limit_name="kinds",
            goal=">= 1",
            n=len(shapes),
        )
    ]
    for rule_id, rule in sorted(outcome.rules.items()):
        for name, share, number in (
            ("recall", rule.recall, rule.put),
            ("precision", rule.precision, rule.findings),
        ):
            if share is not None:
                results.append(ctx.result(NAME, f"{name} {rule_id}", share, "1", n=number))
    return results


def publish(outcome: Outcome, parcels: int, times: int) -> None:
    """Write recall and precision for the catalogue page.

    Raises
    ------
    ValueError
        If the run was a small one.
    """
    if parcels < PARCELS:
        raise ValueError("only a full run is published")
    content = {
        "measured_on": datetime.now(UTC).date().isoformat(),
        "rule_set_sha256": rule_set_sha256(),
        "parcels": parcels,
        "kinds": len(KINDS) + len(OBJECT_KINDS),
        "times": times,
        "rules": {
            rule_id: {"put": rule.put, "found": rule.found, "findings": rule.findings, "false": rule.false}
            for rule_id, rule in sorted(outcome.rules.items())
        },
    }
    MEASURED.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _check_alone(path: Path) -> None:
    world: World = pickle.loads(path.read_bytes())
    check(world.context(), now=NOW)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0)


if __name__ == "__main__":
    _check_alone(Path(sys.argv[1]))
