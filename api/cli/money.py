"""``money``: close a day, compare books, load statements, verify, replay county decisions."""

import sys
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import bills, channels, simulation
from api.cli.days import check_day, check_month, day_of_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.context import Services
    from spatial.counties.drafts.records import Draft

Day = Annotated[str, typer.Argument(help="day, such as 2026-11-24, or today", callback=check_day)]


def commands(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Money: close days, compare books, verify invariants.", no_args_is_help=True)
    group.command("close-day")(close_day)
    group.command("close-month")(close_month)
    group.command("reconcile")(reconcile)
    group.command("statement")(statement)
    group.command("bank-message")(bank_message)
    group.command("verify")(verify)
    group.command("replay-decisions")(replay_decisions)
    group.command("what-if")(what_if)
    bills.add_to(group)
    channels.add_to(group)
    simulation.add_to(group)
    app.add_typer(group, name="money")


def close_day(
    day: Day,
    now: Annotated[bool, typer.Option("--now", help="do not wait for the cut-off")] = False,
) -> None:
    """Clear what has arrived by the cut-off to the counties; going on where an earlier call stopped."""
    from api import money
    from data.access.records import SYSTEM
    from registry.clearing import days
    from registry.payments import lifecycle

    for services in open_services():
        on = day_of_word(day, services.today())
        lifecycle.expire_due(services.db, now=services.now())
        result = money.clearing(services).close_day(SYSTEM, on, run_now=now)
        with services.db.transaction(SYSTEM) as conn:
            found = days.day_of_books(conn, SYSTEM, on, now=services.now())
        for row in found.rows:
            message = row.payout_msg_id or "零报告"
            print(f"{row.county_code} {row.kind:7} {row.cleared_fen:>14,} {message:24} {row.state}")
        print(f"{on} {result.state}, cleared {found.total('cleared_fen'):,} fen")


def close_month(
    month: Annotated[str, typer.Argument(help="month, such as 2026-11", callback=check_month)],
) -> None:
    """Close a month of the books for good; says what is missing and exits 1 when it cannot be closed yet."""
    from api.money import heads_signer
    from data.access.records import SYSTEM
    from registry.reconciliation import months

    for services in open_services():
        first = date.fromisoformat(f"{month}-01")
        signer = heads_signer(services)
        done = months.close_month(services.db, SYSTEM, first, signer=signer, now=services.now())
        for key, amount_fen in done.suspense:
            print(f"suspense {key} {amount_fen:,} fen")
        for reason in done.reasons:
            print(f"missing  {reason}")
        print(f"{month} {done.state} {bytes(done.trial_sha256 or b'').hex()}".rstrip())
        if done.reasons:
            raise typer.Exit(1)


def reconcile(day: Day) -> None:
    """Go on with unfinished payouts, match the four books, and list the day's differences."""
    from api import money
    from data.access.records import SYSTEM
    from registry.reconciliation import breaks, matching

    for services in open_services():
        on = day_of_word(day, services.today())
        money.clearing(services).resume(on)
        matching.match_all(services.db, on, now=services.now())
        with services.db.transaction(SYSTEM) as conn:
            found = breaks.list_breaks(conn, on)
        for item in found:
            print(f"{item.break_id} {item.type} {item.amount_fen:,} fen {item.state}")
        still = sum(item.state not in {"resolved", "confirmed"} for item in found)
        broken = _print_checks(services)
        print(f"{on}: {len(found)} differences, {still} open")
        if still or broken:
            raise typer.Exit(1)


def statement(
    file: Annotated[
        Path, typer.Argument(help="camt.053, or CSV of a bank or a channel", exists=True, dir_okay=False)
    ],
) -> None:
    """Load the statement of a bank or a channel and match it."""
    from data.access.records import SYSTEM
    from registry.reconciliation import statements

    for services in open_services():
        raw = file.read_bytes()
        load = statements.load_channel if statements.is_channel_file(raw) else statements.load
        loaded = load(services.db, SYSTEM, raw, now=services.now())
        print(
            f"statement {loaded.statement_id}: {loaded.entries} entries, {loaded.matched} matched,"
            f" {loaded.breaks} new differences"
        )


def bank_message(
    file: Annotated[Path, typer.Argument(help="pain.002 or camt.054", exists=True, dir_okay=False)],
) -> None:
    """Take a report of the bank on payouts and bring it to the books."""
    from api import money
    from data.access.records import SYSTEM

    for services in open_services():
        results = money.clearing(services).receive(SYSTEM, file.read_bytes())
        print(", ".join(results) if results else "known already")


def verify() -> None:
    """Recompute every invariant of the money books; exit 1 on a breach."""
    for services in open_services():
        if _print_checks(services):
            raise typer.Exit(1)


def what_if(
    file: Annotated[
        Path,
        typer.Argument(help="GeoPackage of county polygons, column county_code", exists=True, dir_okay=False),
    ],
    first: Annotated[str, typer.Option("--from", help="first day of payment", callback=check_day)] = "today",
    last: Annotated[str, typer.Option("--to", help="last day of payment", callback=check_day)] = "today",
) -> None:
    """Print whose money would move if a draft of the county boundaries were in force; nothing is decided."""
    from data.access.records import SYSTEM
    from registry.reconciliation import reports
    from registry.reconciliation import what_if as movements
    from spatial.counties.drafts import service as drafts

    for services in open_services():
        today, now = services.today(), services.now()
        days = (day_of_word(first, today), day_of_word(last, today))
        with services.db.transaction(SYSTEM) as conn:
            read = drafts.read(conn, file, file.name, on=today)
            kept = drafts.keep(conn, read, by=SYSTEM.login, now=now)
        draft = drafts.compare(services.db, kept.draft_id, as_of=today, now=now, on_step=_tell_progress)
        with services.db.transaction(SYSTEM) as conn:
            lines = movements.moved_lines(conn, draft.draft_id, *days, limit=reports.MAX_ROWS)
        for item in movements.matrix(lines):
            to = item.to_county or "------"
            print(f"{item.from_county} > {to} {item.kind:7} {item.lines:>6} lines {item.amount_fen:>14,} fen")
        print(
            f"draft {draft.draft_id} against {draft.boundary_set}: {draft.parcels:,} parcels,"
            f" {len(lines):,} order lines would move ({draft.seconds or 0:.1f} s)"
        )


def _tell_progress(draft: "Draft") -> None:
    """Say on a terminal how far a comparison is."""
    if draft.candidates and sys.stderr.isatty():
        print(f"\r{draft.checked:,} of {draft.candidates:,} parcels", end="", file=sys.stderr, flush=True)


def replay_decisions(
    day: Day = "today",
    sample: Annotated[float, typer.Option(help="per cent of all other decisions")] = 1.0,
) -> None:
    """Decide a day's counties again from the stored inputs; exit 1 on a difference."""
    from data.access.records import SYSTEM
    from data.clock import SHANGHAI
    from spatial.counties.register import replay_decisions as replay

    for services in open_services():
        on = day_of_word(day, services.today())
        midnight = datetime.combine(on, time.min, SHANGHAI)
        with services.db.transaction(SYSTEM) as conn:
            replays = replay(conn, on, midnight=midnight, sample_percent=sample)
        different = [item for item in replays if not item.same]
        for item in different:
            print(f"decision {item.decision_id}: {dict(item.differences)}")
        print(f"{len(replays)} decisions replayed, {len(different)} differ")
        if different:
            raise typer.Exit(1)


def _print_checks(services: "Services") -> bool:
    """Print the invariants; return whether one is broken."""
    from api.money import heads_signer
    from registry.reconciliation.invariants import verify as verify_books

    certificate = heads_signer(services).certificates[0]
    checks = verify_books(services.db, certificate=certificate, today=services.today())
    for check in checks:
        print(f"{'ok ' if check.holds else 'BAD'} {check.id:5} {check.name}")
        for breach in check.breaches[:10]:
            print(f"          {breach}")
    return not all(check.holds for check in checks)


def open_services() -> "Iterator[Services]":
    """Yield the installation's services once."""
    from api.app import build_services
    from api.cli.installation import open_city

    with open_city() as (db, installation):
        yield build_services(installation.settings, db=db)
