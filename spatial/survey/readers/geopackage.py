"""A look into a GeoPackage before GDAL opens it: damage, triggers, views and foreign virtual tables."""

import re
import sqlite3
from pathlib import Path
from typing import Final

from spatial.survey.readers.records import Unreadable

# What GDAL and the standard themselves create in a GeoPackage.
_OWN_TRIGGERS: Final = re.compile(
    r"^(rtree_.+_(insert|delete|update\d*)|trigger_(insert|delete)_feature_count_.+|gpkg_.+)$"
)
_OWN_VIRTUAL: Final = re.compile(
    r"^CREATE VIRTUAL TABLE\s+\"?rtree_.+\"?\s+USING\s+rtree\s*\(", re.IGNORECASE
)


def inspect(path: Path) -> None:
    """Refuse a GeoPackage that is damaged or carries code.

    The file is opened read-only and immutable, with an untrusted schema.

    Raises
    ------
    Unreadable
        ``unreadable_file`` with the reason.
    """
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error as error:
        raise Unreadable("unreadable_file", "gpkg_damaged") from error
    try:
        _inspect(connection)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise Unreadable("unreadable_file", "gpkg_damaged") from error
    finally:
        connection.close()


def _inspect(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    schema = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    for kind, name, statement in schema:
        if kind == "view" or (kind == "trigger" and not _OWN_TRIGGERS.match(name)):
            raise Unreadable("unreadable_file", "gpkg_code", name=str(name)[:80])
        virtual = kind == "table" and (statement or "").upper().startswith("CREATE VIRTUAL")
        if virtual and not _OWN_VIRTUAL.match(statement):
            raise Unreadable("unreadable_file", "gpkg_code", name=str(name)[:80])
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise Unreadable("unreadable_file", "gpkg_damaged")
