import subprocess

import pytest

from data.cluster import debs, packages
from data.cluster.packages import Means, main, missing_packages


@pytest.fixture
def bare_machine(monkeypatch):
    """A machine with nothing of what we need, and no right to install."""
    monkeypatch.setattr(packages, "is_installed", lambda _name: False)
    monkeypatch.setattr(packages, "_has_postgis", lambda _environ: False)
    monkeypatch.setattr(packages, "postgis_package", lambda: "postgresql-17-postgis-3")
    monkeypatch.setattr(packages, "find_means", lambda: Means(None, has_apt=True))
    monkeypatch.setattr(debs, "is_possible", lambda: True)


@pytest.mark.usefixtures("bare_machine")
class TestOnABareMachine:
    def test_the_city_needs_postgis_and_the_document_engine(self):
        assert missing_packages("up", {}) == ["postgresql-17-postgis-3", *packages.DOCUMENTS]

    def test_a_given_database_needs_no_postgis_here(self):
        given = {"NINGTU_DATABASE_URL": "x"}
        assert "postgresql-17-postgis-3" not in missing_packages("up", given)
        assert "postgresql-17-postgis-3" in missing_packages("test", given)

    def test_other_commands_need_nothing(self):
        assert missing_packages("down", {}) == []

    def test_without_a_browser_the_suite_says_the_one_command(self, tmp_path, capsys):
        assert main(["test", str(tmp_path / "home")]) == 1
        assert "apt-get install -y --no-install-recommends postgresql-17-postgis-3" in capsys.readouterr().err
        assert not (tmp_path / "home").exists()

    def test_the_city_s_packages_are_unpacked(self, tmp_path, monkeypatch):
        brought = []
        monkeypatch.setattr(
            debs, "bring", lambda names, folder, *, say: brought.append((list(names), folder))
        )
        assert main(["up", str(tmp_path)]) == 0
        assert brought == [(["postgresql-17-postgis-3", *packages.DOCUMENTS], tmp_path / "debs")]

    def test_a_failed_download_says_the_one_command(self, tmp_path, monkeypatch, capsys):
        def fail(*_args, **_named):
            raise debs.NotBrought("no network")

        monkeypatch.setattr(debs, "bring", fail)
        assert main(["up", str(tmp_path)]) == 1
        told = capsys.readouterr().err
        assert "no network" in told
        assert "apt-get install" in told

    def test_a_machine_without_apt_says_what_is_needed(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(packages, "find_means", lambda: Means(None, has_apt=False))
        assert main(["up", str(tmp_path)]) == 1
        assert "libpango-1.0-0" in capsys.readouterr().err


def test_with_the_right_to_install_apt_is_called_once_for_all(monkeypatch):
    calls = []

    def run(command, **_options):
        calls.append(list(command))
        return subprocess.CompletedProcess(command, 0, stdout="")

    monkeypatch.setattr(packages.subprocess, "run", run)
    assert packages.install(["fonts-noto-cjk", "chromium"], ("sudo", "-n")) == 0
    assert calls[0][-1] == "update"
    assert calls[-1][:2] == ["sudo", "-n"]
    assert calls[-1][-3:] == ["install", "fonts-noto-cjk", "chromium"]


def test_the_newest_postgresql_of_the_distribution_is_chosen(monkeypatch):
    listed = "postgresql-9-postgis-3 - x\npostgresql-17-postgis-3 - x\npostgresql-17-postgis-3-scripts - x\n"
    monkeypatch.setattr(
        packages.subprocess,
        "run",
        lambda command, **_: subprocess.CompletedProcess(command, 0, stdout=listed),
    )
    assert packages.postgis_package() == "postgresql-17-postgis-3"
