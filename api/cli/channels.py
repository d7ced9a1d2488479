"""``money channel-key``: rotate the key of a payment channel."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.context import Services

Name = Annotated[str, typer.Argument(help="channel, such as wechat_sandbox")]


def add_to(group: typer.Typer) -> None:
    """Add the commands."""
    keys = typer.Typer(help="Keys of payment channels: two hold during a rotation.", no_args_is_help=True)
    keys.command("list")(list_keys)
    keys.command("begin")(begin)
    keys.command("finish")(finish)
    group.add_typer(keys, name="channel-key")


def list_keys(channel: Name) -> None:
    """List the key ids of a channel and when each holds."""
    from data.access.records import SYSTEM
    from registry.payments import store_channels

    for services in _services():
        with services.db.transaction(SYSTEM) as conn:
            for key in store_channels.keys_of(conn, channel):
                until = key.valid_until.isoformat() if key.valid_until else "holds"
                print(f"{key.kid:16} {key.valid_from.isoformat()} {until}")


def begin(channel: Name) -> None:
    """Make a new key, which holds beside the old one, and print it for the channel's side."""
    from api import money
    from data.access.records import SYSTEM
    from registry.payments import channel_keys

    for services in _services():
        vault = money.key_vault(services)
        made = channel_keys.begin(services.db, SYSTEM, vault, channel, now=services.now())
        print(f"{made.kid} {vault.ensure(channel, made.kid)}")


def finish(channel: Name) -> None:
    """End the old key: what is signed with it from now on is refused."""
    from data.access.records import SYSTEM
    from registry.payments import channel_keys

    for services in _services():
        ended = channel_keys.finish(services.db, SYSTEM, channel, now=services.now())
        print(f"{ended.kid} has ended")


def _services() -> "Iterator[Services]":
    from api.cli.money import open_services

    yield from open_services()
