"""Use cases of register faults: report, look at, decide, mend, count."""

from dataclasses import asdict
from datetime import date, datetime, time, timedelta

import shapely
from shapely.geometry import Point

from data.access import audit
from data.access.records import Actor
from data.clock import SHANGHAI, day_of
from data.db import Database
from spatial.codes.rules import parse
from spatial.counties.records import Subject
from spatial.counties.service import decide as decide_county
from spatial.faults import store
from spatial.faults.errors import (
    FaultFindingUnknown,
    FaultNotFound,
    FaultParcelUnknown,
    FaultStateWrong,
    FaultSurveyNotRegistered,
    FaultWithoutPlace,
)
from spatial.faults.records import (
    STEPS,
    Act,
    ExceptionCount,
    Fault,
    FaultEvent,
    Report,
    Ruling,
    State,
    Waiver,
    WaiversWanted,
    Wanted,
)
from spatial.faults.store import Conn
from spatial.parcels.records import ParcelQuery
from spatial.parcels.service import find
from spatial.survey import service as surveys
from spatial.survey.records import Status


def sees_all(actor: Actor) -> bool:
    """Tell whether the actor may see the faults that others reported."""
    return actor.may("reviewer", "supervisor", "registrar", "admin")


def report(db: Database, actor: Actor, wanted: Report, *, now: datetime) -> Fault:
    """Report a fault of the register; it becomes a case of its own, whatever becomes of the submission.

    Parameters
    ----------
    wanted : Report
        Place in EPSG:4547 (E, N) metres.

    Raises
    ------
    SurveyNotFound, CodeBad, FaultFindingUnknown, FaultParcelUnknown, FaultWithoutPlace
    """
    with db.transaction(actor) as conn:
        rule_id, survey_id, place = None, wanted.survey_id, wanted.place
        if wanted.finding_id is not None:
            found = store.finding(conn, wanted.finding_id)
            if found is None or survey_id not in {None, found[0]}:
                raise FaultFindingUnknown(finding_id=wanted.finding_id)
            survey_id, rule_id = found[0], found[1]
            place = place or _middle(found[2])
        if survey_id is not None:
            surveys.get(conn, actor, survey_id)
        codes = sorted({parse(code).parcel_code for code in wanted.parcel_codes})
        unknown = store.unknown_parcels(conn, codes)
        if unknown:
            raise FaultParcelUnknown(parcel_code=unknown[0])
        place = place or _of_parcel(conn, codes, day_of(now))
        if place is None:
            raise FaultWithoutPlace
        facts = {
            "survey_id": survey_id,
            "finding_id": wanted.finding_id,
            "rule_id": rule_id,
            "parcel_codes": codes,
            "place": place,
            "county_code": codes[0][:6] if codes else _county(conn, place, day_of(now)),
            "description": wanted.description,
            "login": actor.login,
            "now": now,
        }
        fault_id = store.insert(conn, facts)
        store.insert_event(conn, fault_id, State.OPEN, login=actor.login, comment="", now=now)
        audit.record(conn, actor, "register_fault.report", str(fault_id))
        return _must(store.fetch(conn, fault_id), fault_id)


def act(db: Database, actor: Actor, fault_id: int, ruling: Ruling, *, now: datetime) -> Fault:
    """Confirm, reject or close a fault as mended.

    Raises
    ------
    FaultNotFound, FaultStateWrong, SurveyNotFound
    FaultSurveyNotRegistered
        If a submission is named that mended nothing: not registered, or with another act than ``mend``.
    """
    with db.transaction(actor) as conn:
        fault = _must(store.fetch(conn, fault_id, lock=True), fault_id)
        states, reached = STEPS[ruling.act]
        if fault.state not in states:
            raise FaultStateWrong(
                fault_id=fault_id, state=fault.state, allowed=sorted(state.value for state in states)
            )
        if ruling.survey_id is not None:
            survey = surveys.get(conn, actor, ruling.survey_id)
            if ruling.act is not Act.MEND or survey.status != Status.REGISTERED:
                raise FaultSurveyNotRegistered(survey_id=ruling.survey_id)
        store.set_state(conn, fault_id, reached, ruling.survey_id)
        store.insert_event(conn, fault_id, reached, login=actor.login, comment=ruling.comment, now=now)
        audit.record(conn, actor, f"register_fault.{ruling.act}", str(fault_id))
        return _must(store.fetch(conn, fault_id), fault_id)


def get(conn: Conn, actor: Actor, fault_id: int) -> tuple[Fault, list[FaultEvent]]:
    """Return a fault the actor may see (one's own, or any for reviewers) with its course.

    Raises
    ------
    FaultNotFound
    """
    fault = _must(store.fetch(conn, fault_id), fault_id)
    if not sees_all(actor) and fault.reported_by != actor.login:
        raise FaultNotFound(fault_id=fault_id)
    return fault, store.events(conn, fault_id)


def list_faults(conn: Conn, actor: Actor, wanted: Wanted) -> list[Fault]:
    """List the faults the actor may see, newest first."""
    login = None if sees_all(actor) else actor.login
    return store.page(conn, {**asdict(wanted), "login": login})


def count_exceptions(conn: Conn, *, first: date, last: date, today: date) -> list[ExceptionCount]:
    """Count waivers of findings and faults of the register by rule and county, from ``first`` to ``last``."""
    since, beyond = _instants(first, last)
    return store.count_exceptions(conn, since=since, beyond=beyond, today=today)


def list_waivers(conn: Conn, wanted: WaiversWanted) -> list[Waiver]:
    """List findings that reviewers let pass, newest first."""
    since, beyond = _instants(wanted.first, wanted.last)
    return store.waivers(conn, {**asdict(wanted), "from": since, "beyond": beyond})


def _instants(first: date, last: date) -> tuple[datetime, datetime]:
    """Return when the first day begins and when the last one has ended (Asia/Shanghai)."""
    return (
        datetime.combine(first, time(), tzinfo=SHANGHAI),
        datetime.combine(last + timedelta(days=1), time(), tzinfo=SHANGHAI),
    )


def _middle(geom: shapely.Geometry | None) -> Point | None:
    return None if geom is None or geom.is_empty else geom.representative_point()


def _of_parcel(conn: Conn, codes: list[str], today: date) -> Point | None:
    if not codes:
        return None
    # Any version will do: the fault may be that the parcel is gone.
    found = find(conn, ParcelQuery(code=codes[0], limit=1), today=today)
    return _middle(found[0].geom) if found else None


def _county(conn: Conn, place: Point, today: date) -> str | None:
    return decide_county(conn, Subject(geom=place), as_of=today).county_code


def _must(found: Fault | None, fault_id: int) -> Fault:
    if found is None:
        raise FaultNotFound(fault_id=fault_id)
    return found
