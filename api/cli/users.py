"""``user``: accounts of the installation."""

from typing import Annotated

import typer


def commands(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Accounts: add, set a password, make an API key.", no_args_is_help=True)
    group.command("add")(add)
    group.command("passwd")(passwd)
    group.command("token")(token)
    app.add_typer(group, name="user")


def add(
    login: Annotated[str, typer.Argument(help="name to sign in with")],
    role: Annotated[list[str], typer.Option(help="role; can be given several times")],
    name: Annotated[str, typer.Option(help="name shown to others")] = "",
    office: Annotated[str | None, typer.Option(help="office: xianan, chibi, …, or city")] = None,
    password: Annotated[str, typer.Option(help="asked for if absent", prompt=True, hide_input=True)] = "",
) -> None:
    """Create an account."""
    from api.cli.installation import open_city
    from data.access import audit, service
    from data.access.records import SYSTEM

    with open_city() as (db, _), db.transaction(SYSTEM) as conn:
        service.create_user(
            conn, login=login, name=name or login, roles=role, office=office, password=password
        )
        audit.record(conn, SYSTEM, "user.create", login, detail={"roles": role, "office": office})
    print(f"{login}: {', '.join(role)}")


def passwd(
    login: Annotated[str, typer.Argument(help="account")],
    password: Annotated[
        str, typer.Option(help="asked for if absent", prompt=True, confirmation_prompt=True, hide_input=True)
    ] = "",
) -> None:
    """Set the password of an account; its sessions end."""
    from api.cli.installation import open_city
    from data.access import audit, service
    from data.access.records import SYSTEM

    with open_city() as (db, _), db.transaction(SYSTEM) as conn:
        service.reset_password(conn, login, password)
        audit.record(conn, SYSTEM, "password.reset", login)
    print(f"{login}: password set")


def token(login: Annotated[str, typer.Argument(help="account that the program acts as")]) -> None:
    """Make an API key (Authorization: Bearer); it is shown once and kept as a hash."""
    from api.cli.installation import open_city
    from data.access import audit, service
    from data.access.records import SYSTEM

    with open_city() as (db, _), db.transaction(SYSTEM) as conn:
        key = service.create_key(conn, login)
        audit.record(conn, SYSTEM, "key.create", login)
    print(key)
