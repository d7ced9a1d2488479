"""The shell half of the launcher, in a checkout whose environment is there; its Python half only answers."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
CLI = "import sys\nprint('reached', *sys.argv[1:])\n"
PACKAGES_REFUSED = "import sys\nsys.stderr.write('one command\\n')\nsys.exit(1)\n"


@pytest.fixture
def checkout(tmp_path):
    """A clone below a name with spaces and Chinese; system packages can never be had."""
    checkout = tmp_path / "宁图 clone"
    for name, text in {
        "data/cluster/packages.py": PACKAGES_REFUSED,
        "api/cli/__main__.py": CLI,
        "requirements.txt": "none\n",
        "pyproject.toml": "[project]\n",
    }.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text)
    shutil.copy2(ROOT / "ningtu", checkout / "ningtu")
    return checkout


def with_environment(checkout):
    venv = checkout / ".ningtu" / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    (venv / ".place").write_text(str(venv))
    digest = hashlib.sha256((checkout / "requirements.txt").read_bytes()).hexdigest()
    (venv / ".runtime").write_text(f"{digest}  -")


def launch(checkout, *arguments):
    # The launcher that runs this suite names the true checkout there.
    dropped = ("NINGTU_", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return subprocess.run(
        [str(checkout / "ningtu"), *arguments],
        cwd="/",
        env=kept,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", ["up", "test", "check", "bench", "city", "db"])
def test_help_needs_no_system_packages_and_no_developers_tools(checkout, command):
    with_environment(checkout)
    done = launch(checkout, command, "--help")
    assert done.stdout == f"reached {command} --help\n", done.stderr
    assert done.returncode == 0


def test_what_cannot_be_brought_ends_with_1_and_changes_nothing(checkout):
    before = sorted(checkout.rglob("*"))
    done = launch(checkout, "up")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "one command\n")
    assert [path for path in sorted(checkout.rglob("*")) if "__pycache__" not in path.parts] == before


def test_nothing_is_installed_beside_an_environment(checkout):
    with_environment(checkout)
    (checkout / ".ningtu" / "venv" / ".runtime").unlink()
    done = launch(checkout, "money", "close-day")
    assert "Could not find an activated virtualenv" in done.stderr
    assert done.returncode == 1


def test_a_command_without_a_need_goes_straight_on(checkout):
    with_environment(checkout)
    done = launch(checkout, "money", "close-day", "a day with spaces")
    assert done.stdout == "reached money close-day a day with spaces\n", done.stderr
