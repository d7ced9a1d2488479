"""The audit at night: runs kept whole, what is new and gone, over HTTP and by the worker."""

import threading
from datetime import datetime, timedelta

import pytest
import shapely
from shapely.geometry import Polygon

from api.audit_jobs import KIND, ask_for_audit, audit_register, keep_audit
from data.access import service as access
from data.access.records import SYSTEM
from data.jobs import service as jobs
from spatial.audits import service as audits
from tests.database.registry import town
from tests.web.people import PASSWORD
from tests.web.survey_city import EAST, NORTH, SUBDISTRICT, City, block

SPIKED, COUNTY = f"{SUBDISTRICT}GB00004", "421224"
TABLES = ("audit_run", "audit_count", "audit_finding")


def spiked(count=4):
    """Lots with address and use, the last with a spike: an initial load lets it in with a warning."""
    frame = block(count).assign(YT="0701", ZL="永安路")
    east = EAST + 20 * (count - 1)
    frame.loc[count - 1, "geometry"] = Polygon(
        [
            (east, NORTH), (east + 20, NORTH), (east + 20, NORTH + 30), (east + 10.002, NORTH + 30),
            (east + 10.001, NORTH + 40), (east + 10, NORTH + 30), (east, NORTH + 30),
        ]
    )  # fmt: skip
    return frame


@pytest.fixture
def city(app, db, tmp_path):
    """Four registered parcels, one with a spike; a right in the county whose parcel is no more."""
    city = City(app, db, tmp_path)
    city.services = app.extensions["ningtu"]
    city.registered(spiked())
    with db.transaction(SYSTEM) as conn:
        for login, role, office in (
            ("supervisor", "supervisor", None),
            ("boss", "admin", None),
            ("registrar", "registrar", "tongshan"),
            ("registrar_chibi", "registrar", "chibi"),
        ):
            access.create_user(conn, login=login, name=login, roles=[role], office=office, password=PASSWORD)
        town.enter_right(conn, f"{SUBDISTRICT}GB99999W00000000", town.LI)
    return city


def mend(city):
    """Register the parcel anew without its spike."""
    frame = block(4).assign(YT="0701", ZL="永安路")
    city.registered(frame, project_code="P2", kind="correction")


def found(city, run_id, login="supervisor", **query):
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return city.get(f"/audits/{run_id}/findings?{asked}", login)


def told(city, run_id, **query):
    rows = [row["properties"] for row in found(city, run_id, **query)["features"]]
    return sorted((row["rule_id"], row["object_id"]) for row in rows)


def count(city):
    with city.db.transaction(SYSTEM) as conn:
        return [conn.execute(f"SELECT count(*) FROM spatial.{name}").fetchone()[0] for name in TABLES]


LOST = ("right_without_parcel", f"{SUBDISTRICT}GB99999W00000000")


def test_a_run_is_kept_with_counts_by_rule_and_county_and_a_place_for_each_finding(city):
    run = keep_audit(city.services)
    shown = city.get("/audits/latest", "supervisor")
    assert (shown["run_id"], shown["features"], shown["new"], shown["gone"]) == (run.run_id, 5, 2, 0)
    assert (shown["errors"], shown["warnings"]) == (1, 1)
    assert shown["counts"] == [
        {"rule_id": rule, "county_code": COUNTY, "findings": 1, "appeared": 1, "gone": 0}
        for rule in ("T03", "right_without_parcel")
    ]
    rules = {rule["rule_id"]: rule for rule in shown["rules"]}
    assert (rules["T10"]["passed"], rules["T03"]["found"], rules["moved_boundary"]["not_run"]) == (1, 1, 1)
    assert told(city, run.run_id) == [("T03", SPIKED), LOST]
    spike = found(city, run.run_id, rule="T03", crs="EPSG:4547")["features"][0]
    assert spike["geometry"]["coordinates"] == [EAST + 70.001, NORTH + 40]
    assert spike["properties"]["measured"] < 1
    assert 114 < found(city, run.run_id, rule="T03")["features"][0]["geometry"]["coordinates"][0] < 115


