"""Large uploads: read in the background, given up, gone on with after a killed worker, beside small ones."""

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest

from api.app import create_app
from api.process import NICENESS
from data.access.records import SYSTEM
from spatial.survey import receiving
from tests.web.survey_city import EAST, NORTH, City, block, package
from tests.web.survey_people import work

ROOT = Path(__file__).resolve().parents[2]
MANY = 1_500


@pytest.fixture
def city(db, settings, tmp_path):
    # Every file of the tests is larger than a KiB: all are read in the background.
    return City(create_app(replace(settings, read_at_once_kib=1), db=db), db, tmp_path)


@pytest.fixture
def workers(db_url, settings):
    """Start real worker processes; end those that are left."""
    started = []

    def start(module):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NINGTU_")}
        environment |= {"NINGTU_DATABASE_URL": db_url, "NINGTU_HOME": str(settings.home)}
        started.append(subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def job_of(city, survey_id):
    with city.db.transaction(SYSTEM) as conn:
        return conn.execute(
            "SELECT j.state, j.step, j.attempts FROM spatial.survey s JOIN registry.job j USING (job_id)"
            " WHERE survey_id = %s",
            [survey_id],
        ).fetchone()


def send_many(city):
    """Send many parcels, zipped: the test client keeps what is small in memory."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.gpkg", package(block(MANY), city.tmp_path))
    return city.send(packed.getvalue(), name="a.zip", project_code="P1").json["id"]


def wait_for(true, *, seconds=90):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_request_only_keeps_the_file_and_the_job_does_the_rest(city):
    sent = city.send(package(block(), city.tmp_path), project_code="P1").json
    assert sent["status"] == "received"
    waiting = city.get(f"/surveys/{sent['id']}")
    assert (waiting["feature_count"], waiting["crs"], waiting["counts"]) == (0, None, None)
    assert city.rows()["survey_feature"] == 0
    work(city.app)
    survey = city.get(f"/surveys/{sent['id']}")
    assert (survey["status"], survey["feature_count"], survey["crs"]) == ("checked", 4, "EPSG:4547")
    assert survey["progress"]["step"] == "checking"
    assert survey["progress"]["done"] == survey["progress"]["total"] > 5
    (listed,) = city.get("/surveys")["items"]
    assert listed["progress"] == survey["progress"]


def test_it_answers_as_a_small_one_does(city, app):
    small = City.__new__(City)
    small.__dict__.update(city.__dict__, app=app, client=app.test_client())
    frame = block()
    frame.loc[1, "ZDMJ"] = 700.0
    large = city.checked(frame)
    other = small.checked(frame, project_code="P2")
    assert large["counts"] == other["counts"]
    assert large["source_layer"] == other["source_layer"]


def test_a_file_that_cannot_be_read_fails_with_its_reason(city):
    survey_id = city.send(b"PK\x03\x04" + b"x" * 5000, "a.zip", project_code="P1").json["id"]
    work(city.app)
    survey = city.get(f"/surveys/{survey_id}")
    assert survey["status"] == "failed"
    assert survey["problem"]["code"] in {"unreadable_file", "archive_unsafe", "wrong_type"}
    assert survey["problem"]["detail"]
    assert city.rows()["survey_feature"] == 0


def test_a_file_that_ends_the_worker_each_time_is_failed_at_last(city):
    survey_id = city.send(package(block(), city.tmp_path), project_code="P1").json["id"]
    with city.db.transaction(SYSTEM) as conn:
        conn.execute("UPDATE registry.job SET attempts = 3 WHERE kind = 'receive_survey'")
    work(city.app)
    survey = city.get(f"/surveys/{survey_id}")
    assert (survey["status"], survey["problem"]["code"]) == ("failed", "check_failed")


@pytest.mark.parametrize("step", ["reading", "storing", "checking"])
def test_it_can_be_given_up_while_it_runs(city, monkeypatch, step):
    package(block(), city.tmp_path)
    points = gpd.GeoDataFrame({"JZDH": ["J1"]}, geometry=gpd.points_from_xy([EAST], [NORTH]), crs="EPSG:4547")
    points.to_file(city.tmp_path / "a.gpkg", layer="JZD", driver="GPKG", mode="a")
    survey_id = city.send((city.tmp_path / "a.gpkg").read_bytes(), project_code="P1").json["id"]
    report = receiving.report_progress
    later = []

    def report_and_give_up(db, job_id, done, total, at=None):
        report(db, job_id, done, total, at)
        if at == step and city.get(f"/surveys/{survey_id}")["status"] != "cancelled":
            city.post(f"/surveys/{survey_id}/cancel")
        elif city.get(f"/surveys/{survey_id}")["status"] == "cancelled":
            later.append((at, done))

    monkeypatch.setattr("spatial.survey.receiving.report_progress", report_and_give_up)
    monkeypatch.setattr("spatial.survey.checking.report_progress", report_and_give_up)
    work(city.app)
    assert city.get(f"/surveys/{survey_id}")["status"] == "cancelled"
    assert later == []  # it stopped at once
    assert city.rows()["survey_run"] == 0
    assert city.rows()["survey_feature"] == (4 if step == "checking" else 0)
    state, _, attempts = job_of(city, survey_id)
    assert (state, attempts) == ("done", 1)


@pytest.mark.parametrize("step", ["reading", "checking"])
def test_a_killed_worker_is_followed_by_another(city, workers, step):
    survey_id = send_many(city)
    first = workers("api.bulk_worker")
    wait_for(lambda: job_of(city, survey_id)[:2] == ("running", step))
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert city.get(f"/surveys/{survey_id}")["status"] in {"received", "checking"}
    with city.db.transaction(SYSTEM) as conn:  # the lease of the dead runs out
        conn.execute("UPDATE registry.job SET lease_until = now() WHERE state = 'running'")
    workers("api.bulk_worker")
    wait_for(lambda: city.get(f"/surveys/{survey_id}")["status"] == "checked")
    assert city.rows()["survey_feature"] == MANY
    assert city.rows()["survey_run"] == 1
    assert job_of(city, survey_id)[2] == 2


def test_a_long_job_does_not_make_a_small_upload_wait(city, app, workers):
    large = send_many(city)
    bulk = workers("api.bulk_worker")
    wait_for(lambda: job_of(city, large)[0] == "running")
    assert os.getpriority(os.PRIO_PROCESS, bulk.pid) == os.getpriority(os.PRIO_PROCESS, 0) + NICENESS
    frozen = workers("api.worker")  # takes no long job
    small = City.__new__(City)
    small.__dict__.update(city.__dict__, app=app, client=app.test_client())
    sent = small.send(package(block(2, first=5_000), city.tmp_path), project_code="P2").json["id"]
    # The long job is held up altogether; the small one is done nevertheless.
    with city.db.transaction(SYSTEM) as conn:
        conn.execute("SELECT FROM spatial.survey WHERE survey_id = %s FOR UPDATE", [large])
        wait_for(lambda: city.get(f"/surveys/{sent}")["status"] == "checked")
        assert city.get(f"/surveys/{large}")["status"] != "checked"
    assert frozen.poll() is None
    wait_for(lambda: city.get(f"/surveys/{large}")["status"] == "checked")


def test_no_request_waits_for_a_kept_file(city, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("read within the request")

    monkeypatch.setattr("spatial.survey.reading.read_file", refuse)
    sent = city.send(package(block(), city.tmp_path), project_code="P1").json
    assert sent["status"] == "received"
