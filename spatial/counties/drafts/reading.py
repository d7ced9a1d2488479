"""Read and check a draft: a GeoPackage with one polygon a county, six-digit codes in ``county_code``.

A GeoPackage is an SQLite file and is read as one: nothing of the file but plain tables is looked at, its
schema is not trusted, and the work of a query is bounded.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from spatial.city_window import MARGIN_M, WINDOW_M
from spatial.counties.drafts.errors import DraftBad, DraftUnreadable, draft_bad
from spatial.counties.drafts.polygons import vertices
from spatial.counties.drafts.records import DraftCounties
from spatial.counties.shapes import fault_of, multi, named
from spatial.crs import GEOGRAPHIC, PLANE, to_plane
from spatial.parcels.rules import geometry_sha256, snap

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 100
MAX_VERTICES = 2_000_000
# Steps of SQLite between two looks at the budget, and how many looks there are.
_STEPS, _LOOKS = 100_000, 2_000
_MAGIC = b"SQLite format 3\x00"
_NAME = re.compile(r"[A-Za-z0-9_\u4e00-\u9fff -]{1,64}")
# Size of the envelope by its indicator (GeoPackage 1.3, clause 2.1.3).
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_HEADER = 8


def read_draft(path: Path, name: str, city: frozenset[str]) -> DraftCounties:
    """Read a draft of the city's counties.

    Parameters
    ----------
    path : Path
        GeoPackage, one layer of polygons in EPSG:4490 or EPSG:4547.
    name : str
        What the draft is called.
    city : frozenset of str
        Codes that must all be there; others are neighbours and left out.

    Returns
    -------
    DraftCounties
        EPSG:4547 (E, N) metres, 1 mm grid.

    Raises
    ------
    DraftUnreadable
        No GeoPackage, too large, or without such a layer.
    DraftBad
        A county is missing, twice, invalid, no polygon, elsewhere, or overlaps another by more than 1 m².
    """
    rows, crs = _rows(path)
    own = [(code, blob) for code, blob in rows if code in city]
    codes = [code for code, _ in own]
    if set(codes) != city:
        raise draft_bad(named("missing", sorted(city - set(codes))))
    if len(codes) != len(set(codes)):
        raise draft_bad(named("twice", sorted({code for code in codes if codes.count(code) > 1})))
    shapes = _shapes([blob for _, blob in own], codes)
    if crs == GEOGRAPHIC:
        shapes = shapely.transform(shapes, lambda degrees: to_plane(degrees, GEOGRAPHIC))
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        raise DraftBad(reason="not_finite")
    _require_here(codes, shapes)
    shapes = snap(shapes)
    fault = fault_of(codes, shapes)
    if fault is not None:
        raise draft_bad(fault)
    ordered = sorted(zip(codes, shapes, strict=True))
    digest = hashlib.sha256()
    for (code, _), sha256 in zip(ordered, geometry_sha256([shape for _, shape in ordered]), strict=True):
        digest.update(code.encode() + sha256)
    return DraftCounties(name, {code: multi(shape) for code, shape in ordered}, digest.digest())


def _rows(path: Path) -> tuple[list[tuple[str, bytes]], int]:
    """Return codes and geometry blobs of the one layer that has both, and its CRS."""
    with path.open("rb") as file:
        if path.stat().st_size > MAX_BYTES or file.read(len(_MAGIC)) != _MAGIC:
            raise DraftUnreadable(reason="no_package")
    try:
        with _opened(path) as package:
            layers = package.execute(
                "SELECT g.table_name, g.column_name, s.organization_coordsys_id"
                " FROM gpkg_geometry_columns g JOIN gpkg_spatial_ref_sys s USING (srs_id)"
                " JOIN sqlite_master m ON m.name = g.table_name AND m.type = 'table' LIMIT 20"
            ).fetchall()
            for table, column, crs in layers:
                if not all(isinstance(word, str) and _NAME.fullmatch(word) for word in (table, column)):
                    continue
                known = {row[1] for row in package.execute(f'PRAGMA table_info("{table}")')}
                if "county_code" not in known:
                    continue
                if crs not in {GEOGRAPHIC, PLANE}:
                    raise DraftUnreadable(reason="crs")
                # Names were matched against a pattern without quotes.
                rows = package.execute(
                    f'SELECT county_code, "{column}" FROM "{table}" LIMIT {MAX_ROWS + 1}'  # noqa: S608
                ).fetchall()
                return _plain(rows), int(crs)
    except sqlite3.Error as error:
        raise DraftUnreadable(reason="damaged") from error
    raise DraftUnreadable(reason="no_layer")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file of others: read only, its schema not trusted, within a budget of steps."""
    looks = 0

    def look() -> int:
        nonlocal looks
        looks += 1
        return int(looks > _LOOKS)

    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1&mode=ro", uri=True)) as package:
        package.execute("PRAGMA trusted_schema = OFF")
        package.set_progress_handler(look, _STEPS)
        yield package


def _plain(rows: list[tuple[object, object]]) -> list[tuple[str, bytes]]:
    if len(rows) > MAX_ROWS:
        raise DraftUnreadable(reason="rows", most=MAX_ROWS)
    return [(str(code), blob) for code, blob in rows if isinstance(blob, bytes)]


def _shapes(blobs: Sequence[bytes], codes: Sequence[str]) -> "np.typing.NDArray[np.object_]":
    bodies = [_body(blob, code) for blob, code in zip(blobs, codes, strict=True)]
    # Counted before anything is built: what is no plain polygon never reaches the reader of shapes.
    if sum(_count(body, code) for body, code in zip(bodies, codes, strict=True)) > MAX_VERTICES:
        raise DraftBad(reason="vertices", most=MAX_VERTICES)
    made: list[BaseGeometry] = []
    for body, code in zip(bodies, codes, strict=True):
        try:
            shape = shapely.force_2d(shapely.from_wkb(body))
        except (ShapelyError, ValueError) as error:
            raise draft_bad(named("no_shape", [code])) from error
        if not isinstance(shape, Polygon | MultiPolygon) or shape.is_empty:
            raise draft_bad(named("no_polygon", [code]))
        made.append(shape)
    return np.array(made, dtype=object)


def _body(blob: bytes, code: str) -> bytes:
    """Return the shape of a GeoPackage blob without its header."""
    indicator = (blob[3] >> 1) & 0b111 if len(blob) > _HEADER else len(_ENVELOPE_BYTES)
    if blob[:2] != b"GP" or indicator >= len(_ENVELOPE_BYTES):
        raise draft_bad(named("no_shape", [code]))
    return blob[_HEADER + _ENVELOPE_BYTES[indicator] :]


def _count(body: bytes, code: str) -> int:
    try:
        return vertices(body)
    except ValueError as error:
        raise draft_bad(named("no_polygon", [code])) from error


def _require_here(codes: Sequence[str], shapes: "np.typing.NDArray[np.object_]") -> None:
    """Refuse counties that lie outside the city's window: another zone, swapped axes, another place."""
    west, south, east, north = WINDOW_M
    least = np.array([west, south]) - MARGIN_M
    most = np.array([east, north]) + MARGIN_M
    bounds = shapely.bounds(shapes)
    inside = (bounds[:, :2] >= least).all(axis=1) & (bounds[:, 2:] <= most).all(axis=1)
    gone = [code for code, here in zip(codes, inside, strict=True) if not here]
    if gone:
        raise draft_bad(named("elsewhere", gone))
