"""``./ningtu money``: what operators type."""

from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import typer
from typer.testing import CliRunner

from api.cli import installation, money
from data.access.records import SYSTEM
from tests.database.money.conftest import rows
from tests.database.money.test_what_if import moved_town, write


@dataclass
class Installed:
    settings: object


@pytest.fixture
def run(city, settings, monkeypatch, clock, payer):
    @contextmanager
    def open_city():
        yield city, Installed(settings)

    monkeypatch.setattr(installation, "open_city", open_city)
    app = typer.Typer()
    money.commands(app)
    return lambda *words: CliRunner().invoke(app, ["money", *words])


def test_a_day_is_closed_and_the_books_verified(city, order, payer, office, run):
    payer.pay(order)
    office.issue_for_order(order.head.order_no, now=payer.clock.now())
    with city.transaction(SYSTEM) as conn:
        conn.execute("UPDATE registry.job SET state = 'done'")
    done = run("close-day", "2026-11-24", "--now")
    assert done.exit_code == 0, done.output
    assert "cleared 55,000 fen" in done.output
    assert "XN4212242026112401N1" in done.output
    checked = run("verify")
    assert (checked.exit_code, "BAD" in checked.output) == (0, False), checked.output
    assert run("reconcile", "2026-11-24").exit_code == 0
    replayed = run("replay-decisions", "2026-11-24")
    assert (replayed.exit_code, " 0 differ" in replayed.output) == (0, True), replayed.output


def test_verify_tells_a_breach(city, order, payer, run, superuser_url):
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    payer.pay(order)
    name = conninfo_to_dict(city.url)["dbname"]
    with psycopg.connect(superuser_url, dbname=name) as conn:
        conn.execute("ALTER TABLE money.transfer DISABLE TRIGGER append_only")
        conn.execute("UPDATE money.transfer SET amount_fen = amount_fen + 1 WHERE line_id IS NOT NULL")
    checked = run("verify")
    assert checked.exit_code == 1
    assert "BAD I1 " in checked.output


def test_a_statement_is_loaded(city, order, payer, run, tmp_path):
    payer.arrive = False
    payer.pay(order)
    file = tmp_path / "s.csv"
    file.write_text(
        "account,statement_ref,booked_on,amount_fen,reference,counterparty\n"
        "990000421200000001,S1,2026-11-24,55000,SETTLE:sandbox:2026-11-24,\n"
    )
    loaded = run("statement", str(file))
    assert "1 entries, 1 matched, 0 new differences" in loaded.output, loaded.output
    assert rows(city, "SELECT count(*) FROM money.posting WHERE kind = 'arrive'") == [(1,)]


def test_what_a_draft_of_the_boundaries_would_move_is_printed(city, order, payer, run, tmp_path):
    payer.pay(order)
    file = write(tmp_path / "draft.gpkg", moved_town(city).items())
    told = run("what-if", str(file), "--from", "2026-11-24", "--to", "2026-11-24")
    assert told.exit_code == 0, told.output
    moved, summary = told.stdout.splitlines()
    assert moved.split() == ["421224", ">", "421223", "nontax", "1", "lines", "55,000", "fen"]
    assert "2 parcels, 1 order lines would move" in summary
    before = run("what-if", str(file), "--from", "2026-11-01", "--to", "2026-11-02")
    assert "0 order lines would move" in before.stdout, before.output
    assert rows(city, "SELECT state, loaded_by FROM spatial.boundary_draft") == [("compared", "system")] * 2


def test_a_draft_that_is_none_is_refused_and_not_kept(city, run, tmp_path):
    file = tmp_path / "draft.gpkg"
    file.write_text("no database")
    assert run("what-if", str(file)).exit_code != 0
    assert rows(city, "SELECT count(*) FROM spatial.boundary_draft") == [(0,)]


def test_a_bad_day_is_a_usage_error(run):
    assert run("close-day", "yesterday").exit_code == 2
