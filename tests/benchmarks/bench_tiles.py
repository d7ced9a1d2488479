"""Vector tiles: over HTTP against pgbench with the same SQL; kept tiles; cells against single parcels."""

import math
import os
import random
import subprocess
import sys
import time
from datetime import date
from unittest import mock

import numpy as np
import psycopg

from spatial.crs import to_degrees
from tests.benchmarks.harness import City, Context, Result, timed
from tests.benchmarks.tile_client import Load
from tiles.records import Address, Request
from tiles.rules import LAYERS, query_of
from tiles.service import build_overview
from tiles.store import tile_sql

NAME = "tiles"
CONNECTIONS = 8
DAY = date(2026, 1, 1)
# A dense town: lots of 30 m with vertices every 10 m or so, in a square around this point (EPSG:4547).
MIDDLE_M = (530_000, 3_300_000)
LOT_M = 30
# How many tiles of each zoom: a reader looks at few large ones and many small ones.
MIX = {14: 6, 15: 14, 16: 30, 17: 40, 18: 40}


def run(ctx: Context) -> list[Result]:
    parcels = ctx.pick(1_000_000, 40_000)
    seconds = ctx.pick(10, 2)
    with ctx.database("bench_tiles") as city:
        ctx.say(f"{parcels:,} parcels")
        fill(city, parcels)
        tiles = choose(parcels)
        limit, uncached = against_pgbench(ctx, city, tiles, seconds)
        results = [
            ctx.result(
                NAME,
                "uncached, z14-z18, 8 connections",
                uncached,
                "tiles/s",
                limit=limit,
                limit_name="pgbench, same SQL",
                goal=">= 0.80",
                n=len(tiles),
            )
        ]
        kept = served(ctx, city, tiles, seconds, fresh=False)
        results.append(
            ctx.result(
                NAME,
                "kept in memory, 8 connections",
                kept,
                "tiles/s",
                limit=uncached,
                limit_name="made anew",
                goal=">= 8",
                n=len(tiles),
            )
        )
        return [*results, *overview(ctx, city)]


