"""County lookup: all parcels at once with evidence, single lookups, and both engines compared."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from statistics import median
from typing import Any

import numpy as np
import psycopg
import shapely

from data.access.records import SYSTEM
from data.db import load_sql
from data.synthetic.city import CityOrder, make_city
from spatial.counties import service, store
from spatial.counties.measuring import measure
from spatial.counties.records import Measured
from spatial.counties.rules import judge
from spatial.parcels.rules import geometry_sha256
from tests.benchmarks.harness import City, Context, Result

NAME = "locate"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = date(2026, 1, 1)
AT_ONCE = 50_000
# How many parcels, spread by a hash, tell how many need a second statement.
SAMPLE = 50_000
# Plain join of the boxes of parcels and county pieces: the least a lookup over all parcels can be.
BBOX_JOIN = (
    "SELECT count(*) FROM spatial.county_piece p JOIN spatial.parcel_version v ON v.geom && p.geom"
    " WHERE p.set_id = %s"
)


def run(ctx: Context) -> list[Result]:
    count = ctx.pick(1_000_000, 20_000)
    with ctx.database("bench_locate") as city:
        ctx.say(f"{count:,} stored parcels")
        first = fill(city, count)
        return [*at_once(ctx, city, count), *single(ctx, city, first, count)]


def fill(city: City, count: int) -> int:
    """Write the invented city's parcels as the superuser, triggers off: reading is what is measured.

    Every hundredth is moved to the middle of the next county line, so that there is something to decide.
    Return the first version id.
    """
    with psycopg.connect(city.superuser_url) as conn:
        conn.execute("SET session_replication_role = replica")
        vertices = np.concatenate(
            [
                np.array(line)
                for (line,) in conn.execute(
                    "SELECT array_agg(ARRAY[ST_X(d.geom), ST_Y(d.geom)]) FROM spatial.county_line l,"
                    " ST_DumpPoints(l.geom) d GROUP BY l.line_id"
                )
            ]
        )
        order = CityOrder(parcels=count, cases=0, seed=1, until=DAY)
        for parcels in batches(order):
            codes = [parcel.parcel_code for parcel in parcels]
            geoms = np.array([parcel.geom for parcel in parcels], dtype=object)
            geoms[::100] = moved(geoms[::100], vertices)
            copy_parcels(conn, codes, [parcel.layer for parcel in parcels], geoms)
    with psycopg.connect(city.superuser_url, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE spatial.parcel_version")
        row = conn.execute("SELECT min(version_id), count(*) FROM spatial.parcel_version").fetchone()
    assert row is not None
    assert row[1] == count
    return int(row[0])


def batches(order: CityOrder) -> Iterator[list[Any]]:
    held: list[Any] = []
    for part in make_city(order):
        for batch in part.batches:
            held += batch.parcels
            if len(held) >= AT_ONCE:
                yield held
                held = []
    if held:
        yield held


def moved(geoms: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """Move shapes onto vertices of county lines, on the 1 mm grid."""
    random = np.random.default_rng(len(geoms))
    targets = vertices[random.integers(0, len(vertices), len(geoms))]
    centres = shapely.get_coordinates(shapely.centroid(geoms))
    return np.array(
        [
            shapely.transform(geom, lambda xy, by=by: np.round(xy + by, 3))
            for geom, by in zip(geoms, np.round(targets - centres, 3), strict=True)
        ],
        dtype=object,
    )


def copy_parcels(conn: psycopg.Connection, codes: list[str], layers: list[str], geoms: np.ndarray) -> None:
    copied = (
        "COPY spatial.parcel_version (parcel_id, parcel_code, unit_code, county_code, layer, geom,"
        " geom_sha256, official_area_m2, calculated_area_m2, valid, known) FROM STDIN"
    )
    wkbs = shapely.to_wkb(shapely.set_srid(geoms, 4547), hex=True, include_srid=True)
    first = conn.execute("SELECT coalesce(max(parcel_id), 0) FROM spatial.parcel_version").fetchone()
    assert first is not None
    with conn.cursor() as cur, cur.copy(copied) as copy:
        for number, (code, layer, wkb, sha256, area) in enumerate(
            zip(codes, layers, wkbs, geometry_sha256(geoms), np.round(shapely.area(geoms), 2), strict=True)
        ):
            copy.write_row(
                (
                    first[0] + 1 + number,
                    code,
                    code + "W00000000",
                    code[:6],
                    layer,
                    wkb,
                    sha256,
                    float(area),
                    float(area),
                    "[2020-01-01,)",
                    "[2020-01-01,)",
                )
            )


def at_once(ctx: Context, city: City, count: int) -> list[Result]:
    """All parcels, evidence written and committed, against the plain join; then against Shapely."""
    runs: list[int] = []
    with psycopg.connect(city.superuser_url, autocommit=True) as plain:
        plain.execute("SET jit = off")
        set_id = _newest_set(plain)

        def join() -> None:
            plain.execute(BBOX_JOIN, [set_id])

        def decide() -> None:
            with city.db.transaction(SYSTEM) as conn:
                runs.append(service.decide_all(conn, as_of=DAY, started_by="bench", now=NOW)[0])

        join()
        seconds = ctx.interleave({"join": join, "decide": decide}, rounds=3)
    same, straddling = compare(city, runs[-1])
    return [
        ctx.result(
            NAME,
            "all at once, evidence written",
            count / seconds["decide"],
            "parcels/s",
            limit=count / seconds["join"],
            limit_name="box join with county pieces",
            goal=">= 0.06",
            n=count,
        ),
        ctx.result(
            NAME,
            f"equal to Shapely ({straddling:,} not wholly in one county)",
            float(same),
            "parcels",
            limit=float(count),
            limit_name="all",
            goal=">= 1",
            n=count,
        ),
    ]


def compare(city: City, run_id: int) -> tuple[int, int]:
    """Return how many answers of a run the Shapely form gives too, and how many are not plain."""
    same = plain = last = 0
    with city.db.transaction(SYSTEM) as conn:
        used = service.boundary_set(conn, DAY)
        pieces = store.boundary_pieces(conn, used.set_id)
        while rows := conn.execute(COMPARED, {"run_id": run_id, "last": last, "limit": AT_ONCE}).fetchall():
            last = rows[-1][0]
            shapes = [row[1] for row in rows]
            for row, measured in zip(rows, measure(shapes, pieces), strict=True):
                answer = expected(row[2], measured, used.accuracy_m)
                same += answer == row[3:]
                plain += row[9] is None
        counted = conn.execute(
            "SELECT count(*) FROM spatial.county_answer WHERE run_id = %s", [run_id]
        ).fetchone()
    assert counted is not None
    return same, counted[0] - plain


def _newest_set(conn: psycopg.Connection[Any]) -> int:
    row = conn.execute("SELECT max(set_id) FROM spatial.boundary_set").fetchone()
    assert row is not None
    return int(row[0])


COMPARED = """
SELECT v.version_id, v.geom, left(v.unit_code, 6), a.county_code, a.rule, a.main_county, a.main_ppm,
       a.outside_ppm, a.distance_to_line_m::float8, a.county_overlaps
