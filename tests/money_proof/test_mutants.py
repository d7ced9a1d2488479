"""Seeded bugs (``mutants.toml``) are caught, each by the test it names; some of those tests are here."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from registry.clearing import iso
from tests.money_proof.auditor import Auditor
from tests.money_proof.history import Acts
from tests.money_proof.world import World

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = tomllib.loads((Path(__file__).parent / "mutants.toml").read_text(encoding="utf-8"))["mutant"]
CODE = ("api", "data", "registry", "spatial", "tiles", "webmap", "tests", "pyproject.toml")
LEAST = 20


@pytest.fixture
def world(place, start):
    from tests.money_proof import runs

    runs.forget(place.superuser_url, place.tables)
    world = World(place.url, place.superuser_url, place.folder, start)
    yield world
    world.close()


def test_every_amount_is_read_as_it_was_written():
    for fen in (0, 1, 10, 57, 99, 1_15, 4_35, 1_001, 55_000, 1_234_567, 10**13 - 1):
        assert iso.fen(iso.amount_text(fen)) == fen


def test_one_order_of_fees_and_taxes_of_three_counties(world):
    auditor = Auditor(world.superuser_url, world)
    parts = [(kind, county) for kind in ("nontax", "tax") for county in ("421202", "421224", "421281")]
    lines = [(kind, county, 1_000 + n, "a") for n, (kind, county) in enumerate(parts)]
    order = world.issue(lines)
    world.deliver(world.message(order.code, order.fen, txn="T1"))
    assert world.close_day().state == "done"
    auditor.check()
    assert len(world.bank.book) == 6
    auditor.close()


def test_every_odd_message_leaves_its_difference(world):
    auditor, acts = Auditor(world.superuser_url, world), Acts(world)
    for _ in range(2):
        world.issue([("nontax", "421224", 55_000, "a")])
    acts.pay(0, 1)
    acts.pay(0, late=True)
    acts.pay(1)
    acts.pay(1)
    acts.contradict(0, 5)
    acts.pay_for_nobody(7)
    acts.mumble(1)
    auditor.check()
    assert sum(world.book.breaks.values()) == 6
    auditor.close()


# ---------------------------------------------------------------- the bugs


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant["words"])
def test_a_mutant_fits_the_code(mutant):
    """The list keeps up with the code: what is to be changed stands there once, and the test exists."""
    text = (ROOT / mutant["file"]).read_text(encoding="utf-8")
    assert text.count(mutant["old"]) == 1
    file, _, name = mutant["test"].partition("::")
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")


SQL = ROOT / "data" / "migrations" / "sql"


@pytest.mark.parametrize(
    "mutant", [one for one in MUTANTS if one["file"].endswith(".sql")], ids=lambda mutant: mutant["words"]
)
def test_a_mutant_of_a_function_is_in_force(mutant):
    """No later migration replaces the function: a bug in one that is gone would be caught by nobody."""
    before, _, _ = (ROOT / mutant["file"]).read_text(encoding="utf-8").partition(mutant["old"])
    _, found, rest = before.rpartition("FUNCTION money.")
    if not found or "END $$;" in rest or "\n$$;" in rest:
        return
    name = re.match(r"\w+", rest)[0]
    own = SQL / Path(mutant["file"]).name
    later = [path for path in sorted(SQL.glob("*.sql")) if path.name > own.name]
    made = re.compile(rf"FUNCTION money\.{name}\(")
    assert [path.name for path in later if made.search(path.read_text(encoding="utf-8"))] == []


def test_there_are_enough_mutants():
    assert len({mutant["words"] for mutant in MUTANTS}) >= LEAST


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of the code that can be changed."""
    folder = tmp_path_factory.mktemp("mutants")
    for name in CODE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def run_test(copy, test):
    """Run one test in the copy; returns pytest's code and the end of what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test],
        capture_output=True,
        text=True,
        check=False,
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return done.returncode, done.stdout[-2000:]


@pytest.mark.long
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant["words"])
def test_a_mutant_is_caught_by_its_test(superuser_url, copy, mutant):
    assert superuser_url
    file = copy / mutant["file"]
    sound = file.read_text(encoding="utf-8")
    assert sound.count(mutant["old"]) == 1
    try:
        file.write_text(sound.replace(mutant["old"], mutant["new"]), encoding="utf-8")
        code, said = run_test(copy, mutant["test"])
    finally:
        file.write_text(sound, encoding="utf-8")
    assert code == 1, said
    assert "1 failed" in said or "1 error" in said, said
