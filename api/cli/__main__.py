"""``python -m api.cli``: what the launcher runs once the environment is there."""

import locale
import os
import sys
from importlib import import_module
from pkgutil import iter_modules

import typer

from data.errors import NingtuError

app = typer.Typer(
    name="ningtu",
    help="Ningtu 宁图: cadastre, registration and fee clearing of the city of Xianning.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def build() -> typer.Typer:
    """Return the command line with the commands of every module of this package."""
    package = sys.modules["api.cli"]
    for module in iter_modules(package.__path__, "api.cli."):
        if module.name.rpartition(".")[2].startswith("_"):
            continue
        commands = getattr(import_module(module.name), "commands", None)
        if commands is not None:
            commands(app)
    return app


def main() -> None:
    """Run a command; an error of ours is told in one line, without a traceback."""
    try:
        build()(prog_name="./ningtu")
    except NingtuError as error:
        from data.messages import text

        print(f"ningtu: {text(error.error_code, terminal_language(), **error.params)}", file=sys.stderr)
        for fault in error.errors:
            print(f"  {_spelt(fault)}", file=sys.stderr)
        sys.exit(1)


def _spelt(fault: dict[str, object]) -> object:
    from data.messages import text

    if "message_code" not in fault:
        return fault
    return text(str(fault["message_code"]), terminal_language(), **fault)


def terminal_language() -> str:
    """Return ``zh`` on a Chinese terminal, else ``en``."""
    name = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith("zh") else "en"


if __name__ == "__main__":
    main()
