"""Readers of the reference files; they touch no database."""

import csv
import hashlib
import io
import sqlite3
import tomllib
from contextlib import closing
from datetime import date, time
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from shapely import from_wkb, set_srid
from shapely.geometry import Point

from data.reference.calendar import spread
from data.reference.records import BoundaryCounty, BoundaryFile, HandbookFile, ReferenceSet, Row

FOLDER = Path(str(resources.files("data.reference"))).resolve()
PLANE = 4547
_DATES = frozenset({"valid_from", "valid_to"})
_TIMES = frozenset({"cutoff", "late_cutoff"})
_FLAGS = frozenset({"area_split", "verified", "is_workday", "in_city"})
_NUMBERS = frozenset({"dispute_days", "position", "standard_fen"})
# Size of the envelope by its indicator (GeoPackage 1.3, clause 2.1.3).
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_FEE_LISTS = ("registration_types", "right_kinds", "right_types", "use_classes", "flags_all", "flags_none")
_FEE_WORDS = ("choice", "option", "count_by", "payer_role", "evidence_zh", "evidence_en", "valid_to")


def reference_sets() -> list[ReferenceSet]:
    """Return every set of schema ``ref`` in an order in which they can be loaded."""
    return [
        _csv_set("county", "counties.csv", ("county_code",)),
        _townships(),
        _csv_set("village", "villages.csv", ("village_code", "valid_from")),
        *_code_lists(),
        _csv_set("fee_item", "fee_items.csv", ("item_code", "valid_from")),
        _fee_rules(),
        _csv_set("tariff_choice", "tariff_choices.csv", ("choice", "valid_from"), keep_edited=True),
        _second_review_rules(),
        _csv_set(
            "county_account",
            "county_accounts.csv",
            ("county_code", "kind", "valid_from"),
            keep_edited=True,
        ),
        _csv_set("clearing_hours", "clearing_hours.csv", ("valid_from",), keep_edited=True),
        _csv_set("county_policy", "county_policy.csv", ("valid_from",), keep_edited=True),
        _csv_set("bill_stock_policy", "bill_stock_policy.csv", ("valid_from",), keep_edited=True),
        _calendar(),
    ]


def offices() -> list[Row]:
    """Return the registration offices."""
    return read_csv("offices.csv")


def handbook() -> list[HandbookFile]:
    """Return the entries of the handbook, by type code and version."""
    entries = []
    for path in sorted((FOLDER / "handbook").glob("*.toml")):
        content = path.read_bytes()
        entry = tomllib.loads(content.decode())
        entries.append(HandbookFile(entry["type_code"], entry["version"], content, entry))
    return sorted(entries, key=lambda file: (file.type_code, file.version))


def boundary() -> BoundaryFile:
    """Return the reference boundary set (EPSG:4547, 1 mm grid) with its notice."""
    text, lines = FOLDER / "county_boundary_v1.toml", FOLDER / "county_boundary_v1.gpkg"
    facts = tomllib.loads(text.read_text(encoding="utf-8"))
    digest = _digest(text.read_bytes() + lines.read_bytes())
    return BoundaryFile(**facts, sha256=digest, counties=_boundary_counties(lines))


def _boundary_counties(path: Path) -> tuple[BoundaryCounty, ...]:
    # A GeoPackage is an SQLite file; read plainly, it spares the import of geopandas, which takes seconds.
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as package:
        rows = package.execute(
            "SELECT county_code, name, in_city, geom FROM county_boundary ORDER BY fid"
        ).fetchall()
    return tuple(
        BoundaryCounty(code, name, bool(in_city), from_wkb(_wkb(blob))) for code, name, in_city, blob in rows
    )


def _wkb(blob: bytes) -> bytes:
    """Return the WKB in a geometry blob of a GeoPackage: a header of 8 bytes and an envelope go before it."""
    envelope = (blob[3] >> 1) & 0b111
    return blob[8 + _ENVELOPE_BYTES[envelope] :]


def read_csv(name: str) -> list[Row]:
    """Return the typed rows of a CSV file of this folder; empty fields are None."""
    text = io.StringIO((FOLDER / name).read_text(encoding="utf-8"))
    return [
        {column: _value(column, field) for column, field in row.items()}
        for row in csv.DictReader(text, strict=True)
    ]


def _value(column: str, field: str) -> Any:
    if field == "":
        return None
    if column in _DATES:
        return date.fromisoformat(field)
    if column in _TIMES:
        return time.fromisoformat(field)
    if column in _FLAGS:
        return {"true": True, "false": False}[field]
    if column in _NUMBERS:
        return int(field)
    return field


def _csv_set(table: str, name: str, key: tuple[str, ...], *, keep_edited: bool = False) -> ReferenceSet:
    return ReferenceSet(table, key, read_csv(name), _digest((FOLDER / name).read_bytes()), keep_edited)


def _townships() -> ReferenceSet:
    raw = _csv_set("township", "townships.csv", ("town_code", "valid_from"))
    for row in raw.rows:
        east, north = row.pop("east_m"), row.pop("north_m")
        row["geom"] = None if east is None else set_srid(Point(float(east), float(north)), PLANE)
    return raw


def _calendar() -> ReferenceSet:
    content = (FOLDER / "calendar.csv").read_bytes()
    return ReferenceSet("calendar", ("day",), spread(read_csv("calendar.csv")), _digest(content))


def _fee_rules() -> ReferenceSet:
    content = (FOLDER / "fee_rules.toml").read_bytes()
    optional: Row = {
        **{name: [] for name in _FEE_LISTS},
        **dict.fromkeys(_FEE_WORDS),
        "self_declared": False,
    }
    rows = [{**optional, **rule} for rule in tomllib.loads(content.decode())["rule"]]
    return ReferenceSet("fee_rule", ("rule_id", "valid_from"), rows, _digest(content))


@cache
def code_list(list_code: str) -> frozenset[str]:
    """Return the codes of a list, such as ``QLLX``; empty for a list that is not there."""
    _, codes = _code_lists()
    return frozenset(row["code"] for row in codes.rows if row["list_code"] == list_code)


def _second_review_rules() -> ReferenceSet:
    content = (FOLDER / "second_review.toml").read_bytes()
    optional: Row = {
        **dict.fromkeys(("min_features", "min_area_m2", "min_waivers", "valid_to")),
        "straddles_county": False,
    }
    rows = [{**optional, **rule} for rule in tomllib.loads(content.decode())["rule"]]
    return ReferenceSet("second_review_rule", ("rule_id", "valid_from"), rows, _digest(content))


def _code_lists() -> tuple[ReferenceSet, ReferenceSet]:
    content = (FOLDER / "code_lists.toml").read_bytes()
    lists = tomllib.loads(content.decode())["list"]
    heads = [
        {name: found[name] for name in ("list_code", "name_zh", "name_en", "standard")} for found in lists
    ]
    codes = [
        _code(found, code, position)
        for found in lists
        for position, code in enumerate(found["codes"], start=1)
    ]
    digest = _digest(content)
    return (
        ReferenceSet("code_list", ("list_code",), heads, digest),
        ReferenceSet("code", ("list_code", "code", "valid_from"), codes, digest),
    )


def _code(of: Row, code: Row, position: int) -> Row:
    return {
        "list_code": of["list_code"],
        "code": code["code"],
        "name_zh": code["zh"],
        "name_en": code["en"],
        "position": position,
        "attributes": code.get("attributes", {}),
        "valid_from": of["valid_from"],
        "valid_to": of.get("valid_to"),
        "source_doc": of["source_doc"],
        "verified": code.get("verified", of["verified"]),
    }


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
