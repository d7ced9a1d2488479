"""``tiles``: what the map draws at small scales."""

from typing import Annotated

import typer


def commands(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Map tiles: build the overview.", no_args_is_help=True)
    group.command("build")(build)
    group.callback()(_group)
    app.add_typer(group, name="tiles")


def _group() -> None:
    """Keep ``build`` a command of the group, though it is the only one."""


def build(
    layer: Annotated[str | None, typer.Option(help="parcels, collective, contract_land or forest")] = None,
) -> None:
    """Build the overview cells (below zoom 13) from the parcels in force today."""
    from api.cli.installation import open_city
    from data.clock import SystemClock, day_of
    from tiles.service import build_overview

    with open_city() as (db, _):
        built = build_overview(db, day=day_of(SystemClock().now()), layer=layer)
    print(f"{built.parcels:,} parcels in {built.cells:,} cells")
