"""The embedded PostGIS of one installation: where it lies, its passwords, its port.

What must be kept is in ``<home>/cluster.json`` (0600). The data folder is ``<home>/pg``, or, when we are root
and the user who runs PostgreSQL cannot enter the clone (below ``/root``, say), ``/var/lib/ningtu-<hash of the
clone's path>``.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from psycopg.conninfo import make_conninfo

from data.cluster.binaries import find_binaries
from data.cluster.bootstrap import Bootstrapped, bootstrap
from data.cluster.identity import Identity, server_identity
from data.cluster.server import HOST, Server, free_port, is_free, new_password

DBNAME = "ningtu"
_RECORD = "cluster.json"
_OUTSIDE = Path("/var/lib")


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of an embedded cluster between runs."""

    data: str
    port: int
    superuser_password: str
    role_password: str


class Embedded:
    """The embedded cluster of a home folder.

    Parameters
    ----------
    home : Path
        The ``.ningtu`` folder.
    say : callable
        Is told what happens.
    """

    def __init__(self, home: Path, *, say: Callable[[str], None] = lambda _: None) -> None:
        self._home = home
        self._say = say
        self._identity = server_identity()

    def is_running(self) -> bool:
        """Return whether its server runs."""
        return self.pid() is not None

    def pid(self) -> int | None:
        """Return the process id of its server, or None."""
        record = self._read()
        return None if record is None else self._server(record).pid()

    def start(self) -> Bootstrapped:
        """Make what is absent, start the server if it does not run, and bootstrap the database.

        Raises
        ------
        PostgisAbsent, ClusterFailed
        """
        record = self._read()
        if record is None or not self._server(record).exists():
            record = self._create()
        server = self._server(record)
        if server.pid() is None:
            if not is_free(record.port):
                record = self._write(replace(record, port=free_port()))
            server.start(record.port)
            self._say(f"PostgreSQL {server.binaries.version} on {HOST}:{record.port}, data in {record.data}")
        else:
            self._say(f"PostgreSQL runs already (pid {server.pid()})")
        url = server.url(record.port, record.superuser_password)
        return bootstrap(url, DBNAME, password=record.role_password)

    def stop(self) -> bool:
        """Stop the server; returns whether it ran."""
        record = self._read()
        if record is None or self._server(record).pid() is None:
            return False
        self._server(record).stop()
        return True

    def superuser_url(self, dbname: str = DBNAME) -> str:
        """Return the superuser's connection string of the running server."""
        record = self._read()
        if record is None:
            raise FileNotFoundError(self._home / _RECORD)
        return self._server(record).url(record.port, record.superuser_password, dbname=dbname)

    def urls(self) -> Bootstrapped:
        """Return the connection strings of the owner and login roles."""
        record = self._read()
        if record is None:
            raise FileNotFoundError(self._home / _RECORD)

        def url(role: str) -> str:
            place = make_conninfo("", host=HOST, port=record.port, sslmode="disable", dbname=DBNAME)
            return make_conninfo(place, user=f"{DBNAME}_{role}", password=record.role_password)

        return Bootstrapped(owner_url=url("owner"), login_url=url("login"))

    def _create(self) -> Record:
        data = self._place()
        record = Record(str(data), free_port(), new_password(), new_password())
        server = self._server(record)
        server.create(record.superuser_password)
        return self._write(record)

    def _place(self) -> Path:
        """Return an empty folder that the server's user can use; says so if it lies outside the clone."""
        inside = self._home / "pg"
        self._empty(inside)
        if self._identity.may_use(inside):
            return inside / "data"
        inside.rmdir()
        digest = hashlib.sha256(os.fsencode(self._home.resolve())).hexdigest()[:12]
        outside = _OUTSIDE / f"ningtu-{digest}"
        self._empty(outside)
        self._say(f"user {self._identity.name} cannot enter {self._home}: the database lies in {outside}")
        return outside / "data"

    def _empty(self, folder: Path) -> None:
        # Only a data folder that was never finished is here: a finished one is in the record.
        if (folder / "data" / "PG_VERSION").exists() and self._read() is None:
            folder.rename(folder.with_name(f"{folder.name}-without-record-{os.getpid()}"))
        shutil.rmtree(folder / "data", ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        self._identity.own(folder)

    def _server(self, record: Record) -> Server:
        return Server(Path(record.data), self._identity_of(Path(record.data)), find_binaries())

    def _identity_of(self, data: Path) -> Identity:
        """Return who owns the data folder: a cluster made by an ordinary user may be run by root later."""
        if not self._identity.switch or not data.exists():
            return self._identity
        owner = data.stat()
        return replace(self._identity, name=str(owner.st_uid), uid=owner.st_uid, gid=owner.st_gid)

    def _read(self) -> Record | None:
        try:
            return Record(**json.loads((self._home / _RECORD).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def _write(self, record: Record) -> Record:
        self._home.mkdir(parents=True, exist_ok=True)
        draft = self._home / f"{_RECORD}.part"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(record), file, indent=1)
        draft.replace(self._home / _RECORD)
        return record
