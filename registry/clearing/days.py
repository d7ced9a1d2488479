"""The figures of a day, the counties' signatures under them, and the seal."""

from datetime import date, datetime

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.db import Database
from data.documents.signing import Signer
from registry.clearing import rules, store, store_assertions
from registry.clearing.errors import NotYourCounty, SealRefused
from registry.clearing.records import AgainstSeal, CountySign, Day, DayRow, Payout
from registry.ledger import service as ledger
from registry.ledger.records import Seal

# Breaks with which a day is never sealed: debited twice, other amount credited, bill differs, books differ.
BLOCKING = ["K4", "K6", "B3", "G1"]


def day_of_books(conn: store.Conn, actor: Actor, day: date, *, now: datetime) -> Day:
    """Return state and figures of a day; a county sees its own rows only.

    Parameters
    ----------
    conn : Connection
        Open transaction as the system (the figures are sums over rows of every county).
    actor : Actor
        Who reads.
    day : date
        Accounting day.
    now : datetime
        Aware instant, stated as the data date of the figures.
    """
    counties = visible_counties(actor)
    payouts = [item for item in store.payouts(conn, day) if item.county_code in counties]
    runs = len(store.batches(conn, day))
    rows = tuple(_with_payout(row, payouts, runs=runs) for row in store.day_rows(conn, day, list(counties)))
    checked = store_assertions.last_check(conn)
    everything = len(counties) == len(rules.COUNTIES)
    suspense = store.day_suspense(conn, day) if everything else sum(row.suspense_fen for row in rows)
    return Day(
        date=day,
        state=rules.day_state(runs, payouts),
        rows=rows,
        suspense_fen=suspense,
        signatures=tuple(_signs_to_show(conn, day, rows, now=now)),
        seal=ledger.seal_of(conn, day),
        as_of=now,
        open_breaks=store.open_breaks(conn, day, counties=None if everything else counties),
        payouts=tuple(payouts),
        books_checked_at=checked[0] if checked else None,
        books_broken=tuple(checked[1]) if checked else (),
    )


def visible_counties(actor: Actor) -> tuple[str, ...]:
    """Return the counties whose money an actor may read."""
    if actor.scope == "all":
        return rules.COUNTIES
    return tuple(code for code in rules.COUNTIES if code == actor.county_code)


def sign_day(
    db: Database, actor: Actor, day: date, county_code: str, *, signer: Signer, now: datetime
) -> Day:
    """Sign a county's figures of a day, or all of them for the city; the last signature seals the day.

    Parameters
    ----------
    county_code : str
        Six digits; :data:`~registry.clearing.rules.CITY_CODE` for the city.

    Raises
    ------
    NotYourCounty
        Only the county's own finance office signs for it, and the city's for the city.
    DayInFuture
    """
    rules.require_come(day, now)
    if not _may_sign(actor, county_code):
        raise NotYourCounty(county_code=county_code)
    with db.transaction(SYSTEM) as conn:
        _sign(conn, actor, day, county_code, now)
        if not against_seal(conn, day_of_books(conn, SYSTEM, day, now=now)).reasons:
            _seal(conn, day, signer, actor, now)
    with db.transaction(SYSTEM) as conn:
        return day_of_books(conn, actor, day, now=now)


def _may_sign(actor: Actor, county_code: str) -> bool:
    if county_code == rules.CITY_CODE:
        return actor.may("finance_city")
    return county_code in rules.COUNTIES and actor.county_code == county_code


def _sign(conn: store.Conn, actor: Actor, day: date, county_code: str, now: datetime) -> None:
    rows = day_of_books(conn, SYSTEM, day, now=now).rows
    signed = _signed_rows(rows, county_code)
    store.insert_sign(conn, day, CountySign(county_code, rules.sheet_sha256(day, signed), actor.login, now))
    audit.record(conn, actor, "day.sign", f"{day}:{county_code}")


