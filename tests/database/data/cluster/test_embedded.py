import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from data.cluster.binaries import find_binaries
from data.cluster.embedded import Embedded
from data.cluster.errors import PostgisAbsent
from data.cluster.throwaway import remove_leftovers, throwaway_cluster, throwaway_folder


@pytest.fixture(scope="module", autouse=True)
def _server_programs():
    try:
        find_binaries()
    except PostgisAbsent:
        pytest.skip("no PostgreSQL with PostGIS on this machine")


@pytest.fixture
def home():
    # The server's user must be able to enter: pytest's folders are for us only, and every run closes them.
    with tempfile.TemporaryDirectory(prefix="ningtu-test-") as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "a home"
        yield home
        Embedded(home).stop()


def data_of(home):
    return Path(json.loads((home / "cluster.json").read_text())["data"])


def answers(url):
    with psycopg.connect(url) as conn:
        return conn.execute("SELECT current_user::text, postgis_lib_version()").fetchone()


def listening_addresses(port):
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            address, _, hexport = fields[1].rpartition(":")
            if fields[3] == "0A" and int(hexport, 16) == port:
                found.add(address)
    return found


def test_the_life_of_an_embedded_cluster(home):
    embedded = Embedded(home)
    assert not embedded.is_running()
    urls = embedded.start()
    assert answers(urls.login_url)[0] == "ningtu_login"
    assert answers(urls.owner_url)[0] == "ningtu_owner"

    # Loopback only; passwords kept for the owner of the files only; no way in without one.
    parts = conninfo_to_dict(urls.login_url)
    assert listening_addresses(int(parts["port"])) == {"0100007F"}
    assert (home / "cluster.json").stat().st_mode & 0o777 == 0o600
    assert data_of(home).stat().st_mode & 0o077 == 0
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(make_conninfo(urls.login_url, password="wrong"))

    # A second start finds it running.
    pid = embedded.pid()
    assert Embedded(home).start() == urls
    assert embedded.pid() == pid

    # Killed: the stale pid file does not stand in the way.
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        time.sleep(0.05)
    assert not embedded.is_running()
    assert answers(Embedded(home).start().login_url)[0] == "ningtu_login"

    # Stopped, and the pid file names a process of somebody else.
    assert embedded.stop()
    assert not embedded.stop()
    (data_of(home) / "postmaster.pid").write_text(f"{os.getpid()}\n{data_of(home)}\n")
    assert not Embedded(home).is_running()
    assert answers(Embedded(home).start().login_url)[0] == "ningtu_login"


def test_two_installations_have_different_passwords(home, tmp_path):
    Embedded(home).start()
    other = Embedded(tmp_path / "other")
    try:
        other.start()
        first = json.loads((home / "cluster.json").read_text())
        second = json.loads((tmp_path / "other" / "cluster.json").read_text())
        for name in ("superuser_password", "role_password", "port", "data"):
            assert first[name] != second[name]
    finally:
        other.stop()


def test_a_throw_away_cluster_leaves_nothing():
    with throwaway_cluster() as url, psycopg.connect(url) as conn:
        row = conn.execute("SHOW data_directory").fetchone()
        data = Path(row[0])
        assert conn.execute("SHOW fsync").fetchone() == ("off",)
        assert data.exists()
    assert not data.parent.exists()


def test_a_throw_away_folder_outlives_neither_its_block_nor_for_long_its_maker():
    with throwaway_folder() as ours:
        (ours / "file").touch()
        with throwaway_folder() as left:
            # As after a kill: the maker's number is nobody's any more.
            gone = subprocess.Popen(["true"])
            gone.wait()
            (left / "maker").write_text(str(gone.pid), encoding="utf-8")
            remove_leftovers()
            assert not left.exists()
        assert (ours / "file").exists()
    assert not ours.exists()
