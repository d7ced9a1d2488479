"""A large bundle over HTTP, with real server and workers: it moves, can be given up, outlives its worker, and
nobody else waits for it. Fifteen hundred parcels in every run, a hundred thousand with ``-m long -s``."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import requests
import shapely

from data.access.records import SYSTEM
from data.cluster.server import free_port
from spatial.survey.readers.records import ObjectTable
from spatial.survey.records import Features
from spatial.survey.writers.bundle import bundle
from spatial.survey.writers.records import Result
from tests.web.people import PASSWORD
from tests.web.survey_city import block, package
from tests.web.survey_people import add_people

ROOT = Path(__file__).resolve().parents[2]
EAST, NORTH = 572_000.0, 3_268_000.0
COLUMNS = 400
SIZES = [1_500, pytest.param(100_000, marks=pytest.mark.long)]


def result(count):
    """Adjoining parcels of 20 × 30 m with the points and lines of each."""
    at = np.arange(count)
    west, south = EAST + at % COLUMNS * 20.0, NORTH + 2_000 + at // COLUMNS * 30.0
    codes = [f"421224001{number // 50_000 + 1:03d}GB{number % 50_000 + 1:05d}" for number in at.tolist()]
    shapes = shapely.box(west, south, west + 20, south + 30)
    nothing = [None] * count
    parcels = Features(
        shapely.multipolygons(shapes, indices=at), codes, [f"{code}W00000000" for code in codes],
        [600.0] * count, nothing, ["0701"] * count, [f"示例路{number}号" for number in at.tolist()],
    )  # fmt: skip
    corners = shapely.get_coordinates(shapes).reshape(count, 5, 2)
    places = corners[:, :4].reshape(-1, 2)
    lines = shapely.linestrings(np.stack([corners[:, :4], corners[:, 1:]], axis=2).reshape(-1, 2, 2))
    owners = [code for code in codes for _ in range(4)]
    points = [
        {
            "ZDZHDM": code,
            "JZDH": f"J{n % 4 + 1}",
            "SXH": n % 4 + 1,
            "XZBZ": north,
            "YZBZ": east,
            "JDDJ": "一级",
        }
        for n, (code, (east, north)) in enumerate(zip(owners, places.tolist(), strict=True))
    ]
    sides = [{"ZDZHDM": code, "JZXCD": 30.0 - n % 2 * 10} for n, code in enumerate(owners)]
    tables = {
        "JZD": ObjectTable(np.array(shapely.points(places), dtype=object), points),
        "JZX": ObjectTable(np.array(lines, dtype=object), sides),
    }
    return Result(parcels, tables, date(2026, 11, 24), "测试", {})


@dataclass
class Watched:
    """A running installation, and what was seen of it."""

    url: str
    db: object
    start: object
    seen: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)

    def as_(self, login):
        if login not in self.headers:
            answer = requests.post(
                f"{self.url}/auth/token", json={"username": login, "password": PASSWORD}, timeout=60
            )
            self.headers[login] = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return self.headers[login]

    def get(self, path, login="surveyor"):
        answer = requests.get(self.url + path, headers=self.as_(login), timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, data, name, login="surveyor", **form):
        answer = requests.post(
            f"{self.url}/surveys", headers=self.as_(login), data={"kind": "initial_load", **form},
            files={"file": (name, data)}, timeout=300,
        )  # fmt: skip
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def status(self, survey_id, login="surveyor"):
        return self.get(f"/surveys/{survey_id}", login)["status"]

    def rows(self, table, survey_id):
        with self.db.transaction(SYSTEM) as conn:
            query = f"SELECT count(*) FROM spatial.{table} WHERE survey_id = %s"
            return conn.execute(query, [survey_id]).fetchone()[0]


@pytest.fixture
def city(db, db_url, settings):
    add_people(db)
    started = []

    def start(module):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NINGTU_")}
        environment |= {
            "NINGTU_DATABASE_URL": db_url, "NINGTU_HOME": str(settings.home), "NINGTU_PORT": str(port),
            "NINGTU_READ_AT_ONCE_KIB": "256", "NINGTU_SECRET_KEY": "s", "NINGTU_WORKERS": "1",
        }  # fmt: skip
        started.append(subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, env=environment))
        return started[-1]

    port = free_port()
    url = f"http://127.0.0.1:{port}"
    try:
        start("api.server")
        start("api.worker")
        wait_for(lambda: answers(f"{url}/readyz"), seconds=120)
        yield Watched(f"{url}/api/v1", db, start)
    finally:
        for process in started:
            process.kill()
            process.wait()


def answers(address):
    with contextlib.suppress(requests.RequestException):
        return requests.get(address, timeout=20).status_code == 200
    return False


def wait_for(true, *, seconds=900.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


@contextlib.contextmanager
def every(pause_s, do):
    """Do something again and again in a thread while the block runs."""
    stop = threading.Event()

    def run():
        while not stop.is_set():
            do()
            stop.wait(pause_s)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def children_of(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    with contextlib.suppress(FileNotFoundError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            listed += (thread / "children").read_text().split()
    return sorted(set(listed))


def resident_mib(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) // 1024
    return 0


def figures(seconds):
    ordered = sorted(seconds)
    return {
        "requests": len(ordered),
        "median_ms": round(1000 * ordered[len(ordered) // 2]),
        "p95_ms": round(1000 * ordered[int(len(ordered) * 0.95)]),
        "max_ms": round(1000 * ordered[-1]),
    }


def timed_request(city, into):
    begin = time.perf_counter()
    city.get("/parcels?bbox=114.0,29.4,114.4,29.8&limit=20", "reviewer")
    into.append(time.perf_counter() - begin)


@pytest.mark.parametrize("count", SIZES)
def test_a_large_bundle_moves_and_nobody_waits_for_it(city, tmp_path, count):
    data = bundle(result(count))
    alone, beside, moves, memory = [], [], [], []
    for _ in range(20):
        timed_request(city, alone)
    worker = city.start("api.bulk_worker")

    def look():
        survey = city.get(f"/surveys/{survey_id}")
        moves.append((time.perf_counter() - begin, survey["status"], *(survey["progress"] or {}).values()))

    def weigh():
        children = children_of(worker.pid)
        memory.append((resident_mib(worker.pid), sum(map(resident_mib, children))))

    begin = time.perf_counter()
    survey_id = city.send(data, "bundle.zip", project_code="P1")
    sent = time.perf_counter() - begin
    with every(0.1, look), every(0.1, lambda: timed_request(city, beside)), every(0.1, weigh):
        small = city.send(package(block(2), tmp_path), "a.gpkg", login="surveyor2", project_code="P2")
        wait_for(lambda: city.status(small, "surveyor2") == "checked")
        assert city.status(survey_id) != "failed"
        before_it = city.status(survey_id) in {"received", "checking"}
        wait_for(lambda: city.status(survey_id) not in {"received", "checking"}, seconds=1_800)
    survey = city.get(f"/surveys/{survey_id}")
    report = {
        "parcels": count, "bundle_mib": len(data) >> 20, "sent_s": round(sent, 1), "small_first": before_it,
        "steps_s": steps_of(moves), "worker_mib": max(own for own, _ in memory),
        "reader_mib": max(reader for _, reader in memory), "another_user_alone": figures(alone),
        "another_user_meanwhile": figures(beside), "counts": survey["counts"],
    }  # fmt: skip
    print(json.dumps(report, ensure_ascii=False))
    assert survey["status"] == "checked", survey["problem"]
    assert survey["feature_count"] == count
    assert city.rows("survey_object", survey_id) == 8 * count
    read = [done for _, _, done, total, step, _ in moves if step == "reading" and total]
    assert read == sorted(read)
    assert len(set(read)) > 1, "the figure moves while the file is read"
    assert report["small_first"]
    assert report["another_user_meanwhile"]["max_ms"] < 5_000


def steps_of(moves):
    """Tell when each step was first seen, seconds after the bundle was sent."""
    first = {}
    for at, status, *progress in moves:
        first.setdefault(progress[2] if progress and progress[2] else status, round(at, 1))
    return first | {"end": round(moves[-1][0], 1)}


def reading(city, survey_id):
    progress = city.get(f"/surveys/{survey_id}")["progress"]
    return progress["step"] == "reading" and progress["done"] > 0


@pytest.mark.parametrize("count", SIZES)
def test_a_worker_killed_while_it_reads_is_followed_by_another(city, count):
    survey_id = city.send(bundle(result(count)), "bundle.zip", project_code="P1")
    worker = city.start("api.bulk_worker")
    wait_for(lambda: reading(city, survey_id))
    (reader,) = children_of(worker.pid)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    wait_for(lambda: not Path(f"/proc/{reader}").exists(), seconds=10)
    assert city.status(survey_id) == "received"
    assert city.rows("survey_feature", survey_id) == 0
    with city.db.transaction(SYSTEM) as conn:  # the lease of the dead runs out
        conn.execute("UPDATE registry.job SET lease_until = now() WHERE state = 'running'")
    city.start("api.bulk_worker")
    wait_for(lambda: city.status(survey_id) in {"checked", "failed"}, seconds=1_800)
    assert city.status(survey_id) == "checked"
    assert city.rows("survey_feature", survey_id) == count
    assert city.rows("survey_run", survey_id) == 1
    gone = f"ningtu-read-{worker.pid}-"
    assert not [path for path in Path("/tmp").iterdir() if path.name.startswith(gone)]


@pytest.mark.parametrize("count", SIZES)
def test_giving_up_while_it_is_read_ends_the_reader(city, count):
    survey_id = city.send(bundle(result(count)), "bundle.zip", project_code="P1")
    worker = city.start("api.bulk_worker")
    wait_for(lambda: reading(city, survey_id))
    (reader,) = children_of(worker.pid)
    begin = time.perf_counter()
    answer = requests.post(f"{city.url}/surveys/{survey_id}/cancel", headers=city.as_("surveyor"), timeout=30)
    assert answer.json()["status"] == "cancelled"
    wait_for(lambda: not Path(f"/proc/{reader}").exists(), seconds=10)
    print(json.dumps({"parcels": count, "reader_gone_after_s": round(time.perf_counter() - begin, 1)}))
    assert worker.poll() is None
    assert city.rows("survey_feature", survey_id) == city.rows("survey_object", survey_id) == 0
