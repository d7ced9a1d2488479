"""What the command line says to words it does not know, before it opens anything."""

import fcntl
import os
from functools import cache

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from api.cli import installation
from api.cli.__main__ import build
from api.cli.up import _alone

RUNNER = CliRunner()
# design.md calls these the contract of the command line.
CONTRACT = (
    "up --port --host --no-demo --empty --detach",
    "test",
    "check",
    "db upgrade",
    "db reset",
    "db backup",
    "db restore",
    "db psql",
    "import --layer --crs --source",
    "survey check --json --gpkg",
    "money close-day",
    "money reconcile",
    "money statement",
    "money verify",
    "money replay-decisions",
    "tiles build --layer",
    "city generate --parcels --seed",
    "city story --json",
    "bench --json --quick",
    "user add",
    "user passwd",
    "user token",
)


@pytest.fixture
def closed(monkeypatch):
    """Commands that open the city fail."""

    def refuse(**_named):
        raise AssertionError("the city was opened")

    monkeypatch.setattr(installation, "open_city", refuse)
    monkeypatch.setattr(installation, "running_installation", refuse)


@cache
def cli():
    return build()


def paths(command=None, words=()):
    command = command or get_command(cli())
    for name, below in getattr(command, "commands", {}).items():
        yield (*words, name)
        yield from paths(below, (*words, name))


@pytest.mark.parametrize("words", sorted(paths()), ids=" ".join)
def test_every_command_has_help_and_refuses_an_unknown_option(words):
    assert f"Usage: ./ningtu {' '.join(words)}" in run(*words, "--help").output
    if words == ("test",):  # everything it does not know is pytest's
        return
    refused = run(*words, "--nonsense")
    assert refused.exit_code == 2
    assert "--help" in refused.output


def test_a_command_stands_in_one_place():
    assert {("money", "issue-bills"), ("money", "channel-key")} <= set(paths())
    top, below = ({words[-1] for words in paths() if (len(words) == 1) is alone} for alone in (True, False))
    assert top & below == {"check"}  # ./ningtu check and ./ningtu survey check


@pytest.mark.parametrize("line", CONTRACT)
def test_what_the_contract_names_is_there(line):
    words = [word for word in line.split() if not word.startswith("--")]
    shown = run(*words, "--help")
    assert shown.exit_code == 0
    assert [word for word in line.split() if word.startswith("--") and word not in shown.output] == []


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(
    "line",
    [
        "money close-day yesterday",
        "money reconcile 2026-02-30",
        "money replay-decisions x",
        "money statement /nowhere.csv",
        "money statement /",
        "city generate --until soon",
        "city generate --parcels 10",
        "import /nowhere.gpkg --layer use_surface",
        "import /etc/hostname --layer bogus",
        "import /etc/hostname --kind bogus",
        "import /etc/hostname --effective-on soon",
        "survey check /nowhere.gpkg",
    ],
)
def test_a_wrong_word_is_refused_before_anything_is_opened(line):
    refused = run(*line.split())
    assert refused.exit_code == 2, refused.output
    assert "Error: " in refused.output


def test_a_second_start_at_the_same_time_is_refused(tmp_path, capsys):
    with _alone(tmp_path):
        with pytest.raises(typer.Exit), _alone(tmp_path):
            pytest.fail("two at once")
        assert "another ./ningtu up" in capsys.readouterr().err
    # Afterwards it is free again.
    descriptor = os.open(tmp_path / "up.lock", os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)


def run(*words):
    return RUNNER.invoke(cli(), list(words), prog_name="./ningtu")
