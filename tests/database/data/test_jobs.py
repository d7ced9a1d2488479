import pytest

from data.access.records import SYSTEM
from data.jobs import service as jobs


def add(db, kind="k", **extra):
    with db.transaction(SYSTEM) as conn:
        return jobs.enqueue(conn, kind, {"n": 1}, **extra)


def state(db, job_id):
    with db.transaction(SYSTEM) as conn:
        return jobs.state_of(conn, job_id)


def test_a_job_runs_once(db):
    seen = []
    job_id = add(db)
    assert jobs.drain(db, {"k": seen.append}) == 1
    assert [job.payload for job in seen] == [{"n": 1}]
    assert state(db, job_id).state == "done"


def test_one_job_a_key(db):
    assert add(db, key="bill:1") == add(db, key="bill:1")
    assert jobs.drain(db, {"k": lambda job: None}) == 1


def test_one_run_settles_all_that_waited_before_it_and_none_that_came_meanwhile(db):
    asked = [add(db, key=f"k:{number}") for number in range(3)]
    late = []

    def build(job):
        with jobs.settling(db, job.kind):
            late.append(add(db, key="k:late"))

    assert jobs.run_once(db, {"k": build})
    assert {state(db, job_id).state for job_id in asked} == {"done"}
    assert state(db, late[0]).state == "waiting"


def test_a_run_that_fails_settles_nothing(db):
    asked = [add(db, key=f"k:{number}") for number in range(2)]

    def fail(job):
        with jobs.settling(db, job.kind):
            raise RuntimeError("no room")

    assert jobs.run_once(db, {"k": fail})
    assert {state(db, job_id).state for job_id in asked} == {"waiting"}


def test_a_job_is_not_there_when_the_fact_is_rolled_back(db):
    class Stop(Exception):
        pass

    def fail():
        with db.transaction(SYSTEM) as conn:
            jobs.enqueue(conn, "k", {})
            raise Stop

    with pytest.raises(Stop):
        fail()
    assert jobs.drain(db, {"k": lambda job: None}) == 0


def test_a_failing_job_is_put_back_with_its_error(db):
    def fail(job):
        raise RuntimeError("no bank")

    job_id = add(db)
    assert jobs.run_once(db, {"k": fail})
    found = state(db, job_id)
    assert found.state == "waiting"
    assert "no bank" in found.error


def test_a_job_of_a_dead_worker_is_taken_up_again(db):
    job_id = add(db)
    with db.transaction(SYSTEM) as conn:
        conn.execute(
            "UPDATE registry.job SET state = 'running', worker = 'gone',"
            " lease_until = clock_timestamp() - interval '1 s' WHERE job_id = %s",
            [job_id],
        )
    assert jobs.drain(db, {"k": lambda job: None}) == 1
    assert state(db, job_id).state == "done"


def test_progress_is_seen_while_the_job_runs(db):
    seen = []

    def handler(job):
        jobs.report_progress(db, job.job_id, 3, 10)
        seen.append(state(db, job.job_id))

    add(db)
    jobs.drain(db, {"k": handler})
    assert (seen[0].done, seen[0].total, seen[0].state) == (3, 10, "running")
