from dataclasses import fields
from pathlib import Path

import pytest

from data.settings import Settings, SettingsUnfit, load_settings


def test_environment_wins_over_file(tmp_path):
    home = tmp_path / ".ningtu"
    home.mkdir()
    (home / "settings.toml").write_text("port = 9000\nworkers = 3\n")
    settings = load_settings({"NINGTU_PORT": "9001"}, root=tmp_path)
    assert (settings.port, settings.workers) == (9001, 3)


def test_unknown_name_is_refused(tmp_path):
    with pytest.raises(SettingsUnfit) as refused:
        load_settings({"NINGTU_PROT": "1"}, root=tmp_path)
    assert refused.value.params["reason"] == "unknown: prot"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "70000"),
        ("WORKERS", "0"),
        ("SECURE_COOKIES", "ture"),
        ("CLOCK", "sandbx"),
        ("SANDBOX_BANK", "nods"),
        ("CUTOFF", "half past five"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused_with_its_name(tmp_path, name, value):
    with pytest.raises(SettingsUnfit) as refused:
        load_settings({f"NINGTU_{name}": value}, root=tmp_path)
    assert refused.value.params["reason"].startswith(f"{name.lower()} = {value!r}: ")


@pytest.mark.parametrize("text", ["port = ", "port = 'x'", "port = true", "clock = 3"])
def test_a_settings_file_with_a_mistake_is_refused(tmp_path, text):
    (tmp_path / ".ningtu").mkdir()
    (tmp_path / ".ningtu" / "settings.toml").write_text(text)
    with pytest.raises(SettingsUnfit):
        load_settings({}, root=tmp_path)


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