def _signed_rows(rows: tuple[DayRow, ...], county_code: str) -> list[DayRow]:
    """Return what a signature stands for: a county's own rows, the city's all."""
    return [row for row in rows if county_code in {rules.CITY_CODE, row.county_code}]


def seal_day(db: Database, actor: Actor, day: date, *, signer: Signer, now: datetime) -> Seal:
    """Seal a day that is done and signed by every county; the city's seal is its signature, too.

    Raises
    ------
    SealRefused
        Says what is missing.
    DaySealed, DayInFuture
    """
    rules.require_come(day, now)
    with db.transaction(SYSTEM) as conn:
        if ledger.seal_of(conn, day) is None:
            _sign(conn, actor, day, rules.CITY_CODE, now)
        reasons = against_seal(conn, day_of_books(conn, SYSTEM, day, now=now)).reasons
        if reasons:
            raise SealRefused(date=day.isoformat(), reasons=list(reasons))
        return _seal(conn, day, signer, actor, now)


def _seal(conn: store.Conn, day: date, signer: Signer, actor: Actor, now: datetime) -> Seal:
    audit.record(conn, actor, "day.seal", day.isoformat())
    return ledger.seal(conn, day, sign=signer.sign, algorithm=signer.algorithm, by=actor.login, now=now)


def against_seal(conn: store.Conn, whole: Day) -> AgainstSeal:
    """Return what stands against sealing a day, which was read with every county; read as the system."""
    day = whole.date
    signed = {sign.county_code for sign in whole.signatures}
    unsigned = tuple(code for code in (rules.CITY_CODE, *rules.COUNTIES) if code not in signed)
    unfinished = tuple(earlier for earlier in store.unfinished(conn) if earlier < day)
    breaks = tuple(store.breaks_of_types(conn, day, BLOCKING))
    speaks = {
        "sealed": whole.seal is not None,
        "not_done": whole.state != "done",
        "unsigned": bool(unsigned),
        "earlier_unfinished": bool(unfinished),
        "open_breaks": bool(breaks),
        "trial_balance": ledger.trial_balance(conn, day).difference_fen != 0,
    }
    reasons = tuple(reason for reason, holds in speaks.items() if holds)
    return AgainstSeal(day, whole.state, reasons, unsigned, unfinished, breaks)


def _signs_to_show(
    conn: store.Conn, day: date, rows: tuple[DayRow, ...], *, now: datetime
) -> list[CountySign]:
    """Return the standing signatures of the rows' counties, and the city's to everybody."""
    shown = _valid_signs(conn, day, rows)
    if len(rows) < len(rules.COUNTIES) * len(rules.KINDS):
        whole = day_of_books(conn, SYSTEM, day, now=now).signatures
        shown += [sign for sign in whole if sign.county_code == rules.CITY_CODE]
    return shown


def _valid_signs(conn: store.Conn, day: date, rows: tuple[DayRow, ...]) -> list[CountySign]:
    """Return the signatures that still stand: those under these rows as they are now."""
    found: dict[str, CountySign] = {}
    whole = len(rows) == len(rules.COUNTIES) * len(rules.KINDS)
    for sign in store.signs(conn, day):
        own = _signed_rows(rows, sign.county_code)
        # Who sees a part only is told of the city's signature where it can be checked: in the whole.
        if sign.county_code == rules.CITY_CODE and not whole:
            continue
        if own and bytes(sign.sheet_sha256) == rules.sheet_sha256(day, own):
            found.setdefault(sign.county_code, sign)
    return list(found.values())


def _with_payout(row: DayRow, payouts: list[Payout], *, runs: int) -> DayRow:
    own = [
        item
        for item in rules.live_payouts(payouts)
        if (item.county_code, item.kind) == (row.county_code, row.kind)
    ]
    state = rules.day_state(runs, own)
    figures = {name: getattr(row, name) for name in rules.FIGURES}
    last = max(own, key=lambda item: item.seq, default=None)
    return DayRow(
        row.county_code, row.kind, **figures, payout_msg_id=last.msg_id if last else None, state=state
    )
