"""Some seeds of the simulator: books and banks agree after every act, and in the end all is paid."""

import subprocess
import sys
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.money_proof.auditor import Breach

ROOT = Path(__file__).resolve().parents[2]
SEEDS = range(1, 5)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_ends_with_all_money_where_it_belongs(place, seed):
    done = place.simulate(seed)
    assert done.counts["told"] >= 5
    assert done.counts["worker"] >= 3 * 12
    assert done.counts["frozen"] >= 1


def test_a_seed_is_one_run(place):
    assert place.simulate(7, days=1).lines == place.simulate(7, days=1).lines


def test_seeds_meet_every_fault(place):
    """The faults that a run is made of do happen: here by what two days of one seed leave in its trace."""
    done = place.simulate(12, days=2)
    assert {"crash", "jump", "mood", "told"} <= set(done.counts)


def test_a_failing_seed_names_itself(place, monkeypatch):
    run = place.simulation(3, days=1)
    monkeypatch.setattr(type(run.world.book), "arrive", lambda *_: None)
    with pytest.raises(Breach, match="I4"):
        run.run()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 400))
def test_300_seeds(place, seed):
    assert place.simulate(seed).counts["told"] >= 5


def test_the_command_replays_a_seed(superuser_url):
    """``./ningtu money simulate`` on a cluster of its own."""
    assert conninfo_to_dict(superuser_url)
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "money", "simulate", "--seed", "7", "--days", "1"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert "seed 7 holds" in done.stdout
    assert " told " in done.stdout
