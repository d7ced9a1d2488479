"""Import of a GeoPackage into drafts, against a raw COPY of the same rows and against ogr2ogr.

The import runs in a process of its own, with its reader as a child, as ``./ningtu import`` does; peak memory
is both together. ``raw`` sends the very rows that the import wrote, encoded beforehand, into a table of the
same columns, constraints and indexes; ``bare`` into one without any. GDAL's command line tool is the Debian
package ``gdal-bin``; without it the comparison is left out and said so.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.benchmarks.harness import ROOT, City, Context, Result, timed
from tests.benchmarks.import_files import LAYER

NAME = "import"
GIB = 1 << 30
# Columns that an import writes.
COLUMNS = (
    "survey_id", "feature_no", "parcel_code", "unit_code", "geom", "fault", "declared_area_m2",
    "resolution_m2", "land_use", "address", "attributes",
)  # fmt: skip
_IMPORT = """
import json, resource, sys, time
from datetime import UTC, date, datetime
from pathlib import Path
from data.db import Database
from spatial.survey.bulk import LOADER
from spatial.survey.partwise import receive_in_parts
from spatial.survey.records import Incoming, Kind, Order, Scope
url, path, files, project = sys.argv[1:]
db = Database(url, statement_timeout_ms=3_600_000, lock_timeout_ms=60_000).open()
order = Order(project, "use_surface", Kind.INITIAL_LOAD, Scope.PARTIAL, date(2020, 1, 1))
begin = time.perf_counter()
survey, _ = receive_in_parts(db, LOADER, Incoming(Path(path), "a.gpkg", order), files_dir=Path(files),
                             now=datetime.now(UTC))