def test_an_entry_of_rights_lies_in_its_parcel(city):
    with city.db.transaction(SYSTEM) as conn:
        for _ in range(2):
            town.enter_right(conn, f"{SUBDISTRICT}GB00001W00000000", town.LI)
    run = keep_audit(city.services)
    (row,) = found(city, run.run_id, rule="T40", crs="EPSG:4547")["features"]
    lot = block(1).geometry[0]
    assert lot.contains(shapely.geometry.shape(row["geometry"]))


def test_what_is_new_and_what_is_gone_since_the_run_before(city):
    first = keep_audit(city.services)
    mend(city)
    with city.db.transaction(SYSTEM) as conn:
        for _ in range(2):
            town.enter_right(conn, f"{SUBDISTRICT}GB00001W00000000", town.LI)
    second = keep_audit(city.services)
    several = ("T40", f"{SUBDISTRICT}GB00001W00000000")
    assert (second.appeared, second.gone) == (1, 1)
    assert told(city, second.run_id) == [several, LOST]
    assert told(city, second.run_id, state="new") == [several]
    assert told(city, second.run_id, state="gone") == [("T03", SPIKED)]
    # The earlier run is told as it was.
    assert told(city, first.run_id) == [("T03", SPIKED), LOST]
    third = keep_audit(city.services)
    assert (third.appeared, third.gone) == (0, 0)
    (lost,) = found(city, third.run_id, rule="right_without_parcel")["features"]
    seen = [datetime.fromisoformat(lost["properties"][name]) for name in ("first_seen_at", "last_seen_at")]
    assert seen == [first.started_at, third.started_at]
    (gone,) = found(city, second.run_id, state="gone")["features"]
    assert datetime.fromisoformat(gone["properties"]["gone_at"]) == second.started_at


def test_lists_are_paged_without_gap_and_end_without_an_empty_page(city):
    runs = [keep_audit(city.services).run_id for _ in range(3)]
    first = city.get("/audits?limit=2", "supervisor")
    second = city.get(f"/audits?limit=2&cursor={first['next']}", "supervisor")
    assert [run["run_id"] for run in (*first["items"], *second["items"])] == runs[::-1]
    assert "next" not in second
    one = found(city, runs[-1], limit=1)
    other = found(city, runs[-1], limit=1, cursor=one["next"])
    assert "next" not in other
    assert {row["properties"]["rule_id"] for row in (*one["features"], *other["features"])} == {
        "T03", "right_without_parcel",
    }  # fmt: skip


def test_findings_are_narrowed_by_rule_severity_and_county(city):
    run = keep_audit(city.services).run_id
    assert told(city, run, severity="error") == [LOST]
    assert told(city, run, county=COUNTY, rule="T03") == [("T03", SPIKED)]
    assert told(city, run, county="421281") == []


def test_who_may_read_and_that_a_registrar_reads_the_own_county(city):
    run = keep_audit(city.services).run_id
    for path in ("/audits", "/audits/latest", f"/audits/{run}", f"/audits/{run}/findings"):
        for login in ("reviewer", "supervisor", "boss", "registrar"):
            city.get(path, login)
        for login in ("surveyor", "clerk"):
            assert city.get(path, login, 403)["code"] == "forbidden"
        assert city.client.get(f"/api/v1{path}").status_code == 401
    assert len(found(city, run, "registrar")["features"]) == 2
    assert found(city, run, "registrar_chibi", county=COUNTY)["features"] == []
    assert city.get("/audits/latest", "registrar_chibi")["counts"] == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/audits/latest", 404, "audit_unknown"),
        ("/audits/7", 404, "audit_unknown"),
        (f"/audits/{10**30}", 404, "audit_unknown"),
        ("/audits/7/findings", 404, "audit_unknown"),
        ("/audits/7/findings?state=lost", 422, "request_invalid"),
        ("/audits/7/findings?county=x", 422, "request_invalid"),
        ("/audits/7/findings?cursor=x", 400, "cursor_bad"),
        ("/audits?limit=0", 422, "request_invalid"),
    ],
)
def test_a_wrong_question_is_told(city, path, status, code):
    assert city.get(path, "supervisor", status)["code"] == code


