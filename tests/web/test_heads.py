"""The daily hashes of register and ledger, open to everybody; the worker makes those of the register."""

from datetime import datetime

import pytest
from cryptography import x509

from api.app import create_app
from api.wiring import handlers
from api.worker import ask_for_head
from data.access.records import SYSTEM
from data.clock import SHANGHAI
from data.documents.signing import verify
from data.jobs import service as jobs
from data.settings import Settings
from registry.ledger import service as ledger
from registry.reconciliation import heads
from tests.database.spatial.parcel_cases import change, parcel, square

URL = "/api/v1/heads"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self):
        self.at = datetime(2026, 11, 24, 0, 10, tzinfo=SHANGHAI)

    def now(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def app(db, tmp_path, clock):
    return create_app(Settings(home=tmp_path, secret_key="s", clock="sandbox"), db=db, clock=clock)


@pytest.fixture
def signer(app):
    from api.money import heads_signer

    return heads_signer(app.extensions["ningtu"])


def make(db, signer, *days):
    for day in days:
        now = datetime(2026, 11, day, 0, 10, tzinfo=SHANGHAI)
        assert heads.make_head(db, signer=signer, now=now) is not None


def test_without_a_head_the_list_is_empty(client):
    answer = client.get(URL)
    assert (answer.status_code, answer.json["items"]) == (200, [])
    assert "next" not in answer.json


def test_heads_and_seals_of_a_day_stand_together_and_can_be_checked(client, db, signer):
    from spatial.parcels.service import register

    with db.transaction(SYSTEM) as conn:
        now = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)
        register(conn, change(parcel(1, square(0, 0))), now=now)
        for day in (21, 22):
            sealed = now.date().replace(day=day)
            ledger.seal(conn, sealed, sign=signer.sign, algorithm=signer.algorithm, by="x", now=now)
    make(db, signer, 23, 24)
    answer = client.get(URL).json
    days = {item["date"]: item for item in answer["items"]}
    assert list(days) == ["2026-11-23", "2026-11-22", "2026-11-21"]
    assert days["2026-11-23"]["ledger"] is None
    assert days["2026-11-21"]["register"] is None
    both = days["2026-11-22"]
    assert days["2026-11-23"]["register"]["prev_sha256"] == both["register"]["sha256"]
    assert both["ledger"]["prev_sha256"] == days["2026-11-21"]["ledger"]["sha256"]
    assert both["register"]["n_rows"] >= 2
    own, root = answer["certificates"]
    x509.load_pem_x509_certificate(own.encode()).verify_directly_issued_by(
        x509.load_pem_x509_certificate(root.encode())
    )
    for part in ("register", "ledger"):
        assert set(both[part]) == {"n_rows", "sha256", "prev_sha256", "signature", "algorithm"}
        message, signature = (bytes.fromhex(both[part][name]) for name in ("sha256", "signature"))
        assert verify(own.encode(), message, signature)


def test_the_list_comes_in_pages(client, db, signer):
    make(db, signer, 20, 21, 22)
    first = client.get(f"{URL}?limit=2").json
    assert [item["date"] for item in first["items"]] == ["2026-11-21", "2026-11-20"]
    second = client.get(f"{URL}?limit=2&cursor={first['next']}").json
    assert [item["date"] for item in second["items"]] == ["2026-11-19"]
    assert "next" not in second
    assert client.get(f"{URL}?cursor=abc").status_code == 400


def work(app):
    services = app.extensions["ningtu"]
    mine = {"make_head": handlers(services)["make_head"]}
    return jobs.drain(services.db, mine)


def waiting(db):
    with db.transaction(SYSTEM) as conn:
        return conn.execute(
            "SELECT count(*), min(run_at) > now() FROM registry.job"
            " WHERE kind = 'make_head' AND state = 'waiting'"
        ).fetchone()


def test_the_worker_makes_the_head_of_the_ended_day_and_looks_again(app, client, db, clock):
    ask_for_head(app.extensions["ningtu"])
    assert work(app) == 1
    assert [item["date"] for item in client.get(URL).json["items"]] == ["2026-11-23"]
    assert waiting(db) == (1, True)
    clock.at = clock.at.replace(day=25)
    ask_for_head(app.extensions["ningtu"])
    with db.transaction(SYSTEM) as conn:
        conn.execute("UPDATE registry.job SET run_at = now() WHERE kind = 'make_head'")
    work(app)
    assert [item["date"] for item in client.get(URL).json["items"]] == ["2026-11-24", "2026-11-23"]


def test_a_head_waits_for_a_writer_and_the_job_does_not_fail(app, client, db):
    ask_for_head(app.extensions["ningtu"])
    with db.transaction(SYSTEM) as conn:
        conn.execute("INSERT INTO map.change (layer, kind) VALUES ('buildings', 'new')")
        assert work(app) == 1
    assert client.get(URL).json["items"] == []
    assert waiting(db) == (1, True)
