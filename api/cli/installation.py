"""The installation that a command works on: settings, keys, and its database, embedded or given."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from data.settings import Settings, load_settings

if TYPE_CHECKING:
    from data.cluster.bootstrap import Bootstrapped
    from data.cluster.embedded import Embedded
    from data.db import Database

Say = Callable[[str], None]
# Loading a city or migrating a large database takes its time.
LONG_STATEMENT_MS = 3_600_000
LONG_LOCK_MS = 60_000


def be_silent(_: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Settings and, unless a database is given, the embedded cluster."""

    settings: Settings
    embedded: "Embedded | None"

    def with_urls(self, urls: "Bootstrapped") -> "Installation":
        """Return the installation with the addresses of its database."""
        settings = replace(self.settings, database_url=urls.login_url, owner_url=urls.owner_url)
        return replace(self, settings=settings)

    def environment(self) -> dict[str, str]:
        """Return the environment of a process of this installation."""
        settings = self.settings
        return {
            **os.environ,
            "NINGTU_HOME": str(settings.home),
            "NINGTU_DATABASE_URL": settings.database_url,
            "NINGTU_OWNER_URL": settings.owner_url,
            "NINGTU_SECRET_KEY": settings.secret_key,
            "NINGTU_HOST": settings.host,
            "NINGTU_PORT": str(settings.port),
            "NINGTU_TRUSTED_HOSTS": ",".join(settings.trusted_hosts),
        }


def find_installation(*, say: Say = be_silent) -> Installation:
    """Return the installation of this checkout, with its secret key made at the first call."""
    settings = load_settings()
    settings = replace(settings, home=settings.home.resolve())
    if not settings.secret_key:
        settings = replace(settings, secret_key=kept_secret(settings.home, "secret_key"))
    if settings.database_url:
        return Installation(settings, None)
    from data.cluster.embedded import Embedded

    return Installation(settings, Embedded(settings.home, say=say))


def kept_secret(home: Path, name: str) -> str:
    """Return a secret kept in ``<home>/<name>`` (0600), made at the first call."""
    path = home / name
    home.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    value = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(value)
    return value


@contextmanager
def running_installation(*, say: Say = be_silent) -> Iterator[Installation]:
    """Yield the installation with its database running; a server we had to start is stopped afterwards."""
    installation = find_installation(say=say)
    embedded = installation.embedded
    if embedded is None:
        from api.cli.given_database import prepare_given

        yield installation.with_urls(prepare_given(installation.settings))
        return
    ran = embedded.is_running()
    try:
        yield installation.with_urls(embedded.start())
    finally:
        if not ran:
            embedded.stop()


@contextmanager
def open_city(*, say: Say = be_silent) -> Iterator[tuple["Database", Installation]]:
    """Yield an open database of the installation, with the long limits of command lines."""
    with running_installation(say=say) as installation:
        db = open_database(installation)
        try:
            yield db, installation
        finally:
            db.close()


def open_database(installation: Installation) -> "Database":
    """Return an open database with the long limits of command lines."""
    from data.db import Database

    return Database(
        installation.settings.database_url,
        statement_timeout_ms=LONG_STATEMENT_MS,
        lock_timeout_ms=LONG_LOCK_MS,
        idle_timeout_ms=LONG_STATEMENT_MS,
    ).open()
