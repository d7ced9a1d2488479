from dataclasses import fields
from pathlib import Path

import pytest

from data.settings import Settings, load_settings


def test_environment_wins_over_file(tmp_path):
    home = tmp_path / ".ningtu"
    home.mkdir()
    (home / "settings.toml").write_text("port = 9000\nworkers = 3\n")
    settings = load_settings({"NINGTU_PORT": "9001"}, root=tmp_path)
    assert (settings.port, settings.workers) == (9001, 3)


def test_unknown_name_is_refused(tmp_path):
    with pytest.raises(ValueError, match="unknown settings: prot"):
        load_settings({"NINGTU_PROT": "1"}, root=tmp_path)


def test_lists_and_flags_are_read(tmp_path):
    settings = load_settings({"NINGTU_TRUSTED_HOSTS": "a, b", "NINGTU_SECURE_COOKIES": "true"}, root=tmp_path)
    assert settings.trusted_hosts == ("a", "b")
    assert settings.secure_cookies is True


def test_secrets_are_not_shown():
    assert "hidden" not in repr(Settings(secret_key="hidden", demo_password="hidden"))


def test_at_most_25_settings_each_in_the_readme():
    readme = Path("README.md").read_text(encoding="utf-8")
    names = [f"NINGTU_{entry.name.upper()}" for entry in fields(Settings)]
    assert len(names) <= 25
    assert [name for name in names if name not in readme] == []
