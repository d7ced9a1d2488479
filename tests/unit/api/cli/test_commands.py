import subprocess
import sys
from pathlib import Path

import pytest

from api.cli.announcement import announcement
from api.cli.bench import discover
from api.cli.installation import find_installation, kept_secret
from api.cli.preparation import choose_content
from data.settings import Settings

ROOT = Path(__file__).resolve().parents[4]
# What must not be loaded to print the list of commands.
HEAVY = (
    "psycopg",
    "sqlalchemy",
    "shapely",
    "geopandas",
    "flask",
    "folium",
    "weasyprint",
    "numpy",
    "pydantic",
)


@pytest.fixture
def installation(tmp_path, monkeypatch):
    monkeypatch.setenv("NINGTU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NINGTU_DATABASE_URL", "postgresql://x_login@127.0.0.1/x")
    return find_installation()


def test_help_loads_nothing_heavy():
    script = (
        "import sys; from api.cli.__main__ import build\n"
        "try: build()(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    for command in ("up", "down", "test", "check", "db", "bench", "user", "status", "tiles"):
        assert f"\n  {command} " in done.stdout


def test_a_secret_is_made_once_and_read_by_its_owner_only(tmp_path):
    first = kept_secret(tmp_path / "home", "x")
    assert kept_secret(tmp_path / "home", "x") == first
    assert len(first) >= 40
    assert (tmp_path / "home" / "x").stat().st_mode & 0o777 == 0o600


def test_what_the_first_start_chose_holds(installation):
    assert choose_content(installation, demo=None, empty=True) == "empty"
    assert choose_content(installation, demo=None, empty=False) == "empty"
    assert choose_content(installation, demo=False, empty=False) == "accounts"
    assert choose_content(installation, demo=None, empty=False) == "accounts"


def test_a_first_start_without_a_word_is_the_demo_city(installation):
    assert choose_content(installation, demo=None, empty=False) == "demo"


def test_processes_get_the_settings_of_the_installation(installation):
    environment = installation.environment()
    assert environment["NINGTU_SECRET_KEY"] == installation.settings.secret_key != ""
    assert environment["NINGTU_DATABASE_URL"] == "postgresql://x_login@127.0.0.1/x"
    assert Path(environment["NINGTU_HOME"]).is_absolute()


def test_the_announcement_says_address_accounts_and_sandbox(tmp_path):
    settings = Settings(
        home=tmp_path, port=8123, demo_password="pass-of-all", sandbox_channel_key="key-of-channel"
    )
    text = announcement(settings, "demo")
    for part in ("http://127.0.0.1:8123/", "pass-of-all", "clerk_tongshan", "sandbox", "key-of-channel"):
        assert part in text


def test_an_empty_city_tells_only_the_administrator(tmp_path):
    text = announcement(Settings(home=tmp_path), "empty")
    assert kept_secret(tmp_path, "admin_password") in text
    assert "clerk" not in text


def test_benchmarks_are_found_by_their_file_names():
    assert "tiles" in discover()
    assert "harness" not in discover()