seconds = time.perf_counter() - begin
peak = [resource.getrusage(who).ru_maxrss * 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
count, survey_id = survey.feature_count, survey.survey_id
print(json.dumps({"seconds": seconds, "peak": peak, "features": count, "id": survey_id}))
db.close()
"""


def run(ctx: Context) -> list[Result]:
    count, rounds = ctx.pick(1_000_000, 50_000), ctx.pick(2, 1)
    with tempfile.TemporaryDirectory(prefix="ningtu-bench-import-") as folder:
        path = Path(folder) / "a.gpkg"
        ctx.say(f"{count:,} synthetic parcels as a GeoPackage")
        made = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.import_files", str(path), str(count)],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert int(made.stdout) == count
        with ctx.database("bench_import") as city:
            measured = _Measured(ctx, city, Path(folder), path)
            for number in range(rounds):
                measured.round(number)
            return measured.results(count)


class _Measured:
    """Rounds of import, raw COPY and ogr2ogr in turn; the best of each counts, for noise only adds."""

    def __init__(self, ctx: Context, city: City, folder: Path, path: Path) -> None:
        self.ctx = ctx
        self.city = city
        self.folder = folder
        self.path = path
        self.seconds: dict[str, list[float]] = {}
        self.peak = [0, 0]

    def round(self, number: int) -> None:
        """Measure everything once."""
        done = self._import(f"P{number}")
        rows = self.folder / "rows.bin"
        with psycopg.connect(self.city.superuser_url, autocommit=True) as conn:
            if not rows.exists():
                _keep_rows(conn, done["id"], rows)
            _empty(conn)
            _like(conn, "bare", bare=True)
            self._note("bare", timed(lambda: _copy(conn, "bare", rows)))
            _like(conn, "raw", bare=False)
            self._note("raw", timed(lambda: _copy(conn, "raw", rows)))
            if shutil.which("ogr2ogr"):
                conn.execute("DROP TABLE IF EXISTS ogr")
                self._note("ogr2ogr", timed(self._ogr2ogr))
                found = conn.execute("SELECT count(*) FROM ogr").fetchone()
                assert found == (done["features"],)

    def _import(self, project: str) -> dict[str, Any]:
        command = [
            sys.executable,
            "-c",
            _IMPORT,
            self.city.login_url,
            str(self.path),
            str(self.folder),
            project,
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        said: dict[str, Any] = json.loads(done.stdout)
        self._note("import", said["seconds"])
        self.peak = [max(pair) for pair in zip(self.peak, said["peak"], strict=True)]
        return said

    def _ogr2ogr(self) -> None:
        parts = psycopg.conninfo.conninfo_to_dict(self.city.superuser_url)
        target = "PG:" + " ".join(f"{key}={value}" for key, value in parts.items())
        command = ["ogr2ogr", "--config", "PG_USE_COPY", "YES", "-gt", "100000", "-f", "PostgreSQL", target]
        command += [
            str(self.path),
            LAYER,
            "-nln",
            "public.ogr",
            "-lco",
            "SPATIAL_INDEX=GIST",
            "-nlt",
            "MULTIPOLYGON",
        ]
        subprocess.run(command, check=True, capture_output=True)

    def _note(self, name: str, seconds: float) -> None:
        self.ctx.say(f"  {name} {seconds:.2f} s")
        self.seconds.setdefault(name, []).append(seconds)

    def results(self, count: int) -> list[Result]:
        """Return rates and memory."""
        rate = {name: count / min(values) for name, values in self.seconds.items()}
        mine = rate["import"]
        peak = sum(self.peak)
        same, bare = "against raw COPY, same kind of table", "against raw COPY, no index or constraint"
        found = [
            self._rate(same, mine, rate["raw"], "raw COPY", ">= 0.15", count),
            self._rate(bare, mine, rate["bare"], "bare COPY", None, count),
        ]
        if "ogr2ogr" in rate:
            found.append(
                self._rate("against ogr2ogr with COPY", mine, rate["ogr2ogr"], "ogr2ogr", ">= 0.9", count)
            )
        else:
            self.ctx.say("  ogr2ogr is not there (Debian package gdal-bin): its ratio is not measured")
        found.append(
            self.ctx.result(
                NAME, "peak memory of import and reader", peak / GIB, "GiB",
                limit=0.5, limit_name="0.5 GiB", goal="<= 1", n=count,
            )
        )  # fmt: skip
        return found

    def _rate(self, case: str, mine: float, limit: float, name: str, goal: str | None, count: int) -> Result:
        return self.ctx.result(NAME, case, mine, "rows/s", limit=limit, limit_name=name, goal=goal, n=count)


def _keep_rows(conn: psycopg.Connection[Any], survey_id: int, rows: Path) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    query = sql.SQL(
        "COPY (SELECT {} FROM spatial.survey_feature WHERE survey_id = {} ORDER BY feature_no)"
        " TO STDOUT (FORMAT binary)"
    ).format(names, sql.Literal(survey_id))
    with rows.open("wb") as sink, conn.cursor().copy(query) as copy:
        for piece in copy:
            sink.write(piece)


def _empty(conn: psycopg.Connection[Any]) -> None:
    """Every import starts with an empty table."""
    conn.execute("SET session_replication_role = replica")  # tables that point here are never emptied, else
    conn.execute("TRUNCATE spatial.survey_feature, spatial.survey_extent CASCADE")
    conn.execute("SET session_replication_role = origin")
    conn.execute("CHECKPOINT")


def _like(conn: psycopg.Connection[Any], name: str, *, bare: bool) -> None:
    table = sql.Identifier(name)
    conn.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
    kept = sql.SQL("" if bare else "INCLUDING ALL")
    conn.execute(sql.SQL("CREATE TABLE {} (LIKE spatial.survey_feature {})").format(table, kept))
    if not bare:
        conn.execute(
            sql.SQL(
                "CREATE TRIGGER need_survey AFTER INSERT ON {} REFERENCING NEW TABLE AS fresh"
                " FOR EACH STATEMENT EXECUTE FUNCTION spatial.need_survey_of_drafts()"
            ).format(table)
        )


def _copy(conn: psycopg.Connection[Any], name: str, rows: Path) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    query = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(name), names)
    with rows.open("rb") as source, conn.cursor().copy(query) as copy:
        while piece := source.read(1 << 20):
            copy.write(piece)