FROM spatial.county_answer a JOIN spatial.parcel_version v USING (version_id)
WHERE a.run_id = %(run_id)s AND v.version_id > %(last)s
ORDER BY v.version_id LIMIT %(limit)s
"""


def expected(code_county: str, measured: Measured, accuracy_m: float) -> tuple[object, ...]:
    rule, county, _ = judge(measured, code_county=code_county, accuracy_m=accuracy_m)
    distance = measured.distance_to_line_m
    main = measured.overlaps[0] if measured.overlaps else None
    parts = [
        {"county_code": part.county_code, "ratio_ppm": part.ratio_ppm, "area_mm2": part.area_mm2}
        for part in measured.overlaps
    ]
    return (
        county,
        str(rule),
        main and main.county_code,
        main.ratio_ppm if main else 0,
        measured.outside_ppm,
        distance if distance is not None and distance < accuracy_m else None,
        None if main and main.ratio_ppm == 1_000_000 else parts or None,
    )


def single(ctx: Context, city: City, first: int, count: int) -> list[Result]:
    """One parcel by key: its county with all evidence, against fetching its shape; 8 clients.

    As store.measure: a first statement for every parcel, a second for the few of which the first has no row.
    Each is timed by itself, since a condition costs pgbench more than it costs the caller.
    """
    step = max(1, count // SAMPLE)
    with psycopg.connect(city.superuser_url) as conn:
        set_id = _newest_set(conn)
        by_version = "SELECT geom FROM spatial.parcel_version WHERE version_id = {}"
        whole, shared = (
            load_sql("spatial.counties", f"{name}.sql").replace("%(set_id)s", str(set_id))
            for name in ("measure_whole", "measure")
        )
        rest = conn.execute(
            "CREATE TABLE public.bench_rest AS SELECT row_number() OVER () AS n, version_id"
            " FROM spatial.parcel_version v WHERE version_id >= %s AND hashint8(version_id) %% %s = 0"
            " AND NOT EXISTS"
            f" ({whole.replace('%(geom)s::geometry', 'v.geom')})",
            [first, step],
        ).rowcount
        conn.execute("ALTER TABLE public.bench_rest ADD PRIMARY KEY (n)")
    by_rest = by_version.format("(SELECT version_id FROM public.bench_rest WHERE n = :id)")
    scripts = {
        "key": (count, first, by_version.format(":id")),
        "whole": (count, first, whole.replace("%(geom)s::geometry", f"({by_version.format(':id')})")),
        "shared": (rest, 1, shared.replace("%(geom)s::geometry", f"({by_rest})")),
    }
    rates: dict[str, list[float]] = {name: [] for name in scripts}
    for _ in range(ctx.pick(5, 2)):
        for name, (many, least, statement) in scripts.items():
            script = f"\\set id random({least}, {least + many - 1})\n{statement};"
            rates[name].append(ctx.pgbench(city, script, clients=8, seconds=ctx.pick(4, 1)).tps)
    share = rest * step / count
    key, each, more = (median(rates[name]) for name in ("key", "whole", "shared"))
    return [
        ctx.result(
            NAME,
            f"single lookup with distance to the line, 8 clients ({share:.1%} with a second statement)",
            1 / (1 / each + share / more),
            "1/s",
            limit=key,
            limit_name="fetch by key",
            goal=">= 0.35",
            n=count,
        )
    ]
