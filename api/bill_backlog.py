"""Issue many bills at once (批量开票): processes beside the server that give way to payments.

Each order is issued by itself and re-entrantly: who is killed is followed by the next call, which goes on
with what is left; no number is burnt.
"""

import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date

from api import bill_worker
from api.context import Services
from data.access.records import SYSTEM
from data.settings import Settings
from registry.receipts import service as receipts

CHUNK = 4


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: orders done of all, bills signed, bills held, CPU seconds of the workers."""

    done: int
    total: int
    signed: int
    held: int
    cpu_s: float


def waiting(services: Services, limit: int, since: date | None = None) -> list[str]:
    """Return orders, paid since a day, that wait for bills, oldest first."""
    with services.db.transaction(SYSTEM) as conn:
        return receipts.orders_without_files(conn, limit=limit, since=since)


def issue_all(
    settings: Settings, database_url: str, order_nos: list[str], *, workers: int
) -> Iterator[Progress]:
    """Issue the bills of orders; yields after each order.

    Parameters
    ----------
    settings : Settings
        Of the installation.
    database_url : str
        Login URL.
    order_nos : list of str
        Paid orders.
    workers : int
        Processes.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=bill_worker.begin, initargs=(settings, database_url)
    ) as pool:
        yield from _sums(pool.map(bill_worker.issue, order_nos, chunksize=CHUNK), len(order_nos))


def issue_here(services: Services, order_nos: list[str]) -> Iterator[Progress]:
    """Issue the bills of orders in this process; yields after each order."""
    yield from _sums((bill_worker.issue_with(services, order_no) for order_no in order_nos), len(order_nos))


def _sums(results: Iterable[tuple[int, int, float]], total: int) -> Iterator[Progress]:
    signed, held, cpu_s = 0, 0, 0.0
    for done, (more_signed, more_held, more_cpu_s) in enumerate(results, start=1):
        signed, held, cpu_s = signed + more_signed, held + more_held, cpu_s + more_cpu_s
        yield Progress(done, total, signed, held, cpu_s)