def test_a_run_that_fails_in_the_middle_leaves_nothing(city, monkeypatch):
    keep_audit(city.services)
    mend(city)
    before = count(city)

    def die(*_args, **_more):
        raise SystemExit  # as a killed process: nothing is committed

    monkeypatch.setattr("spatial.audits.store.let_go", die)
    with pytest.raises(SystemExit):
        keep_audit(city.services)
    assert count(city) == before
    monkeypatch.undo()
    assert keep_audit(city.services).gone == 1


def work(city):
    return jobs.drain(city.db, {KIND: lambda job: audit_register(city.services, job)})


def waiting(city):
    with city.db.transaction(SYSTEM) as conn:
        query = "SELECT run_at FROM registry.job WHERE kind = %s AND state = 'waiting' ORDER BY 1"
        return [due for (due,) in conn.execute(query, [KIND]).fetchall()]


def begin_now(city):
    with city.db.transaction(SYSTEM) as conn:
        conn.execute("UPDATE registry.job SET run_at = now() WHERE kind = %s", [KIND])


def test_the_worker_audits_once_a_night_and_asks_for_the_next(city):
    ask_for_audit(city.services)
    ask_for_audit(city.services)  # another start of the worker
    (due,) = waiting(city)
    assert due.astimezone(town.NOW.tzinfo).hour == 2
    assert timedelta() < due - datetime.now(due.tzinfo) <= timedelta(days=1)
    assert work(city) == 0
    with city.db.transaction(SYSTEM) as conn:
        conn.execute(
            "UPDATE registry.job SET run_at = now(), key = key || '-yesterday' WHERE kind = %s", [KIND]
        )
    assert work(city) == 1
    assert count(city)[0] == 1
    assert waiting(city) == [due]


def test_a_job_done_twice_keeps_one_run_and_the_next_night_is_asked_for_even_after_a_failure(
    city, monkeypatch
):
    ask_for_audit(city.services)
    begin_now(city)
    seen = []

    def twice(job):
        seen.append(job)
        audit_register(city.services, job)
        audit_register(city.services, job)

    jobs.drain(city.db, {KIND: twice})
    assert count(city)[0] == 1
    with city.db.transaction(SYSTEM) as conn:
        conn.execute("DELETE FROM registry.job WHERE kind = %s", [KIND])
    monkeypatch.setattr("spatial.audits.store.insert_run", lambda *_: 1 / 0)
    with city.db.transaction(SYSTEM) as conn:
        jobs.enqueue(conn, KIND, {}, key=f"{KIND}:2000-01-01")
    work(city)
    assert len(waiting(city)) == 2  # the failed one, to be tried again, and the next night's


def test_two_runs_at_once_are_kept_one_after_the_other(city):
    threads = [threading.Thread(target=keep_audit, args=(city.services,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with city.db.transaction(SYSTEM) as conn:
        first, second = audits.runs(conn, before=None, limit=5)[::-1]
    assert (first.appeared, second.appeared, second.gone) == (2, 0, 0)


def test_more_findings_of_a_rule_than_are_kept_are_counted(city, monkeypatch):
    monkeypatch.setattr("spatial.audits.service.MOST_KEPT", 1)
    city.registered(block(3, first=20, moved=200.0), project_code="P3")
    run = keep_audit(city.services)
    shown = city.get(f"/audits/{run.run_id}", "supervisor")
    (blank,) = [rule for rule in shown["rules"] if rule["rule_id"] == "left_blank"]
    assert blank["counted"] > blank["kept"] == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_opens_in_both_languages(city, lang):
    signed = city.client.post("/api/v1/auth/session", json={"username": "supervisor", "password": PASSWORD})
    assert signed.status_code == 200
    page = city.client.get(f"/audit?lang={lang}", headers={"Accept": "text/html"}).text
    assert {"zh": "夜间审计", "en": "Audit of the register"}[lang] in page
    assert 'data-testid="audit-findings"' in page
