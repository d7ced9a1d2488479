"""Runs of the simulator on a database of its own, for the command line and for tests."""

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from data.access.records import SYSTEM
from data.db import Database
from registry.clearing import rules
from tests.money_proof import ground, window
from tests.money_proof.simulator import Simulation

DECISIONS = """
INSERT INTO spatial.county_decision (subject, set_id, rule, county_overlaps, outside_ppm, code_county,
                                     county_code, by_person, engine, as_of, decided_by, decided_at)
SELECT 'proof', (SELECT min(set_id) FROM spatial.boundary_set), 'R5', '[]', 0, c, c, false, '{}',
       '2026-01-01', 'proof', now()
FROM unnest(%(counties)s::text[]) AS c
WHERE NOT EXISTS (SELECT FROM spatial.county_decision WHERE subject = 'proof')
"""


OF_CASES = ("job", "case", "case_unit", "case_party", "case_event", "material", "fee_line")


@dataclass(frozen=True)
class Place:
    """A database that can be emptied again, and a folder: in memory where there is room."""

    url: str
    superuser_url: str
    folder: Path
    tables: list

    def simulate(self, seed, *, days=3, say=None):
        """Run a seed on an emptied city.

        Raises
        ------
        Breach
        """
        return self.simulation(seed, days=days, say=say).run()

    def simulation(self, seed, *, days=3, say=None):
        forget(self.superuser_url, self.tables)
        return Simulation(self.url, self.superuser_url, self.folder, seed, days, say)


@contextmanager
def place(url, superuser_url):
    """Prepare a migrated database with reference data; ``superuser_url`` is of any database beside it."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    prepare(url)
    superuser = make_conninfo(superuser_url, dbname=conninfo_to_dict(url)["dbname"])
    try:
        yield Place(url, superuser, folder, empty_tables(superuser))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def throwaway_place():
    """Make a cluster, a migrated database and what a run needs; all gone afterwards."""
    from api.loading.reference import load_reference
    from data.cluster.bootstrap import bootstrap
    from data.cluster.throwaway import throwaway_cluster
    from data.migrations.run import upgrade

    with throwaway_cluster() as superuser_url:
        urls = bootstrap(superuser_url, "simulation", password="simulation")
        upgrade(urls.owner_url)
        db = Database(urls.login_url, statement_timeout_ms=600_000).open()
        try:
            load_reference(db)
        finally:
            db.close()
        with place(urls.login_url, superuser_url) as made:
            yield made


def prepare(url):
    """Write what every history needs and none changes: a county decision for each county, a small town."""
    db = Database(url).open()
    try:
        with db.transaction(SYSTEM) as conn:
            conn.execute(DECISIONS, {"counties": list(rules.COUNTIES)})
            window.build(conn)
    finally:
        db.close()


def empty_tables(superuser_url):
    """Return the tables of money, and the queue, that a new city has nothing in."""
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        # What the town left to do is no business of the city of money.
        conn.execute("DELETE FROM registry.job")
        names = conn.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND (n.nspname = 'money'"
            "   OR n.nspname = 'registry' AND c.relname = ANY(%s)) ORDER BY 1, 2",
            [list(OF_CASES)],
        ).fetchall()
        return [
            sql.Identifier(*name)
            for name in names
            if conn.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(*name))).fetchone()
            is None
        ]


def forget(superuser_url, tables):
    """Empty the tables again and let numbers begin anew: a history begins with nothing, at little cost."""
    with psycopg.connect(superuser_url) as conn:
        conn.execute("SET session_replication_role = replica")
        for table in tables:
            conn.execute(sql.SQL("DELETE FROM {}").format(table))
        ground.forget(conn)
        conn.execute(
            "SELECT setval(c.oid, 1, false) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'S' AND (n.nspname = 'money' OR c.relname = 'job_job_id_seq')"
        )
