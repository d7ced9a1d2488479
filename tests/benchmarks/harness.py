"""What every benchmark uses: a production-like database, pgbench, a running server, and a way to report.

A benchmark is a file ``tests/benchmarks/bench_<name>.py`` with ``def run(ctx: Context) -> list[Result]``. It
measures its limit in the same run, so that the ratio means the same on a slow machine (``./ningtu bench``).

    def run(ctx):
        with ctx.database() as city:                       # migrated, reference data loaded, fsync on
            limit = ctx.pgbench(city, "SELECT 1", clients=8)       # transactions a second
            value = ctx.measure(lambda: work(city.db))             # seconds, median
            return [ctx.result("locate", "single", 1 / value, "1/s", limit=limit.tps, limit_name="pgbench",
                               goal=">= 0.35", n=1000)]
"""

import contextlib
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from data.cluster.binaries import find_binaries
from data.cluster.bootstrap import bootstrap
from data.cluster.server import free_port
from data.db import Database

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "bench"


@dataclass(frozen=True, slots=True)
class Result:
    """One figure; ``ratio`` is value/limit, ``goal`` compares the ratio: ``>= 0.80`` or ``<= 4``."""

    bench: str
    case: str
    value: float
    unit: str
    limit: float | None
    limit_name: str | None
    ratio: float | None
    goal: str | None
    holds: bool | None
    n: int
    versions: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class City:
    """A database of its own: migrated, with reference data, without parcels."""

    db: Database
    login_url: str
    owner_url: str
    superuser_url: str


@dataclass(frozen=True, slots=True)
class PgBench:
    """What pgbench said; latency in milliseconds."""

    tps: float
    latency_ms: float
    transactions: int


