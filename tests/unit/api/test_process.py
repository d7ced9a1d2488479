"""Processes that compute for nobody who waits stand behind those that answer."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

from api import process


def standing(_):
    return os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0)


def test_work_that_nobody_waits_for_gives_way():
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=process.give_way) as pool:
        (found,) = pool.map(standing, [0])
    own, _ = standing(0)
    assert found == (own + process.NICENESS, os.SCHED_BATCH)
