"""A running city for the flows: server and worker in threads, on a database of their own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from data.clock import SHANGHAI, day_of

PASSWORD = "ningtu-demo"
SECRET_KEY = "flow-secret"
# The flows' present: a Tuesday morning before the cut-off, with holidays known for months. The sandbox clock
# stands there, so that no flow depends on the day or the hour it is run.
START = datetime(2026, 6, 9, 10, 0, tzinfo=SHANGHAI)


@dataclass(frozen=True)
class City:
    """Where the running city answers, its sandbox channel key, and its clock."""

    url: str
    channel_key: str
    db: Any
    login_url: str
    home: Path
    callers: dict[str, "Caller"] = field(default_factory=dict)

    def as_user(self, login: str) -> "Caller":
        """Sign a person in, once: the sandbox clock ends no session."""
        if login not in self.callers:
            answer = requests.post(
                f"{self.url}/api/v1/auth/token", json={"username": login, "password": PASSWORD}, timeout=60
            )
            answer.raise_for_status()
            headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
            self.callers[login] = Caller(self.url, headers)
        return self.callers[login]

    def as_public(self) -> "Caller":
        return Caller(self.url, {})

    def now(self) -> datetime:
        from data.access.clock import SandboxClock

        return SandboxClock(self.db).now()

    def today(self) -> date:
        return day_of(self.now())

    def set_clock(self, instant: datetime) -> None:
        """Move the sandbox clock, as its administrator does."""
        self.as_user("admin").post("/api/v1/sandbox/clock", {"now": instant.isoformat()})

    def set_time(self, hour: int, minute: int = 0, *, days: int = 0) -> None:
        """Move the sandbox clock to an hour of today, or of a day after."""
        moved = self.now().replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.set_clock(moved + timedelta(days=days))


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the HTTP interface; answers are checked unless a status is expected."""

    url: str
    headers: dict[str, str]

    def call(self, method: str, path: str, *, expect: int | None = None, **options: Any) -> requests.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        answer = requests.request(method, self.url + path, headers=headers, timeout=60, **options)
        if expect is None:
            assert answer.status_code < 400, (method, path, answer.status_code, answer.text[:1000])
        else:
            assert answer.status_code == expect, (method, path, answer.status_code, answer.text[:1000])
        return answer

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GET", path, **options).json()

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        answer = self.call("POST", path, json={} if body is None else body, **options)
        return answer.json() if answer.content else None


@pytest.fixture(scope="session")
def synthetic(superuser_url: str, template: str) -> Iterator[str]:
    """Load a small synthetic city once, as ``up`` loads the demo city; the name of its database, to clone."""
    from psycopg.conninfo import conninfo_to_dict

    from api.loading.city import load_city
    from data.db import Database
    from data.synthetic.city import CityOrder
    from registry.parties.service import search_key
    from tests.conftest import clone, drop_database

    url = clone(superuser_url, template)
    name = str(conninfo_to_dict(url)["dbname"])
    db = Database(url, statement_timeout_ms=600_000).open()
    order = CityOrder(parcels=1_200, cases=240, seed=7, until=day_of(START))
    load_city(db, order, search_key=search_key(SECRET_KEY), now=START)
    db.close()
    yield name
    drop_database(superuser_url, name)


@contextmanager
def running(url: str, home: Path) -> Iterator[City]:
    """Start server and worker on a database with nothing but reference data or a synthetic city in it."""
    from api.app import build_services, create_app
    from api.loading.accounts import create_demo_accounts
    from api.wiring import handlers
    from data.access.clock import SandboxClock
    from data.db import Database
    from data.jobs import service as jobs
    from data.settings import Settings, load_settings
    from tests.web.serving import listening

    (home / "assets").symlink_to(load_settings({}).assets_dir.resolve())
    settings = Settings(home=home, database_url=url, secret_key=SECRET_KEY, clock="sandbox")
    db = Database(url, max_size=12, statement_timeout_ms=120_000).open()
    create_demo_accounts(db, PASSWORD)
    SandboxClock(db).set(START)
    app = create_app(settings, db=db)
    # The pages of the map tell tests where their map is; errors go on being answered, not raised.
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
    stop = threading.Event()
    worker_services = build_services(settings, db=db)
    worker = threading.Thread(
        target=jobs.loop, args=(db, handlers(worker_services), stop), kwargs={"idle_s": 0.05}, daemon=True
    )
    worker.start()
    with listening(app, threads=8) as address:
        yield City(address, settings.sandbox_channel_key, db, url, home)
        stop.set()
    worker.join(timeout=20)
    db.close()


@pytest.fixture(scope="module")
def city(superuser_url: str, template: str, synthetic: str, tmp_path_factory: Any) -> Iterator[City]:
    """Run a city of its own for one module: the small synthetic city, at ``START``."""
    yield from _running_clone(superuser_url, template, synthetic, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def empty_city(superuser_url: str, template: str, tmp_path_factory: Any) -> Iterator[City]:
    """Run a city without parcels and people, as after ``up --no-demo``, at ``START``."""
    yield from _running_clone(superuser_url, template, template, tmp_path_factory.mktemp("home"))


def _running_clone(superuser_url: str, template: str, source: str, home: Path) -> Iterator[City]:
    from psycopg.conninfo import conninfo_to_dict

    from tests.conftest import clone, drop_database

    url = clone(superuser_url, template, source=source)
    name = str(conninfo_to_dict(url)["dbname"])
    _settle(superuser_url, name)
    with running(url, home) as found:
        yield found
    drop_database(superuser_url, name)


def _settle(superuser_url: str, name: str) -> None:
    """Give a clone the settings that a database of ours has; a clone does not inherit them."""
    import psycopg
    from psycopg import sql

    from data.cluster.bootstrap import DATABASE_SETTINGS

    with psycopg.connect(superuser_url, autocommit=True) as conn:
        for key, value in DATABASE_SETTINGS.items():
            statement = sql.SQL("ALTER DATABASE {} SET {} = {}")
            conn.execute(statement.format(sql.Identifier(name), sql.Identifier(key), sql.Literal(value)))
