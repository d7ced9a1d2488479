"""What waits for a person, by role; each room is asked through its service."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta

from data.access.records import SYSTEM, Actor
from data.db import Database
from data.messages import known, text
from data.reference import accounts
from data.reference import service as reference
from registry.cases.waiting import waiting_cases
from registry.clearing import days
from registry.clearing import store as clearing
from registry.clearing.disputes import service as disputes
from registry.clearing.disputes.records import Dispute
from registry.handbook import service as handbook
from registry.handbook.records import Entry
from registry.payments import refund_returns, refunds
from registry.payments.records import Refund
from registry.receipts import custody
from registry.receipts.bureau import bill_code
from registry.reconciliation import breaks
from spatial.counties import register
from spatial.counties.records import StoredDecision
from spatial.faults import service as faults
from spatial.faults.records import State, Wanted
from spatial.survey import service as surveys
from spatial.survey.records import Submission
from spatial.survey.review import store as reviews

SHOWN = 6
# Queues that people empty by hand are counted up to here.
COUNTED = 200
# How long a good end is told.
NEWS = timedelta(days=7)
UNSIGNED_DAYS = timedelta(days=31)
Item = dict[str, object]
Group = dict[str, object]


class Inbox:
    """Reads the inbox of an actor.

    Parameters
    ----------
    db : Database
        Database.
    actor : Actor
        Whose inbox.
    now : datetime
        Aware instant.
    today : date
        Its day in Asia/Shanghai.
    lang : str
        Language of names.
    items : mapping of str to str, optional
        Names of what is paid for in that language, by stored name; what is missing stays as it is stored.
    """

    def __init__(
        self,
        db: Database,
        actor: Actor,
        *,
        now: datetime,
        today: date,
        lang: str,
        items: Mapping[str, str] | None = None,
    ) -> None:
        self.db = db
        self.actor = actor
        self.now = now
        self.today = today
        self.lang = lang
        self.items = items or {}

    def groups(self) -> list[Group]:
        """Return the groups of the actor's roles, in the order in which they press."""
        readers: list[tuple[tuple[str, ...], Callable[[], Iterable[Group]]]] = [
            (("surveyor",), self._own_surveys),
            (("reviewer",), self._surveys_to_review),
            (("clerk", "registrar"), self._cases),
            (("supervisor",), self._overdue),
            (("finance_city",), self._days_to_close),
            (("finance_county",), self._days_to_sign),
            (("finance_county",), self._returns),
            (("finance_city", "finance_county"), self._refunds),
            (("finance_city", "finance_county"), self._account_changes),
            (("finance_city", "reviewer", "registrar", "supervisor"), self._counties),
            (("finance_city", "finance_county", "supervisor"), self._breaks),
            (("finance_city", "finance_county", "supervisor"), self._disputes),
            (("finance_city",), self._low_stock),
        ]
        return [group for roles, read in readers if self.actor.roles.intersection(roles) for group in read()]

    def _own_surveys(self) -> Iterable[Group]:
        yield self._surveys("surveys_to_submit", "checked", "/surveys/{}")
        yield self._surveys("surveys_returned", "returned", "/surveys/{}")
        yield self._surveys("surveys_failed", "failed", "/surveys/{}")
        yield self._surveys("surveys_accepted", "accepted", "/surveys/{}")
        yield self._surveys("surveys_registered", "registered", "/surveys/{}", since=self.now - NEWS)

    def _surveys_to_review(self) -> Iterable[Group]:
        with self.db.transaction(self.actor) as conn:
            waiting = {row["survey_id"]: row for row in reviews.waiting_for_second(conn, limit=COUNTED)}
            found = surveys.find(conn, self.actor, status="submitted", before=None, limit=COUNTED)
            open_faults = faults.list_faults(conn, self.actor, Wanted(limit=COUNTED, state=State.OPEN))
        second = [
            one
            for one in found
            if one.survey_id in waiting and waiting[one.survey_id]["decided_by"] != self.actor.login
        ]
        first = [one for one in found if one.survey_id not in waiting]
        yield self._survey_group("surveys_second", "submitted", second, "/review/{}")
        yield self._survey_group("surveys_to_review", "submitted", first, "/review/{}")
        items: list[Item] = [
            {
                "title": (fault.parcel_codes or [f"#{fault.fault_id}"])[0],
                "note": fault.description[:60],
                "at": fault.reported_at,
                "link": f"/exceptions?fault={fault.fault_id}",
            }
            for fault in open_faults
        ]
        yield _group("register_faults", items, "/exceptions?state=open")

    def _surveys(self, kind: str, status: str, link: str, *, since: datetime | None = None) -> Group:
        with self.db.transaction(self.actor) as conn:
            found = surveys.find(conn, self.actor, status=status, before=None, limit=COUNTED)
        if since is not None:
            found = [one for one in found if one.registered_at is not None and one.registered_at >= since]
        return self._survey_group(kind, status, found, link)

    def _survey_group(self, kind: str, status: str, found: Iterable[Submission], link: str) -> Group:
        items: list[Item] = [
            {
                "title": survey.project_code,
                "note": text(f"ui.common.layer.{survey.layer}", self.lang),
                "at": survey.created_at,
                "link": link.format(survey.survey_id),
            }
            for survey in found
        ]
        return _group(kind, items, f"/surveys?status={status}")

    def _cases(self) -> Iterable[Group]:
        yield self._case_group("cases_to_handle", "handle", "/cases?mine=true")
        if self.actor.may("clerk"):
            yield self._case_group("cases_unpaid", "unpaid", f"/cases?office={self.actor.office}")

    def _overdue(self) -> Iterable[Group]:
        yield self._case_group("cases_overdue", "overdue", "/cases?overdue=true")

    def _case_group(self, kind: str, wanted: str, link: str) -> Group:
        with self.db.transaction(self.actor) as conn:
            found = waiting_cases(conn, self.actor, wanted, today=self.today, limit=SHOWN)
            names = {
                (row.type_code, row.handbook_version): handbook.entry_version(
                    conn, row.type_code, row.handbook_version
                )[1]
                for row in found
            }
        items: list[Item] = [
            {
                "title": row.case_no,
                "note": " · ".join(
                    [self._name(names[row.type_code, row.handbook_version]), row.applicant, row.address]
                ),
                # Once registered the promise is kept: a day long past would read like a broken one.
                "due_on": row.due_on if row.late or row.due_on >= self.today else None,
                "status": text(f"ui.status.case.{row.status}", self.lang),
                "late": row.late,
                "link": f"/cases/{row.case_no}",
            }
            for row in found
        ]
        return _group(kind, items, link, count=found[0].total if found else 0)

    def _name(self, entry: Entry) -> str:
        return entry.name_en if self.lang == "en" else entry.name

    def _counties(self) -> Iterable[Group]:
        with self.db.transaction(self.actor) as conn:
            found = register.open_decisions(conn, limit=COUNTED)
        proposed = [row for row in found if row.proposed_county is not None]
        own = [row for row in proposed if row.decided_by != self.actor.login]
        waiting = [row for row in found if row.proposed_county is None]
        link = "/decisions"
        yield _group("counties_undecided", [self._decision(row) for row in waiting], link)
        yield _group("decisions_to_confirm", [self._decision(row) for row in own], link)

    def _decision(self, row: StoredDecision) -> Item:
        code = row.unit_code or row.parcel_code or row.subject
        reason = row.decision.reason
        return {
            "title": code,
            "note": text(f"county.reason.{reason}", self.lang) if reason else "",
            "at": row.decided_at,
            "link": "/decisions",
        }

    def _days_to_close(self) -> Iterable[Group]:
        with self.db.transaction(SYSTEM) as conn:
            wanted = {self.today, self.today - timedelta(days=1), *clearing.unfinished(conn)}
            read = [
                days.day_of_books(conn, self.actor, day, now=self.now) for day in sorted(wanted, reverse=True)
            ]
        items: list[Item] = [
            {
                "title": day.date.isoformat(),
                "note": text("ui.inbox.to_clear", self.lang, yuan=_yuan(open_fen)),
                "link": f"/finance?day={day.date}",
            }
            for day in read
            if (open_fen := day.total("arrived_fen") - day.total("confirmed_fen")) > 0
        ]
        yield _group("days_to_close", items, "/finance")

    def _days_to_sign(self) -> Iterable[Group]:
        if self.actor.county_code is None:
            return
        with self.db.transaction(SYSTEM) as conn:
            since = self.today - UNSIGNED_DAYS
            found = clearing.days_to_sign(conn, self.actor.county_code, since)
        items: list[Item] = [
            {"title": day.isoformat(), "note": "", "link": f"/finance?day={day}"} for day in found
        ]
        yield _group("days_to_sign", items, "/finance")

    def _returns(self) -> Iterable[Group]:
        """Yield what the county pays back of money that was cleared to it (退付)."""
        if self.actor.county_code is None:
            return
        with self.db.transaction(SYSTEM) as conn:
            found = refund_returns.returns_due(conn, self.actor.county_code, limit=COUNTED)
        items: list[Item] = [
            {
                "title": row.refund_no,
                "note": text("ui.common.yuan", self.lang, amount=_yuan(row.amount_fen)),
                "link": "/finance/refunds?state=returning",
            }
            for row in found
        ]
        yield _group("returns_to_send", items, "/finance/refunds?state=returning")

    def _account_changes(self) -> Iterable[Group]:
        """Yield the changes of accounts that wait for this person."""
        counties = None if self.actor.scope == "all" else days.visible_counties(self.actor)
        with self.db.transaction(SYSTEM) as conn:
            found = accounts.open_changes(conn, counties)
            counties_of = {row.county_code: row for row in reference.counties(conn)}
        items: list[Item] = [
            {
                "title": getattr(counties_of[change.county_code], f"name_{self.lang}"),
                "note": change.source_doc,
                "at": change.proposed_at,
                "link": "/finance#accounts-title",
            }
            for change in found
            if accounts.may_confirm(self.actor, change.proposed_by)
        ]
        yield _group("account_changes", items, "/finance#accounts-title")

    def _refunds(self) -> Iterable[Group]:
        """Yield the refunds that another person asked for, and to the city those that a channel refused."""
        with self.db.transaction(self.actor) as conn:
            asked = refunds.list_refunds(conn, state="requested", limit=COUNTED)
            failed = refunds.list_refunds(conn, state="failed", limit=COUNTED)
        waiting = [
            refund
            for refund, lines, _ in asked
            if self.actor.login not in {refund.requested_by, refund.checked_by}
            and (
                self.actor.county_code is None
                or {line.county_code for line in lines} == {self.actor.county_code}
            )
        ]
        yield self._refund_group("refunds_to_decide", "requested", waiting)
        if self.actor.may("finance_city"):
            yield self._refund_group("refunds_failed", "failed", [refund for refund, _, _ in failed])

    def _refund_group(self, kind: str, state: str, found: Iterable[Refund]) -> Group:
        items: list[Item] = [
            {
                "title": refund.refund_no,
                "note": text("ui.common.yuan", self.lang, amount=_yuan(refund.amount_fen)),
                "at": refund.requested_at,
                "link": f"/finance/refunds?state={state}",
            }
            for refund in found
        ]
        return _group(kind, items, f"/finance/refunds?state={state}")

    def _breaks(self) -> Iterable[Group]:
        with self.db.transaction(SYSTEM) as conn:
            seen = None if self.actor.scope == "all" else days.visible_counties(self.actor)
            found = breaks.list_breaks(conn, None, states=["open"], limit=COUNTED, counties=seen)
            counties = {county.county_code: county for county in reference.counties(conn)}
        items: list[Item] = []
        for row in found:
            county = counties.get(row.county_code or "")
            name = "" if county is None else (county.name_en if self.lang == "en" else county.name_zh)
            note = " · ".join(
                part
                for part in (
                    row.order_no or row.msg_id,
                    name,
                    text("ui.common.yuan", self.lang, amount=_yuan(row.amount_fen)),
                )
                if part
            )
            link = f"/finance?day={row.biz_date}&breaks=unsettled&break={row.break_id}"
            items.append(
                {"title": _break_name(row.type, self.lang), "note": note, "at": row.opened_at, "link": link}
            )
        yield _group("breaks_open", items, "/finance?breaks=unsettled#breaks-title")

    def _disputes(self) -> Iterable[Group]:
        with self.db.transaction(self.actor) as conn:
            found = disputes.list_disputes(conn, states=list(disputes.OPEN_STATES), limit=COUNTED)
            proposed = {
                row.dispute_no: ruling
                for row in found
                if row.state == "held" and (ruling := disputes.open_ruling(conn, row.dispute_no))
            }
        if self.actor.county_code is not None:
            yield _group("disputes_open", [self._dispute(row) for row in found], "/finance/disputes")
            return
        if self.actor.may("finance_city"):
            raised = [row for row in found if row.state == "raised"]
            held = [row for row in found if row.state == "held" and row.dispute_no not in proposed]
            yield _group("disputes_raised", [self._dispute(row) for row in raised], "/finance/disputes")
            yield _group("disputes_to_rule", [self._dispute(row) for row in held], "/finance/disputes")
        others = [
            row
            for row in found
            if row.dispute_no in proposed and proposed[row.dispute_no].proposed_by != self.actor.login
        ]
        yield _group("rulings_to_confirm", [self._dispute(row) for row in others], "/finance/disputes")

    def _dispute(self, row: Dispute) -> Item:
        amount = text("ui.common.yuan", self.lang, amount=_yuan(row.amount_fen))
        return {
            "title": row.dispute_no,
            "note": f"{self.items.get(row.line_name, row.line_name)} · {amount}",
            "at": row.changed_at,
            "link": f"/finance/disputes?dispute={row.dispute_no}",
        }

    def _low_stock(self) -> Iterable[Group]:
        """Yield the counties whose bill numbers of the year run out (领用预警)."""
        code = bill_code(self.today)
        left = custody.stock(self.db, code, [])
        with self.db.transaction(SYSTEM) as conn:
            counties = {county.county_code: county for county in reference.counties(conn)}
            low = reference.low_stock_of_bills(conn, on=self.today)
        items: list[Item] = [
            {
                "title": counties[county].name_en if self.lang == "en" else counties[county].name_zh,
                "note": text("ui.inbox.numbers_left", self.lang, code=code, left=f"{count:,}"),
                "link": f"/finance/bills#stock-{county}",
            }
            for county, count in sorted(left.items(), key=lambda one: one[1])
            if count < low
        ]
        yield _group("bill_stock_low", items, "/finance/bills#stock-title")


def _group(kind: str, items: list[Item], link: str | None, *, count: int | None = None) -> Group:
    return {
        "kind": kind,
        "count": len(items) if count is None else count,
        "link": link,
        "items": items[:SHOWN],
    }


def _break_name(kind: str, lang: str) -> str:
    key = f"ui.finance.break.{kind}"
    return f"{kind} {text(key, lang)}" if known(key) else kind


def _yuan(fen: int) -> str:
    return f"{'−' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
