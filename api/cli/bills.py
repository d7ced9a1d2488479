"""``money issue-bills`` and ``money rotate-bill-keys``."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.context import Services

MOST = 1_000_000


def add_to(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("issue-bills")(issue_bills)
    group.command("rotate-bill-keys")(rotate_bill_keys)


def issue_bills(
    workers: Annotated[int, typer.Option(min=1, max=32, help="processes beside the server")] = 2,
    limit: Annotated[int, typer.Option(min=1, help="at most so many orders")] = MOST,
) -> None:
    """Issue the bills of all paid orders that wait for one; stopped, the next call goes on with the rest."""
    import time

    from rich.progress import Progress

    from api import bill_backlog

    for services in _services():
        order_nos = bill_backlog.waiting(services, limit)
        begin, last = time.monotonic(), None
        with Progress() as bar:
            task = bar.add_task("bills", total=len(order_nos))
            for last in bill_backlog.issue_all(
                services.settings, services.db.url, order_nos, workers=workers
            ):
                bar.update(task, completed=last.done)
        if last is None:
            print("no order waits for a bill")
            return
        seconds = time.monotonic() - begin
        print(
            f"{last.signed} bills signed, {last.held} held, {last.done} orders in {seconds:.1f} s:"
            f" {last.signed / seconds:.1f} bills/s, {1000 * last.cpu_s / max(last.signed, 1):.0f} ms CPU each"
        )


def rotate_bill_keys() -> None:
    """Put the sandbox's keys of bills aside; new ones are made when the server next starts."""
    from registry.receipts.keys import rotate_sandbox_keys

    for services in _services():
        rotate_sandbox_keys(services.settings.keys_dir, at=services.now())
        print("keys are retired; restart the server to sign with new ones")


def _services() -> "Iterator[Services]":
    from api.cli.money import open_services

    yield from open_services()
