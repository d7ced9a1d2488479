"""``city``: make the synthetic city, and print units to try the main job on."""

import json
import time
from typing import Annotated, Any

import typer

from api.cli.days import check_day, day_of_word

DEMO_CASES_PER_PARCEL = 4


def commands(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The synthetic city: everything in it is invented.", no_args_is_help=True)
    group.command("generate")(generate)
    group.command("story")(story)
    app.add_typer(group, name="city")


def generate(
    parcels: Annotated[int, typer.Option(min=100, help="number of parcels, met exactly")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="the same seed gives the same city")] = 1,
    cases: Annotated[int | None, typer.Option(min=0, help="number of cases [default: a quarter]")] = None,
    until: Annotated[
        str, typer.Option(help="the cases end before this day, such as 2026-11-24", callback=check_day)
    ] = "today",
) -> None:
    """Make a synthetic city in the empty register; one that was stopped half way goes on."""
    from api.cli.installation import open_city
    from api.loading.city import load_city
    from data.clock import SystemClock, day_of
    from data.synthetic.city import CityOrder
    from registry.parties.service import search_key

    now = SystemClock().now()
    end = day_of_word(until, day_of(now))
    number = parcels // DEMO_CASES_PER_PARCEL if cases is None else cases
    started = time.monotonic()
    with open_city() as (db, installation):
        loaded = load_city(
            db,
            CityOrder(parcels, number, seed, end),
            search_key=search_key(installation.settings.secret_key),
            now=now,
            progress=_show,
        )
    print(
        f"\n{loaded.parcels:,} parcels, {loaded.buildings:,} buildings, {loaded.units:,} flats,"
        f" {loaded.rights:,} rights, {loaded.cases:,} cases, {loaded.orders:,} payments"
        f" in {time.monotonic() - started:.0f} s"
    )


def _show(done: int, total: int) -> None:
    print(f"\r{done:>12,} of {total:,} parcels ({done * 100 // total} %)", end="", flush=True)


def story(
    as_json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
) -> None:
    """Print for each county a free flat, homestead and bare parcel, with parties and materials."""
    from api.cli.installation import open_city
    from api.loading.story import stories
    from data.access.clock import clock_of

    with open_city() as (db, installation):
        found = stories(db, now=clock_of(db, installation.settings.clock).now())
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for county in found:
        _print(county)


def _print(county: dict[str, Any]) -> None:
    print(f"{county['county_code']} {county['name']}")
    for what in ("flat", "homestead", "bare"):
        unit = county.get(what)
        if unit is None:
            continue
        print(f"  {what:<10} {unit['unit_code']}  {unit['address']}")
        for applicant in unit["case"]["applicants"]:
            print(f"    {applicant['role']:<11} {applicant['name']}  {applicant['id_number']}")
        print(f"    materials   {', '.join(item['code'] for item in unit['case']['materials'])}")
