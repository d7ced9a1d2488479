import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict

import pytest

from api import supervisor
from api.supervisor import Child, Running, find_running, run_file, start_time, supervise
from data.settings import Settings


def record(home, pid, started):
    home.mkdir(exist_ok=True)
    run_file(home).write_text(json.dumps(asdict(Running(pid, started, "127.0.0.1", 8000))))


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_who_runs_is_found(tmp_path):
    record(tmp_path, os.getpid(), start_time(os.getpid()))
    assert find_running(tmp_path).pid == os.getpid()


def test_a_pid_used_again_by_another_process_is_not_ours(tmp_path):
    record(tmp_path, os.getpid(), "1")
    assert find_running(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", '{"pid": 1}'])
def test_a_broken_record_counts_for_nothing(tmp_path, text):
    run_file(tmp_path).write_text(text)
    assert find_running(tmp_path) is None


def test_a_dead_process_has_no_start_time():
    process = subprocess.Popen([sys.executable, "-c", ""])
    wait_for(lambda: start_time(process.pid) is None)  # a zombie until we ask for its status
    process.wait()
    assert start_time(process.pid) is None


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module whose processes write their pid and then do what the test says."""

    def make(body):
        (tmp_path / "nt_child.py").write_text(
            f"import os, time\nopen({str(tmp_path / 'pids')!r}, 'a').write(f'{{os.getpid()}}\\n')\n{body}\n"
        )
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        return lambda: (
            [int(line) for line in (tmp_path / "pids").read_text().split()]
            if (tmp_path / "pids").exists()
            else []
        )

    return make


def test_a_killed_process_is_started_again(module, tmp_path):
    pids = module("time.sleep(60)")
    child = Child("x", "nt_child", None, tmp_path)
    child.look_after()
    wait_for(pids)
    os.kill(pids()[0], 9)
    wait_for(lambda: (child.look_after(), len(pids()) == 2)[1])
    first, second = pids()
    assert (start_time(first), first != second) == (None, True)
    assert start_time(second) is not None
    child.stop()
    assert all(start_time(pid) is None for pid in pids())


def test_a_process_that_never_comes_up_is_given_up(module, tmp_path, monkeypatch):
    module("raise SystemExit(3)")
    monkeypatch.setattr(supervisor, "MODULES", {"x": "nt_child"})
    monkeypatch.setattr(supervisor, "MAX_PAUSE_S", 0.0)
    assert supervise(Settings(home=tmp_path), threading.Event()) is False
    assert not run_file(tmp_path).exists()


def test_all_end_when_told(module, tmp_path, monkeypatch):
    pids = module("time.sleep(60)")
    monkeypatch.setattr(supervisor, "MODULES", {"x": "nt_child"})
    stop = threading.Event()
    ended = []
    thread = threading.Thread(target=lambda: ended.append(supervise(Settings(home=tmp_path), stop)))
    thread.start()
    wait_for(pids)
    assert find_running(tmp_path).port == 8000
    stop.set()
    thread.join(20)
    assert ended == [True]
    assert start_time(pids()[0]) is None
    assert not run_file(tmp_path).exists()
