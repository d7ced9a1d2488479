"""Settings: ``NINGTU_*`` environment variables over ``.ningtu/settings.toml`` over defaults.

Unknown names are refused, so that a misspelt setting is not silently without effect.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from pathlib import Path

from data.errors import Invalid

PREFIX = "NINGTU_"
# Names that other parts of Ningtu read themselves (launcher and tests), not settings of the application.
FOREIGN = frozenset({"NINGTU_TEST_DATABASE_URL", "NINGTU_SHARED_DATA", "NINGTU_PG_BIN", "NINGTU_DEBS"})
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "clock": ("system", "sandbox"),
    "log_level": ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
}
# What the sandbox bank does, and what goes wrong on the way.
_BANK_WORDS = (
    "confirm",
    "late",
    "hold",
    "reject",
    "silent",
    "lost",
    "lagging",
    "double",
    "bank_days",
    "careless",
)
_MAX_PORT = 65535
_FLAGS = {"1": True, "true": True, "yes": True, "on": True}
_FLAGS |= {"0": False, "false": False, "no": False, "off": False, "": False}


class SettingsUnfit(Invalid):
    """A setting is unknown or its value has the wrong form; ``reason`` says which."""

    code = "settings_unfit"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; each field is ``NINGTU_<NAME IN CAPITALS>``."""

    home: Path = Path(".ningtu")
    database_url: str = ""
    owner_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 4
    trusted_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    secret_key: str = field(default="", repr=False)
    demo_password: str = field(default="ningtu-demo", repr=False)
    sandbox_channel_key: str = field(default="ningtu-sandbox-channel-key", repr=False)
    sandbox_tax_key: str = field(default="ningtu-sandbox-tax-key", repr=False)
    sandbox_bank: str = "confirm"
    clock: str = "system"
    cutoff: str = ""
    max_upload_mib: int = 256
    read_at_once_kib: int = 8192
    sandbox_callbacks: bool = False
    map_review_number: str = ""
    log_level: str = "INFO"
    secure_cookies: bool = False

    @property
    def files_dir(self) -> Path:
        """Return the folder of stored documents, named by SHA-256."""
        return self.home / "files"

    @property
    def keys_dir(self) -> Path:
        """Return the folder of the sandbox signing keys (0700)."""
        return self.home / "keys"

    @property
    def assets_dir(self) -> Path:
        """Return the folder of the browser's libraries."""
        return self.home / "assets"


def load_settings(environ: Mapping[str, str] | None = None, *, root: Path | None = None) -> Settings:
    """Read the settings.

    Parameters
    ----------
    environ : mapping, optional
        Environment; default is the process's.
    root : Path, optional
        Checkout that holds ``.ningtu``; default is the folder above this package.

    Raises
    ------
    SettingsUnfit
        If a name is unknown or a value has the wrong form.
    """
    environ = os.environ if environ is None else environ
    root = root or Path(__file__).resolve().parent.parent
    home = Path(environ.get("NINGTU_HOME", root / ".ningtu"))
    values: dict[str, object] = dict(_file_values(home / "settings.toml"))
    for name, text in environ.items():
        if name.startswith(PREFIX) and name not in FOREIGN:
            values[name.removeprefix(PREFIX).lower()] = text
    values["home"] = home
    unknown = sorted(set(values) - {entry.name for entry in fields(Settings)})
    if unknown:
        raise SettingsUnfit(reason=f"unknown: {', '.join(unknown)}")
    return Settings(**{name: _convert(name, value) for name, value in values.items()})  # type: ignore[arg-type]  # converted by the field's default


def _file_values(path: Path) -> dict[str, object]:
    if not path.is_file():
        return {}
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsUnfit(reason=f"{path}: {error}") from error


def _convert(name: str, value: object) -> object:
    default = next(entry.default for entry in fields(Settings) if entry.name == name)
    try:
        converted = _of_type(default, value)
        _check(name, converted)
    except ValueError as error:
        raise SettingsUnfit(reason=f"{name} = {value!r}: {error}") from error
    return converted


def _of_type(default: object, value: object) -> object:
    """Return a value in the type of the field's default.

    Raises
    ------
    ValueError
    """
    if isinstance(value, str):
        if isinstance(default, bool):
            if value.strip().lower() not in _FLAGS:
                raise ValueError("neither true nor false")
            return _FLAGS[value.strip().lower()]
        if isinstance(default, int):
            return int(value)
        if isinstance(default, tuple):
            return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(default, tuple) and isinstance(value, list):
        return tuple(str(part) for part in value)
    if type(value) is not type(default) and not isinstance(value, Path):
        raise ValueError(f"not of type {type(default).__name__}")
    return value


def _check_words(value: str, allowed: tuple[str, ...]) -> None:
    """Raise ValueError for a list, with commas, that holds another word than these."""
    if not set(value.split(",")) <= set(allowed):
        raise ValueError(f"of {', '.join(allowed)}, with commas")


def _check(name: str, value: object) -> None:
    """Raise ValueError for a value that no part of Ningtu could use."""
    allowed = _CHOICES.get(name)
    if allowed is not None and value not in allowed and str(value).upper() not in allowed:
        raise ValueError(f"one of {', '.join(allowed)}")
    if name == "cutoff" and value:
        time.fromisoformat(str(value))
    if name == "sandbox_bank":
        _check_words(str(value), _BANK_WORDS)
    if isinstance(value, int) and not isinstance(value, bool) and value < 1:
        raise ValueError("at least 1")
    if name == "port" and isinstance(value, int) and value > _MAX_PORT:
        raise ValueError(f"at most {_MAX_PORT}")