@dataclass
class Context:
    """Handed to every benchmark.

    ``quick`` asks for small sizes: all together end within 3 minutes; ``publish`` to write what pages show.
    """

    superuser_url: str
    quick: bool = False
    publish: bool = False
    say: Callable[[str], None] = lambda _: None
    versions: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.versions = self.versions or versions(self.superuser_url)

    def pick(self, full: Any, quick: Any) -> Any:
        """Return the size for this run, such as ``ctx.pick(1_000_000, 50_000)``."""
        return quick if self.quick else full

    @contextlib.contextmanager
    def database(self, name: str = "bench", *, max_size: int = 16) -> Iterator[City]:
        """Make a migrated database with reference data; it is dropped at the end of the block."""
        from api.loading.reference import load_reference
        from data.migrations.run import upgrade

        drop_database(self.superuser_url, name)
        urls = bootstrap(self.superuser_url, name, password=PASSWORD)
        upgrade(urls.owner_url)
        db = Database(
            urls.login_url, max_size=max_size, statement_timeout_ms=3_600_000, lock_timeout_ms=60_000
        )
        db.open()
        try:
            load_reference(db)
            yield City(db, urls.login_url, urls.owner_url, with_dbname(self.superuser_url, name))
        finally:
            db.close()
            drop_database(self.superuser_url, name)

    def measure(self, work: Callable[[], object], *, rounds: int = 5) -> float:
        """Run something some rounds; return the median of its seconds (measure the limit between the rounds
        with :meth:`interleave` where both are short)."""
        return statistics.median(timed(work) for _ in range(rounds))

    def interleave(self, works: Mapping[str, Callable[[], object]], *, rounds: int = 5) -> dict[str, float]:
        """Run several things in turn, so that noise meets all; return the median seconds of each."""
        seconds: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(rounds):
            for name, work in works.items():
                seconds[name].append(timed(work))
        return {name: statistics.median(values) for name, values in seconds.items()}

    def pgbench(
        self,
        city: City,
        script: str | Path,
        *,
        clients: int = 8,
        seconds: int = 3,
        variables: Mapping[str, object] = {},
        superuser: bool = True,
    ) -> PgBench:
        """Run a pgbench script (text or file) with prepared statements; only its transactions are counted."""
        with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
            file.write(script.read_text(encoding="utf-8") if isinstance(script, Path) else script)
            file.flush()
            binaries = find_binaries()
            command = [binaries.program("pgbench"), "-n", "-M", "prepared", "-f", file.name]
            command += ["-c", str(clients), "-j", str(min(clients, 2)), "-T", str(seconds)]
            for name, value in variables.items():
                command += ["-D", f"{name}={value}"]
            command.append(city.superuser_url if superuser else city.login_url)
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, **binaries.environment},
            )
        if done.returncode != 0:
            raise RuntimeError(done.stderr[-2000:])
        return _parse_pgbench(done.stdout)

    @contextlib.contextmanager
    def server(
        self, city: City, *, workers: int = 2, threads: int = 4, env: Mapping[str, str] = {}
    ) -> Iterator[str]:
        """Run the production server on a city; yields its base address once ``/readyz`` answers 200."""
        port = free_port()
        with tempfile.TemporaryDirectory(prefix="ningtu-bench-") as home:
            environment = {
                **{key: value for key, value in os.environ.items() if not key.startswith("NINGTU_")},
                **{key: os.environ[key] for key in ("NINGTU_PG_BIN",) if key in os.environ},
                "NINGTU_HOME": home,
                "NINGTU_DATABASE_URL": city.login_url,
                "NINGTU_OWNER_URL": city.owner_url,
                "NINGTU_PORT": str(port),
                "NINGTU_WORKERS": str(workers),
                "NINGTU_THREADS": str(threads),
                "NINGTU_SECRET_KEY": "bench",
                "NINGTU_LOG_LEVEL": "WARNING",
                "PYTHONPATH": str(ROOT),
                **env,
            }
            process = subprocess.Popen([sys.executable, "-m", "api.server"], cwd=ROOT, env=environment)
            try:
                base = f"http://127.0.0.1:{port}"
                wait_until_ready(base, process)
                yield base
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(30)

    def result(
        self,
        bench: str,
        case: str,
        value: float,
        unit: str,
        *,
        limit: float | None = None,
        limit_name: str | None = None,
        goal: str | None = None,
        n: int = 1,
        ratio: float | None = None,
    ) -> Result:
        """Make a result; the ratio is value/limit unless given, and ``holds`` follows from the goal."""
        if ratio is None and limit:
            ratio = value / limit
        holds = None if goal is None or ratio is None else meets(ratio, goal)
        return Result(bench, case, value, unit, limit, limit_name, ratio, goal, holds, n, self.versions)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds something takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def meets(ratio: float, goal: str) -> bool:
    """Tell whether a ratio meets a goal such as ``>= 0.80``."""
    sign, _, figure = goal.partition(" ")
    if sign == ">=":
        return ratio >= float(figure)
    if sign == "<=":
        return ratio <= float(figure)
    raise ValueError(goal)


def versions(superuser_url: str) -> dict[str, str]:
    """Return what the figures were measured with."""
    with psycopg.connect(superuser_url) as conn:
        row = conn.execute(
            "SELECT current_setting('server_version'), current_setting('shared_buffers'),"
            " current_setting('fsync'),"
            " (SELECT default_version FROM pg_available_extensions WHERE name = 'postgis')"
        ).fetchone()
    assert row is not None
    return {
        "python": platform.python_version(),
        "postgresql": row[0],
        "postgis": row[3],
        "shared_buffers": row[1],
        "fsync": row[2],
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def with_dbname(url: str, dbname: str) -> str:
    """Return a connection string with another database."""
    return psycopg.conninfo.make_conninfo(url, dbname=dbname)


def drop_database(superuser_url: str, name: str) -> None:
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        conn.execute(
            psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(name))
        )


def wait_until_ready(base: str, process: subprocess.Popen[Any] | None = None, *, seconds: float = 60) -> None:
    """Wait until ``/readyz`` answers 200; raise if the process ends or time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with (
            contextlib.suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(f"{base}/readyz", timeout=5) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise TimeoutError(base)


def _parse_pgbench(text: str) -> PgBench:
    def figure(lines: Sequence[str], start: str) -> float:
        line = next(line for line in lines if line.startswith(start))
        return float(line.split("=")[-1].split(":")[-1].split()[0].split("/")[0])

    lines = text.splitlines()
    return PgBench(
        tps=figure(lines, "tps"),
        latency_ms=figure(lines, "latency average"),
        transactions=int(figure(lines, "number of transactions actually processed")),
    )
