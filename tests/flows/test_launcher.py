"""The life of an installation: start, start again, be killed, be told to stop, be copied."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from api.cli.down import left_over
from api.cli.installation import Installation
from api.supervisor import find_running
from data.cluster.binaries import find_binaries
from data.cluster.embedded import Embedded
from data.cluster.errors import PostgisAbsent
from data.cluster.server import free_port
from data.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
ASSETS = Path(os.environ.get("NINGTU_HOME", ROOT / ".ningtu")) / "assets"

# Run in a network namespace of its own: brings the loopback up, then becomes Python with other arguments.
LOOPBACK_ONLY = """
import fcntl, os, socket, struct, sys
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x41))  # SIOCSIFFLAGS: IFF_UP | IFF_RUNNING
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@dataclass(frozen=True)
class Checkout:
    """An installation with a home of its own; commands run as the launcher would run them."""

    home: Path
    port: int

    def run(self, *arguments: str, before: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        command = ["-m", "api.cli", *arguments]
        return subprocess.run(
            [*before, *command] if before else [sys.executable, *command],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def up(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("up", "--detach", "--no-demo", "--port", str(self.port), *arguments)

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NINGTU_")}
        kept |= {name: os.environ[name] for name in ("NINGTU_PG_BIN", "NINGTU_DEBS") if name in os.environ}
        return {**kept, "NINGTU_HOME": str(self.home), "PYTHONPATH": str(ROOT)}

    def answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
            return answer.status == 200
        return False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def supervisor(self) -> int:
        running = find_running(self.home)
        assert running is not None
        return running.pid

    def processes(self) -> list[int]:
        found = left_over(Installation(Settings(home=self.home), None))
        database = Embedded(self.home).pid()
        return found if database is None else [*found, database]

    def users(self) -> int:
        with psycopg.connect(Embedded(self.home).superuser_url()) as conn:
            row = conn.execute("SELECT count(*) FROM registry.app_user").fetchone()
        assert row is not None
        return int(row[0])


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def checkout():
    try:
        find_binaries()
    except PostgisAbsent:
        pytest.skip("no PostgreSQL with PostGIS on this machine")
    # As in a clone that others may enter: PostgreSQL runs as another user when we are root. Pytest's own
    # folders are for us only, and every run closes them.
    with tempfile.TemporaryDirectory(prefix="ningtu-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "a home with spaces 宁图"
        home.mkdir()
        (home / "assets").symlink_to(ASSETS)
        checkout = Checkout(home, free_port())
        yield checkout
        checkout.run("down")
        assert checkout.processes() == []


@pytest.fixture
def running(checkout):
    """The city, running."""
    if find_running(checkout.home) is None or not checkout.answers():
        done = checkout.up()
        assert done.returncode == 0, done.stdout + done.stderr
    return checkout


def test_up_makes_a_city_that_answers_and_says_how_to_get_in(running):
    assert running.answers()
    assert running.users() == 20
    again = running.run("status")
    assert running.url in again.stdout
    assert again.returncode == 0


def test_a_second_up_finds_it_running(running):
    before = running.supervisor
    done = running.up()
    assert (done.returncode, running.supervisor) == (0, before)
    assert "runs already" in done.stdout


def test_another_port_while_it_runs_is_refused(running):
    done = running.run("up", "--port", str(free_port()))
    assert done.returncode == 1
    assert "./ningtu down" in done.stderr


@pytest.mark.parametrize("module", ["api.server", "api.worker", "api.bulk_worker"])
def test_a_killed_process_comes_back(running, module):
    def those():
        return [pid for pid in running.processes() if module in command_of(pid)]

    before = those()
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{killed}").exists())

    def back():
        now = those()
        # The server has several processes: the others answer also when the killed one stays away.
        return len(now) == len(before) and set(now) - set(before) and running.answers()

    wait_for(back)


def test_what_is_secret_is_random_and_for_its_owner_only(running):
    record = json.loads((running.home / "cluster.json").read_text())
    names = ("secret_key", "partner_key")
    secrets = [record["superuser_password"], record["role_password"]]
    secrets += [(running.home / name).read_text() for name in names]
    assert len(set(secrets)) == 4
    assert min(len(secret) for secret in secrets) >= 32
    for file in running.home.rglob("*"):
        if not file.is_file() or file.stat().st_mode & 0o077 == 0:
            continue
        content = file.read_bytes()
        assert [secret for secret in secrets if secret.encode() in content] == [], file


def test_a_killed_supervisor_takes_its_processes_along_and_up_starts_again(running):
    before = running.processes()
    os.kill(running.supervisor, signal.SIGKILL)
    done = running.up()
    assert done.returncode == 0, done.stderr
    assert running.answers()
    database = Embedded(running.home).pid()
    assert [pid for pid in before if Path(f"/proc/{pid}").exists()] == [database]


def test_what_a_killed_process_left_of_an_upload_is_gone_after_the_next_start(running):
    (server, *_) = [pid for pid in running.processes() if "api.server" in command_of(pid)]
    scratch = running.home / "tmp"
    assert f"TMPDIR={scratch}".encode() in Path(f"/proc/{server}/environ").read_bytes().split(b"\0")
    left = scratch / "ningtu-upload-left"
    left.mkdir()
    (left / "upload").write_bytes(b"half")
    os.kill(running.supervisor, signal.SIGKILL)
    assert running.up().returncode == 0
    assert scratch.is_dir()
    assert not left.exists()


def test_a_killed_database_is_started_by_up(running):
    database = Embedded(running.home).pid()
    os.kill(database, signal.SIGKILL)
    wait_for(lambda: Embedded(running.home).pid() is None)
    assert running.up().returncode == 0
    wait_for(running.answers)


def test_down_leaves_no_process_and_says_what_it_stopped(running):
    done = running.run("down")
    assert "PostgreSQL" in done.stdout
    assert running.processes() == []
    assert not running.answers()
    assert running.run("down").stdout.strip() == "nothing runs"
    assert running.run("status").returncode == 1


def test_a_taken_port_is_told_with_who_has_it_and_nothing_is_started(checkout):
    checkout.run("down")
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", checkout.port))
        other.listen()
        done = checkout.up()
    assert done.returncode == 1
    assert f"pid {os.getpid()}" in done.stderr
    assert "./ningtu up --port" in done.stderr
    assert checkout.processes() == []


def test_a_second_start_needs_no_network(running):
    running.run("down")
    cut_off = ["unshare", "-n" if os.getuid() == 0 else "-rn", sys.executable, "-c", LOOPBACK_ONLY]
    if subprocess.run([*cut_off, "-c", ""], capture_output=True, check=False).returncode != 0:
        pytest.skip("no network namespace can be made here")
    done = running.run("up", "--detach", "--port", str(running.port), before=cut_off)
    assert done.returncode == 0, done.stdout + done.stderr
    assert running.url in done.stdout
    assert not running.answers()  # it lives where nothing but itself can be reached
    assert "PostgreSQL" in running.run("down").stdout


def test_ctrl_c_stops_all_that_a_foreground_start_made(checkout):
    checkout.run("down")
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "up", "--no-demo", "--port", str(checkout.port)],
        cwd=ROOT,
        env=checkout.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_for(checkout.answers, 60)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert checkout.url in output
    assert checkout.processes() == []


def test_a_copy_brings_back_what_was_there(checkout, tmp_path):
    checkout.run("down")
    keys = checkout.home / "keys"
    keys.mkdir(exist_ok=True)
    (keys / "mark").write_text("as it was")
    copy = tmp_path / "copy"
    done = checkout.run("db", "backup", str(copy))
    assert done.returncode == 0, done.stderr
    (keys / "mark").write_text("changed")
    assert checkout.run("db", "reset", "--yes").returncode == 0
    done = checkout.run("db", "restore", str(copy), "--yes")
    assert done.returncode == 0, done.stderr
    assert (keys / "mark").read_text() == "as it was"
    Embedded(checkout.home).start()
    try:
        assert checkout.users() == 20
    finally:
        Embedded(checkout.home).stop()


def test_an_altered_copy_is_refused_before_anything_is_deleted(checkout, tmp_path):
    copy = tmp_path / "copy"
    assert checkout.run("db", "backup", str(copy)).returncode == 0
    (copy / "secret_key").write_text("other")
    done = checkout.run("db", "restore", str(copy), "--yes")
    assert done.returncode == 1
    assert "secret_key" in done.stderr


def test_the_launcher_finds_its_checkout_from_anywhere(tmp_path):
    """Its environment is there while the suite runs from it: nothing is fetched."""
    if not (ROOT / ".ningtu" / "venv" / ".place").exists():
        pytest.skip("the suite does not run from ./ningtu test")
    link = tmp_path / "link to it"
    link.symlink_to(ROOT / "ningtu")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NINGTU_")}
    done = subprocess.run(
        [str(link)], cwd=tmp_path, env=kept, capture_output=True, text=True, timeout=60, check=False
    )
    assert "  up " in done.stdout, done.stderr
    assert done.returncode == 0


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
