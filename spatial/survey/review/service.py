"""Use cases of reviews: answer findings, look how far it is, decide alone or as the second of two."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from data.access import audit
from data.access.records import Actor
from data.clock import day_of
from data.db import Database
from data.jobs import service as jobs
from data.reference import service as reference
from data.reference.records import Code, SecondReviewRule
from spatial.survey import service as surveys
from spatial.survey import store as survey_store
from spatial.survey.errors import (
    FindingUnknown,
    OwnSurvey,
    ReasonUnknown,
    ReasonWordsMissing,
    SameReviewer,
    SurveyStateWrong,
    WaiverUnknown,
)
from spatial.survey.records import Decision, Status, Submission, Waiver
from spatial.survey.registering import register_survey
from spatial.survey.review import rules, store
from spatial.survey.review.records import Answer, Desk, Reply, Review, Verdict, Weight
from spatial.survey.runs import store as runs
from spatial.survey.store import Conn

WAIVER: Final = "REVIEW_WAIVER"
RETURN: Final = "REVIEW_RETURN"
ACCEPT: Final = "REVIEW_ACCEPT"
REGISTER_JOB: Final = "register_survey"
# Above this many parcels registration is done by the worker, so that no request waits for minutes.
REGISTER_AT_ONCE: Final = 20_000


def answer(
    db: Database,
    actor: Actor,
    survey_id: int,
    finding_ids: Sequence[int],
    verdict: Verdict,
    *,
    now: datetime,
) -> Desk:
    """Keep one answer to some findings of the last run until the decision, or take answers back.

    Raises
    ------
    SurveyNotFound, SurveyStateWrong, OwnSurvey, FindingUnknown, ReasonUnknown, ReasonWordsMissing
    """
    with db.transaction(actor) as conn:
        survey = _open(conn, actor, survey_id)
        run_id = _last_run_id(conn, survey_id)
        unknown = store.unknown_findings(conn, run_id, finding_ids)
        if unknown:
            raise FindingUnknown(errors=[{"finding_id": one} for one in unknown[: surveys.LISTED]])
        if verdict.reply is None:
            store.take_answers_back(conn, finding_ids)
        else:
            codes = WAIVER if verdict.reply is Reply.LET_PASS else RETURN
            _known_reasons(conn, codes, [(verdict.reason_code or "", verdict.reason)], on=day_of(now))
            made = [
                Answer(
                    finding_id, verdict.reply, verdict.reason_code, verdict.reason, verdict.until, actor.login
                )
                for finding_id in sorted(set(finding_ids))
            ]
            store.put_answers(conn, survey_id, made, now=now)
        return desk(conn, survey, today=day_of(now))


def desk(conn: Conn, survey: Submission, *, today: date) -> Desk:
    """Return how far the review of a submission is."""
    run = runs.last_run(conn, survey.survey_id)
    found = store.reviews(conn, survey.survey_id)
    if run is None:
        return Desk(0, 0, [], None, found)
    findings, answered = store.progress(conn, run["run_id"])
    waivers = len(store.answers_to_errors(conn, run["run_id"]))
    second = _second_rules(conn, survey, run["run_id"], waivers, today)
    return Desk(findings, answered, second, _waiting(survey, found, run["run_id"]), found)


def decide(db: Database, actor: Actor, survey_id: int, decision: Decision, *, now: datetime) -> Submission:
    """Accept or return a submission; an accepted one is registered in the same transaction.

    Answers kept before that let errors pass become waivers with an acceptance. A reviewer may also accept a
    checked submission with errors that was not submitted, when waivers cover them all. Where a rule of
    ``ref.second_review_rule`` holds, the first acceptance is kept and the submission stays ``submitted``
    until another person accepts too; returning takes one person.

    Parameters
    ----------
    db : Database
        One transaction.
    actor : Actor
        The reviewer; not the sender.
    survey_id : int
        Submission.
    decision : Decision
        With waivers of errors of the last run.
    now : datetime
        Aware instant.

    Raises
    ------
    SurveyNotFound, OwnSurvey, SameReviewer, SurveyStateWrong, SurveyHasErrors, WaiverUnknown, ReasonUnknown,
    ReasonWordsMissing, SurveyLooksDifferent
    """
    with db.transaction(actor) as conn:
        conn.execute("SELECT set_config('statement_timeout', '600000', true)")
        survey = _open(conn, actor, survey_id)
        codes = ACCEPT if decision.accept else RETURN
        given = [(code, decision.comment) for code in decision.reason_codes]
        _known_reasons(conn, codes, given, on=day_of(now))
        sitting = _Sitting(conn, actor, survey, decision, now)
        if decision.accept:
            _accept(sitting)
        else:
            _note(sitting)
            _finish(sitting, Status.RETURNED)
        return surveys.must(survey_store.fetch(conn, survey_id), survey_id)


@dataclass(frozen=True, slots=True)
class _Sitting:
    """Who decides what on which submission, when, in which transaction."""

    conn: Conn
    actor: Actor
    survey: Submission
    decision: Decision
    now: datetime


def _open(conn: Conn, actor: Actor, survey_id: int) -> Submission:
    """Return a submission that this reviewer may decide on now, locked."""
    survey = surveys.get(conn, actor, survey_id, lock=True)
    if survey.submitted_by == actor.login:
        raise OwnSurvey(survey_id=survey_id)
    surveys.allow(survey, Status.SUBMITTED, Status.CHECKED)
    return survey


def _accept(one: _Sitting) -> None:
    conn, survey, today = one.conn, one.survey, day_of(one.now)
    run_id = _last_run_id(conn, survey.survey_id)
    _keep_waivers(one, run_id)
    answers = store.answers_to_errors(conn, run_id)
    holding = frozenset(kept.finding_id for kept in answers if kept.until is None or kept.until >= today)
    surveys.no_open_errors(conn, survey.survey_id, today, let_pass=holding)
    # What an operator loads by command has no second person to wait for.
    second = [] if one.actor.system else _second_rules(conn, survey, run_id, len(answers), today)
    first = _waiting(survey, store.reviews(conn, survey.survey_id), run_id)
    if second and first is None:
        _note(one, second, takes_effect=False)
        if survey.status != Status.SUBMITTED:
            survey_store.set_status(
                conn, survey.survey_id, Status.SUBMITTED, login=one.actor.login, now=one.now
            )
        return
    if second and first is not None and first.decided_by == one.actor.login:
        raise SameReviewer(survey_id=survey.survey_id)
    _make_waivers(conn, answers, now=one.now)
    _note(one, second)
    _finish(one, Status.ACCEPTED)
    if survey.feature_count > REGISTER_AT_ONCE:
        payload = {"survey_id": survey.survey_id}
        jobs.enqueue(conn, REGISTER_JOB, payload, key=f"{REGISTER_JOB}:{survey.survey_id}")
    else:
        register_survey(conn, survey, login=one.actor.login, now=one.now)


def _keep_waivers(one: _Sitting, run_id: int) -> None:
    """Keep the waivers that came with a decision as answers: a second reviewer sees them too."""
    waivers = one.decision.waivers
    if not waivers:
        return
    known = set(runs.error_ids(one.conn, run_id))
    unknown = [waiver.finding_id for waiver in waivers if waiver.finding_id not in known]
    if unknown:
        raise WaiverUnknown(errors=[{"finding_id": found} for found in unknown[: surveys.LISTED]])
    given = [(waiver.reason_code, waiver.reason) for waiver in waivers]
    _known_reasons(one.conn, WAIVER, given, on=day_of(one.now))
    made = [
        Answer(
            waiver.finding_id,
            Reply.LET_PASS,
            waiver.reason_code,
            waiver.reason,
            waiver.until,
            one.actor.login,
        )
        for waiver in waivers
    ]
    store.put_answers(one.conn, one.survey.survey_id, made, now=one.now)


def _make_waivers(conn: Conn, answers: Sequence[Answer], *, now: datetime) -> None:
    names = {code.code: code.name_zh for code in reference.codes(conn, WAIVER, on=day_of(now))}
    for login in sorted({one.answered_by for one in answers}):
        made = [
            Waiver(
                one.finding_id,
                one.reason.strip() or names.get(one.reason_code or "", one.reason_code or ""),
                one.until,
                one.reason_code,
            )
            for one in answers
            if one.answered_by == login
        ]
        runs.insert_waivers(conn, made, login=login, now=now)


def _note(one: _Sitting, second: Sequence[SecondReviewRule] = (), *, takes_effect: bool = True) -> None:
    word = "accept" if one.decision.accept else "return"
    run = runs.last_run(one.conn, one.survey.survey_id)
    facts = {
        "run_id": None if run is None else run["run_id"],
        "decision": word,
        "takes_effect": takes_effect,
        "second_rules": [rule.rule_id for rule in second],
        "reason_codes": list(one.decision.reason_codes),
        "comment": one.decision.comment,
        "login": one.actor.login,
        "now": one.now,
    }
    store.insert_review(one.conn, one.survey.survey_id, facts)
    detail = {"waivers": len(one.decision.waivers), "takes_effect": takes_effect}
    audit.record(one.conn, one.actor, f"survey.{word}", str(one.survey.survey_id), detail=detail)


def _finish(one: _Sitting, state: Status) -> None:
    survey_id, login, words = one.survey.survey_id, one.actor.login, one.decision.comment
    survey_store.set_decision(one.conn, survey_id, login=login, now=one.now, comment=words)
    survey_store.set_status(one.conn, survey_id, state, login=login, now=one.now, comment=words)


def _waiting(survey: Submission, found: Sequence[Review], run_id: int) -> Review | None:
    """Return the acceptance that waits for a second person; a later check of the file voids it."""
    if survey.status != Status.SUBMITTED or not found or found[-1].takes_effect:
        return None
    return found[-1] if found[-1].run_id == run_id else None


def _second_rules(
    conn: Conn, survey: Submission, run_id: int, waivers: int, today: date
) -> list[SecondReviewRule]:
    area_m2, straddles = store.area_and_straddle(conn, survey.survey_id, run_id)
    weight = Weight(survey.kind, survey.feature_count, area_m2, waivers, straddles)
    return rules.second_rules(reference.second_review_rules(conn, on=today), weight)


def _last_run_id(conn: Conn, survey_id: int) -> int:
    run = runs.last_run(conn, survey_id)
    if run is None:
        raise SurveyStateWrong(survey_id=survey_id, state="received", allowed=["checked"])
    return int(run["run_id"])


def _known_reasons(conn: Conn, list_code: str, given: Sequence[tuple[str | None, str]], *, on: date) -> None:
    """Refuse a code that is not in a list, and words left blank beside one that wants them or beside none."""
    if not given:
        return
    known: dict[str, Code] = {code.code: code for code in reference.codes(conn, list_code, on=on)}
    unknown = [code for code, _ in given if code is not None and code not in known]
    if unknown:
        raise ReasonUnknown(reason=unknown[0], list=list_code)
    bare = [code for code, words in given if not words.strip()]
    if any(code is None or known[code].attributes.get("words") for code in bare):
        raise ReasonWordsMissing
