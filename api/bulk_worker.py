"""The worker for long jobs, a process of its own: ``python -m api.bulk_worker``.

A file of a hundred thousand parcels takes minutes and much memory; neither makes small jobs wait or die. It
gives way to requests and payments.
"""

import sys

from api.process import give_way
from api.wiring import LONG, NIGHTLY
from api.worker import run

if __name__ == "__main__":
    give_way()
    sys.exit(run([LONG, NIGHTLY]))
