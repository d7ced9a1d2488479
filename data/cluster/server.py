"""One PostgreSQL server: make its data folder, start it, ask after it, stop it."""

import contextlib
import os
import secrets
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo

from data.cluster.binaries import Binaries
from data.cluster.errors import ClusterFailed
from data.cluster.identity import Identity
from data.cluster.tuning import memory_mib, server_settings, settings_text

SUPERUSER = "ningtu_admin"
HOST = "127.0.0.1"
_SETTINGS_FILE = "ningtu.conf"
_START_S = 90
# A server killed with -9 leaves processes that end a moment later, and its shared memory until then.
_RETRIES = 5


@dataclass(frozen=True, slots=True)
class Server:
    """A data folder and who runs it with which programs."""

    data: Path
    identity: Identity
    binaries: Binaries
    durable: bool = True

    def url(self, port: int, password: str, *, dbname: str = "postgres") -> str:
        """Return the superuser's connection string."""
        return make_conninfo(
            "", host=HOST, port=port, user=SUPERUSER, password=password, dbname=dbname, sslmode="disable"
        )

    def exists(self) -> bool:
        """Return whether the data folder has been made."""
        return (self.data / "PG_VERSION").exists()

    def create(self, password: str) -> None:
        """Make the data folder; the superuser signs in by scram with this password.

        Raises
        ------
        ClusterFailed
        """
        # initdb reads the password from a file of its own user, and only an empty folder is taken.
        with tempfile.NamedTemporaryFile("w", prefix="ningtu-pw-", dir="/tmp") as file:
            file.write(f"{password}\n")
            file.flush()
            if self.identity.switch:
                os.chown(file.name, self.identity.uid, self.identity.gid)
            self._run(
                "initdb",
                *("-D", str(self.data), "-U", SUPERUSER, "-A", "scram-sha-256", f"--pwfile={file.name}"),
                *("-E", "UTF8", "--locale=C.UTF-8"),
                *(() if self.durable else ("--no-sync",)),
            )
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as config:
            config.write(f"\ninclude '{_SETTINGS_FILE}'\n")

    def start(self, port: int) -> None:
        """Start the server and wait until it answers.

        Raises
        ------
        ClusterFailed
            With the end of the server's own words.
        """
        text = settings_text(server_settings(port, memory_mib(), durable=self.durable))
        (self.data / _SETTINGS_FILE).write_text(text, encoding="utf-8")
        self.forget_dead()
        for attempt in range(_RETRIES):
            try:
                self._run(
                    "pg_ctl",
                    *("start", "-w", "-t", str(_START_S), "-s", "-D", str(self.data)),
                    *("-l", str(self.data / "start.log")),
                )
            except ClusterFailed as failure:
                if attempt == _RETRIES - 1:
                    raise ClusterFailed(program="postgres", output=self._last_words()) from failure
                time.sleep(1)
            else:
                return

    def stop(self) -> None:
        """Stop the server; connections are ended."""
        if self.pid() is None:
            return
        for mode in ("fast", "immediate"):
            with contextlib.suppress(ClusterFailed):
                self._run("pg_ctl", "stop", "-w", "-t", "60", "-s", "-m", mode, "-D", str(self.data))
            if self.pid() is None:
                return

    def pid(self) -> int | None:
        """Return the server's process id, or None if it does not run."""
        recorded = self._recorded_pid()
        return recorded if recorded is not None and self._is_ours(recorded) else None

    def port(self) -> int | None:
        """Return the port of the running server."""
        if self.pid() is None:
            return None
        lines = self._pid_file().read_text(encoding="utf-8").splitlines()
        return int(lines[3]) if len(lines) > 3 else None  # noqa: PLR2004  fourth line: the port

    def forget_dead(self) -> None:
        """Remove the pid file of a server that was killed: its number may be another program's by now."""
        if self._pid_file().exists() and self.pid() is None:
            self._pid_file().unlink()

    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def _recorded_pid(self) -> int | None:
        try:
            return int(self._pid_file().read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def _is_ours(self, pid: int) -> bool:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(self.data) in command

    def _last_words(self) -> str:
        texts = []
        for file in (self.data / "start.log", *sorted((self.data / "log").glob("*.log"))[-1:]):
            with contextlib.suppress(OSError):
                texts.append(file.read_text(encoding="utf-8", errors="replace")[-800:])
        return "\n".join(texts)

    def _run(self, program: str, *arguments: str) -> None:
        done = self.identity.run(
            [self.binaries.program(program), *arguments], env=self.binaries.environment, cwd=self.data.parent
        )
        if done.returncode != 0:
            raise ClusterFailed(program=program, output=(done.stderr or done.stdout)[-800:])


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Return whether a port of 127.0.0.1 can be taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def new_password() -> str:
    """Return a random password."""
    return secrets.token_urlsafe(24)
