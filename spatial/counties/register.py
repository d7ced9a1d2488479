"""County decisions in the register: recorded, made by people, confirmed, replayed."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from psycopg import Connection
from psycopg.rows import TupleRow

from data.access import service as access
from data.access.records import Actor
from spatial.codes.records import PARCEL_LENGTH, UNIT_LENGTH
from spatial.codes.rules import normalise, parse
from spatial.counties import store
from spatial.counties.errors import (
    CountyUnknown,
    DecisionClosed,
    DecisionNotFound,
    DecisionNotYours,
    OneCountyAlone,
    SamePerson,
)
from spatial.counties.records import (
    CountyDecision,
    LoadedSet,
    Reason,
    Replay,
    Rule,
    Statement,
    StoredDecision,
    Subject,
)
from spatial.counties.service import boundary_set, decide
from spatial.parcels.service import get_live

Conn = Connection[TupleRow]
# What a replay must give again, digit by digit.
REPLAYED = (
    "rule",
    "county_code",
    "reason",
    "overlaps",
    "neighbours",
    "outside_ppm",
    "distance_to_line_m",
    "shares",
)
MEASURED = ("overlaps", "neighbours", "outside_ppm", "distance_to_line_m")


def subject_of(conn: Conn, key: str) -> Subject:
    """Return what is known of a parcel (19) or unit (28) code; a case number has no shape.

    The shape is that of the live parcel, EPSG:4547 (E, N) metres; None when there is none.
    """
    code = normalise(key)
    if len(code) not in {PARCEL_LENGTH, UNIT_LENGTH}:
        return Subject(filed_under=key.strip())
    parsed = parse(code)
    parcel = get_live(conn, parsed.parcel_code)
    return Subject(
        geom=None if parcel is None else parcel.geom,
        parcel_code=parsed.parcel_code,
        unit_code=parsed.text if len(parsed.text) == UNIT_LENGTH else None,
    )


def record_decision(
    conn: Conn,
    decision: CountyDecision,
    *,
    subject: Subject,
    decided_by: str,
    now: datetime,
    supersedes: int | None = None,
) -> int:
    """Write a decision made by rule, with its evidence.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    decision : CountyDecision
        As :func:`decide` gave it for ``subject``.
    subject : Subject
        Whose decision it is; found again by ``subject.key``.
    decided_by : str
        Login of who asked.
    now : datetime
        Aware instant.
    supersedes : int, optional
        Earlier decision that this one replaces.

    Returns
    -------
    int
        Key of the decision.

    Raises
    ------
    DecisionClosed
        By the database: the earlier decision was superseded already.
    """
    return store.insert_decision(
        conn,
        decision,
        {
            **_subject_values(subject),
            "decided_by": decided_by,
            "decided_at": now,
            "supersedes": supersedes,
        },
    )


def ensure_decision(
    conn: Conn,
    unit_code: str,
    *,
    as_of: date,
    decided_by: str,
    now: datetime,
    area_split: bool = False,
) -> StoredDecision:
    """Return the decision for a unit, deciding and recording if there is none for its present shape.

    A decision made by people stands while shape and boundary set are the same; so does one made by rule.

    Parameters
    ----------
    unit_code : str
        Unit (28) or parcel (19) code.
    as_of : date
        Day whose boundary set counts.
    area_split : bool
        Whether fees of what straddles are split by area; a decision made without stands no longer then.

    Raises
    ------
    CodeBad, BoundarySetMissing, SubjectWithoutShape
    """
    key = parse(unit_code).text
    subject = subject_of(conn, key)
    fresh = decide(conn, subject, as_of=as_of, area_split=area_split)
    known = decision_for(conn, key)
    if known is not None and _same_inputs(known, fresh):
        return known
    replaced = known.decision_id if known is not None and known.subject == key else None
    return get_decision(
        conn,
        record_decision(conn, fresh, subject=subject, decided_by=decided_by, now=now, supersedes=replaced),
    )


def decision_for(conn: Conn, key: str) -> StoredDecision | None:
    """Return the standing decision for a key; for a unit, people's on its parcel goes before a rule's."""
    own = store.latest_decision(conn, key)
    if (own is not None and own.by_person) or len(key) != UNIT_LENGTH:
        return own
    of_parcel = store.latest_decision(conn, key[:PARCEL_LENGTH])
    if of_parcel is not None and of_parcel.by_person:
        return of_parcel
    return own


def get_decision(conn: Conn, decision_id: int) -> StoredDecision:
    """Return a decision.

    Raises
    ------
    DecisionNotFound
    """
    found = store.decision(conn, decision_id)
    if found is None:
        raise DecisionNotFound(decision_id=decision_id)
    return found


def open_decisions(conn: Conn, *, before: int | None = None, limit: int = 50) -> list[StoredDecision]:
    """Return the queue: undecided or unconfirmed decisions that stand, newest first."""
    return store.open_decisions(conn, before=before, limit=limit)


def propose(conn: Conn, statement: Statement, *, as_of: date, now: datetime) -> StoredDecision:
    """Let a person decide a county by a document (R3 designated authority, R7); a second must confirm.

    Raises
    ------
    CountyUnknown
    DecisionClosed
        Somebody proposed at the same time.
    """
    subject = subject_of(conn, statement.key)
    used = boundary_set(conn, as_of)
    if statement.county_code not in store.city_counties(conn, used.set_id):
        raise CountyUnknown(county_code=statement.county_code)
    known = store.latest_decision(conn, subject.key)
    decision_id = store.insert_decision(
        conn,
        _chosen(conn, subject, statement.county_code, used=used, as_of=as_of),
        {
            **_subject_values(subject),
            "decided_by": statement.decided_by,
            "decided_at": now,
            "supersedes": None if known is None else known.decision_id,
            "by_person": True,
            "basis_doc": statement.basis_doc,
            "person_reason": statement.reason,
        },
    )
    return get_decision(conn, decision_id)


def confirm(conn: Conn, decision_id: int, *, confirmed_by: str, now: datetime) -> StoredDecision:
    """Confirm a person's decision as a second person; from then on it may be used.

    Raises
    ------
    DecisionNotFound
    DecisionClosed
        Confirmed or superseded already, or not made by a person.
    SamePerson
        The one who decided.
    """
    known = get_decision(conn, decision_id)
    if not known.by_person or known.confirmed_by is not None or known.superseded_by is not None:
        raise DecisionClosed(decision_id=decision_id)
    if known.decided_by == confirmed_by:
        raise SamePerson
    store.insert_confirmation(conn, decision_id, confirmed_by, now)
    return get_decision(conn, decision_id)


def require_concerned(conn: Conn, actor: Actor, decision_id: int) -> None:
    """Refuse a county's officer whom a person's decision does not concern, or whose office made it.

    A county is concerned when some of the shape lies in it, or the code names it. The city decides for all.

    Raises
    ------
    DecisionNotFound, DecisionNotYours, OneCountyAlone
    """
    stored = get_decision(conn, decision_id)
    if actor.scope == "all":
        return
    concerned = {part.county_code for part in stored.decision.overlaps} | {stored.decision.code_county}
    if actor.county_code is None or actor.county_code not in concerned:
        raise DecisionNotYours(county_code=actor.county_code or "")
    other = access.actor_named(conn, stored.decided_by)
    if stored.decided_by != actor.login and other is not None and _same_office(actor, other):
        raise OneCountyAlone


def _same_office(one: Actor, other: Actor) -> bool:
    return other.scope != "all" and one.county_code == other.county_code


def replay(conn: Conn, stored: StoredDecision) -> Replay:
    """Decide again from the stored shape, code and boundary set, and compare digit by digit.

    Of a decision made by a person only the measured evidence is compared.
    """
    was = stored.decision
    used = store.set_by_id(conn, was.set_id)
    subject = Subject(stored.geom, stored.parcel_code, stored.unit_code, stored.proposed_county)
    if stored.geom is None and not stored.by_person:
        subject = replace(subject, jurisdiction=was.county_code)
    now = decide(conn, subject, as_of=was.as_of, boundary=used, area_split=bool(was.shares))
    names = MEASURED if stored.by_person else REPLAYED
    differences = {
        name: (getattr(was, name), getattr(now, name))
        for name in (*names, "geometry_sha256")
        if getattr(was, name) != getattr(now, name)
    }
    return Replay(stored.decision_id, not differences, differences)


def replay_decisions(
    conn: Conn, day: date, *, midnight: datetime, sample_percent: float = 1.0
) -> list[Replay]:
    """Replay every decision of a day and a sample of all others.

    Parameters
    ----------
    day : date
        Also the seed of the sample.
    midnight : datetime
        Aware instant at which the day begins.
    """
    todays = store.decisions_between(conn, midnight, midnight + timedelta(days=1))
    others = store.decisions_sample(conn, sample_percent, day.toordinal())
    chosen = {stored.decision_id: stored for stored in (*todays, *others)}
    return [replay(conn, stored) for _, stored in sorted(chosen.items())]


def _chosen(
    conn: Conn, subject: Subject, county_code: str, *, used: LoadedSet, as_of: date
) -> CountyDecision:
    """Return the evidence measured for a subject under the county a person chose."""
    measured = decide(conn, replace(subject, jurisdiction=county_code), as_of=as_of, boundary=used)
    rule = Rule.STRADDLE if measured.reason is Reason.STRADDLE else Rule.PEOPLE
    return replace(measured, rule=rule, county_code=county_code, decided=False)


def _subject_values(subject: Subject) -> dict[str, object]:
    return {
        "subject": subject.key,
        "parcel_code": subject.parcel_code,
        "unit_code": subject.unit_code,
        "geom": subject.geom,
    }


def _same_inputs(known: StoredDecision, fresh: CountyDecision) -> bool:
    was = known.decision
    return (
        was.set_id == fresh.set_id
        and was.geometry_sha256 == fresh.geometry_sha256
        and (known.by_person or (was.code_county == fresh.code_county and was.shares == fresh.shares))
    )
