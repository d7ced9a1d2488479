"""Mutated files of every format: content with findings or a named refusal, within time, memory and folder."""

import json
import os
import random
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pytest

from spatial.survey.readers.identify import identify
from spatial.survey.readers.limits import UPLOAD
from spatial.survey.readers.records import Unreadable
from spatial.survey.readers.sandbox import _environment, driver_kind
from spatial.survey.readers.wire import read_content, read_problem
from tests.fuzz.mutations import mutate
from tests.fuzz.server import HANG_S
from tests.unit.spatial.survey.readers.files import EVERY

ROOT = Path(__file__).parents[2]
SHORT, LONG = 100, 2_000
SEED = int(os.environ.get("FUZZ_SEED", "20261125"))
MEMORY_KIB = 2 * 1024 * 1024
CODES = {
    "unreadable_file", "crs_missing", "crs_contradicted", "axes_swapped", "zone_prefix", "datum_refused",
    "archive_unsafe", "geometry_not_finite", "too_deep", "wrong_type", "too_large", "source_layer_unknown",
}  # fmt: skip


@contextmanager
def serving(kind, path, folder, crs):
    command = [sys.executable, "-m", "tests.fuzz.server", kind, str(path), crs or ""]
    environment = {**_environment(folder, driver_kind(kind, path)), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        yield server
        server.stdin.close()
        server.wait(30)


def tried(server, path, name, folder, crs):
    """Read one file as the product does; returns what became of it."""
    try:
        with path.open("rb") as file:
            kind = identify(name, file.read(4096))
    except Unreadable as problem:
        return problem.code
    request = {
        "path": str(path),
        "kind": kind,
        "source_layer": None,
        "crs": crs,
        "axes": None,
        "limits": asdict(UPLOAD),
    }
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    ended = asked(server, folder)
    if ended["seconds"] >= HANG_S:  # a file that hangs does so again; a machine that was halted does not
        clear(folder)
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        ended = asked(server, folder)
    assert ended["seconds"] < HANG_S, ended
    assert ended["peak_kib"] < MEMORY_KIB, ended
    if ended["status"] < 0:  # died of a signal: the product calls it an unreadable file
        return f"signal {-ended['status']}"
    assert ended["status"] == 0, (folder / "traceback").read_text(encoding="utf-8")
    problem = read_problem(folder)
    if problem is not None:
        return problem.code
    assert len(read_content(folder).geoms)
    return "content"


def visible():
    """Name what lies in the root; folders with a dot are those of tools that may run beside."""
    return {found.name for found in ROOT.iterdir() if not found.name.startswith(".")}


def asked(server, folder):
    server.stdin.write(f"{folder}\n")
    server.stdin.flush()
    return json.loads(server.stdout.readline())


def clear(folder):
    for found in sorted(folder.rglob("*"), reverse=True):
        found.rmdir() if found.is_dir() and not found.is_symlink() else found.unlink()


def run(name, count, tmp_path):
    make, crs = EVERY[name]
    (tmp_path / "valid").mkdir()
    valid = make(tmp_path / "valid")
    data, suffix = valid.read_bytes(), valid.suffix
    place = tmp_path / "place"
    scratch = place / "scratch"
    scratch.mkdir(parents=True)
    path = tmp_path / f"mutated{suffix}"
    outcomes: dict[str, int] = {}
    with valid.open("rb") as file:
        kind = identify(valid.name, file.read(4096))
    before = visible()
    with serving(kind, valid, scratch, crs) as server:
        for number in range(count):
            dice = random.Random(f"{SEED}/{name}/{number}")
            path.write_bytes(mutate(data, dice))
            try:
                outcome = tried(server, path, f"a{suffix}", scratch, crs)
            except AssertionError as error:
                kept = Path(os.environ.get("FUZZ_KEEP", tmp_path)) / f"{name}_{number}{suffix}"
                kept.write_bytes(path.read_bytes())
                raise AssertionError(f"seed {SEED}/{name}/{number}, kept as {kept}") from error
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            assert [found.name for found in place.iterdir()] == ["scratch"], number
            clear(scratch)
    assert visible() - before <= {"__pycache__"}
    assert {outcome for outcome in outcomes if not outcome.startswith("signal")} <= CODES | {"content"}
    return outcomes


@pytest.mark.parametrize("name", EVERY)
def test_no_mutated_file_breaks_its_reader(name, tmp_path):
    outcomes = run(name, SHORT, tmp_path)
    assert outcomes.get("content", 0) < SHORT  # the mutations are felt
    assert len(outcomes) > 1
    died = {outcome: times for outcome, times in outcomes.items() if outcome.startswith("signal")}
    assert sum(died.values()) <= SHORT // 20, died


@pytest.mark.long
@pytest.mark.parametrize("name", EVERY)
def test_no_mutated_file_breaks_its_reader_in_a_long_run(name, tmp_path, capsys):
    outcomes = run(name, LONG, tmp_path)
    with capsys.disabled():
        print(f"\n{name}: {json.dumps(outcomes, sort_keys=True)}")
    assert sum(outcomes.values()) == LONG
