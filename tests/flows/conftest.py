"""A running city for the flows: server and worker in threads, on a database of their own."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

PASSWORD = "ningtu-demo"


@dataclass(frozen=True)
class City:
    """Where the running city answers, and its sandbox channel key."""

    url: str
    channel_key: str
    db: Any

    def as_user(self, login: str) -> "Caller":
        answer = requests.post(
            f"{self.url}/api/v1/auth/token", json={"username": login, "password": PASSWORD}, timeout=20
        )
        answer.raise_for_status()
        return Caller(self.url, {"Authorization": f"Bearer {answer.json()['access_token']}"})

    def as_public(self) -> "Caller":
        return Caller(self.url, {})


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


@pytest.fixture(scope="module")
def city(superuser_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    from psycopg.conninfo import conninfo_to_dict
    from waitress.server import create_server

    from api.app import build_services, create_app
    from api.loading.accounts import create_demo_accounts
    from api.wiring import handlers
    from data.db import Database
    from data.jobs import service as jobs
    from data.settings import Settings, load_settings
    from tests.conftest import clone, drop_database

    url = clone(superuser_url, template)
    home: Path = tmp_path_factory.mktemp("home")
    (home / "assets").symlink_to(load_settings({}).assets_dir.resolve())
    settings = Settings(home=home, database_url=url, secret_key="flow-secret", clock="sandbox")
    db = Database(url, max_size=12, statement_timeout_ms=120_000).open()
    create_demo_accounts(db, PASSWORD)
    app = create_app(settings, db=db)
    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    stop = threading.Event()
    worker_services = build_services(settings, db=db)
    threads = [
        threading.Thread(target=server.run, daemon=True),
        threading.Thread(
            target=jobs.loop, args=(db, handlers(worker_services), stop), kwargs={"idle_s": 0.05}, daemon=True
        ),
    ]
    for thread in threads:
        thread.start()
    yield City(f"http://127.0.0.1:{server.effective_port}", settings.sandbox_channel_key, db)
    stop.set()
    server.close()
    threads[1].join(timeout=20)
    db.close()
    drop_database(superuser_url, str(conninfo_to_dict(url)["dbname"]))