def fill(city: City, parcels: int) -> None:
    """Write lots as the superuser, with triggers off: what is measured here is reading."""
    side = math.isqrt(parcels)
    values = {
        "side": side,
        "lot": LOT_M,
        "e": MIDDLE_M[0] - side * LOT_M / 2,
        "n": MIDDLE_M[1] - side * LOT_M / 2,
    }
    with psycopg.connect(city.superuser_url) as conn:
        conn.execute("SET session_replication_role = replica")
        conn.execute(_FILL_PARCELS, values)
        conn.execute(_FILL_VERSIONS, values)
    with psycopg.connect(city.superuser_url, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE spatial.parcel_version")


_FILL_PARCELS = """
INSERT INTO spatial.parcel (parcel_code, county_code, layer)
SELECT '421202' || lpad((1 + k / 99999)::text, 6, '0') || 'GB' || lpad((1 + k % 99999)::text, 5, '0'),
       '421202', 'use_surface'
FROM generate_series(0, %(side)s::int * %(side)s::int - 1) AS k
""".replace("k % 99999", "k %% 99999")

_FILL_VERSIONS = """
INSERT INTO spatial.parcel_version (parcel_id, parcel_code, unit_code, county_code, layer, geom, geom_sha256,
                                    official_area_m2, calculated_area_m2, land_use, address, valid, known)
SELECT parcel_id, parcel_code, parcel_code || 'W00000000', county_code, layer,
       ST_SnapToGrid(ST_Segmentize(ST_SetSRID(ST_MakeEnvelope(x, y, x + w, y + h), 4547), 11), 0.001),
       '\\x00', w * h, w * h, (ARRAY['0701', '0702', '0501', '0601', '0801'])[1 + parcel_id %% 5],
       '样例路' || parcel_id || '号', daterange('2015-01-01', NULL), tstzrange('2015-01-01', NULL)
FROM (SELECT *, %(e)s::float8 + ((parcel_id - 1) %% %(side)s::int) * %(lot)s::int AS x,
             %(n)s::float8 + ((parcel_id - 1) / %(side)s::int) * %(lot)s::int AS y,
             %(lot)s::int - (parcel_id %% 7) AS w, %(lot)s::int - (parcel_id %% 5) AS h
      FROM spatial.parcel) AS lot
"""


def choose(parcels: int) -> list[tuple[int, int, int]]:
    """Return tile addresses inside the town, always the same ones."""
    chance = random.Random(7)
    half = math.isqrt(parcels) * LOT_M / 2 * 0.9
    found = []
    for zoom, count in MIX.items():
        places = [
            (MIDDLE_M[0] + chance.uniform(-half, half), MIDDLE_M[1] + chance.uniform(-half, half))
            for _ in range(count)
        ]
        found += [(zoom, *tile_of(lon, lat, zoom)) for lon, lat in to_degrees(np.array(places))]
    chance.shuffle(found)
    return found


def tile_of(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    side = 1 << zoom
    return (
        int((lon + 180) / 360 * side),
        int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side),
    )


def against_pgbench(
    ctx: Context, city: City, tiles: list[tuple[int, int, int]], seconds: int
) -> tuple[float, float]:
    """Measure both in turn, three rounds each; return the medians, tiles a second."""
    script = pgbench_script(tiles)
    limits, values = [], []
    for _ in range(3):
        # As the server's connections: no second process for one tile.
        with mock.patch.dict(os.environ, PGOPTIONS="-c max_parallel_workers_per_gather=0 -c jit=off"):
            limit = ctx.pgbench(city, script, clients=CONNECTIONS, seconds=seconds)
        limits.append(limit.tps * len(tiles))
        values.append(served(ctx, city, tiles, seconds, fresh=True))
        ctx.say(f"pgbench {limits[-1]:.0f}/s, HTTP {values[-1]:.0f}/s")
    return sorted(limits)[1], sorted(values)[1]


def pgbench_script(tiles: list[tuple[int, int, int]]) -> str:
    """Return a script whose transaction makes every tile once, with the texts that the server uses."""
    lines = []
    for z, x, y in tiles:
        text = tile_sql(query_of(LAYERS["parcels"], Request("parcels", Address(z, x, y), DAY)))
        for name, variable in (("z", ":z"), ("x", ":x"), ("y", ":y")):
            text = text.replace(f"%({name})s", variable)
        text = text.replace("%(registers)s", "'{use_surface,use_above,use_below}'")
        text = text.replace("%(part)s", "'parcels'").replace("%(day)s", f"'{DAY}'")
        body = " ".join(line for line in text.splitlines() if not line.startswith("--"))
        lines += [f"\\set z {z}", f"\\set x {x}", f"\\set y {y}", f"{body};"]
    return "\n".join(lines)


def served(
    ctx: Context, city: City, tiles: list[tuple[int, int, int]], seconds: int, *, fresh: bool
) -> float:
    """Return the tiles a second that the production server gives to eight connections."""
    paths = [f"/tiles/parcels/{z}/{x}/{y}.mvt?at={DAY}" for z, x, y in tiles]
    with ctx.server(city) as base:
        Load(paths, fresh=fresh).run(base, connections=CONNECTIONS, seconds=1)
        # In a process of its own: the client's Python must not take the benchmark's.
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.benchmarks.tile_client",
                base,
                str(CONNECTIONS),
                str(seconds),
                str(int(fresh)),
            ],
            input="\n".join(paths),
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout)


def overview(ctx: Context, city: City) -> list[Result]:
    """Compare a tile of cells with the same tile of single parcels at zooms 9 and 10."""
    build_s = timed(lambda: build_overview(city.db, day=DAY))
    results = [ctx.result(NAME, "building the overview", build_s, "s")]
    lon, lat = to_degrees(np.array([MIDDLE_M], dtype=float))[0]
    for zoom in (9, 10):
        x, y = tile_of(lon, lat, zoom)
        values = {
            "z": zoom,
            "x": x,
            "y": y,
            "day": DAY,
            "registers": ["use_surface", "use_above", "use_below"],
            "part": "parcels",
        }
        with psycopg.connect(city.superuser_url) as conn:
            seconds = {}
            for query in ("parcels", "parcel_cells"):
                begin = time.perf_counter()
                conn.execute(tile_sql(query), values)
                seconds[query] = time.perf_counter() - begin
        results.append(
            ctx.result(
                NAME,
                f"cells, z{zoom}",
                seconds["parcel_cells"] * 1000,
                "ms",
                limit=seconds["parcels"] * 1000,
                limit_name="single parcels",
                goal="<= 0.0667",
            )
        )
    return results
