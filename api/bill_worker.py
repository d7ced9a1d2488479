"""What a process of its own does that issues bills beside the server.

Nothing heavy is imported here: the process gives way before it reads the rest of the programme.
"""

import os
from typing import TYPE_CHECKING

from api.process import give_way

if TYPE_CHECKING:
    from api.context import Services
    from data.settings import Settings

_services: "list[Services]" = []


def begin(settings: "Settings", database_url: str) -> None:
    """Start: behind whoever takes payments, with a pool of its own."""
    give_way()
    from api.app import build_services
    from data.db import Database

    _services.append(build_services(settings, db=Database(database_url, max_size=2).open()))


def issue(order_no: str) -> tuple[int, int, float]:
    """Issue the bills of an order; return bills signed, bills held, CPU seconds."""
    return issue_with(_services[0], order_no)


def issue_with(services: "Services", order_no: str) -> tuple[int, int, float]:
    """Issue the bills of an order with services that stand already; return as :func:`issue`."""
    from api import money

    start = sum(os.times()[:2])
    bills = money.bill_office(services).issue_for_order(order_no, now=services.now())
    signed = sum(bill.state == "signed" for bill in bills)
    return signed, len(bills) - signed, sum(os.times()[:2]) - start
