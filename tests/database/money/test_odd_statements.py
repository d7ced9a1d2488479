"""Statements of a good form that say what cannot be are refused with the reason."""

from datetime import timedelta

import pytest

from registry.reconciliation import bank_files, channel_files
from registry.reconciliation.errors import StatementUnreadable
from tests.database.money.test_statements import TODAY, channel_file, kept, load, statement
from tests.database.registry import town

WHOLE = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
<Id>{ref}</Id>{more}<Acct><Id><Othr><Id>1</Id></Othr></Id></Acct>{balances}{entry}</Stmt></BkToCstmrStmt></Document>"""
BALANCE = """<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">5.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"""
PERIOD = "<FrToDt><FrDtTm>{0}</FrDtTm><ToDtTm>{1}</ToDtTm></FrToDt>"


def camt(
    *, kinds=("OPBD", "CLBD"), days=("2026-11-24", "2026-11-24"), currency="CNY", ref="C1", more="", entry=""
):
    balances = "".join(
        BALANCE.format(kind=kind, day=day, currency=currency)
        for kind, day in zip(kinds, (*days, days[-1]), strict=False)
    )
    return WHOLE.format(ref=ref, more=more, balances=balances, entry=entry).encode()


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"kinds": ("OPBD", "OPBD", "CLBD")}, "balance"),
        ({"kinds": ("OPBD", "CLBD", "CLBD")}, "balance"),
        ({"currency": "USD"}, "amount"),
        ({"days": ("0001-01-01", "2026-11-24")}, "period"),
        ({"days": ("2026-11-24", "9999-12-31")}, "period"),
        ({"days": ("2025-11-01", "2026-11-24")}, "period"),
        ({"more": PERIOD.format("2026-11-25T00:00:00", "2026-11-20T00:00:00")}, "period"),
        ({"ref": " "}, "name"),
        ({"ref": "C" * 65}, "name"),
        ({"ref": "C\u202e1"}, "name"),
    ],
)
def test_a_statement_that_cannot_be_is_refused_with_its_reason(odd, reason):
    assert bank_files.read(camt()).opening_fen == 500
    with pytest.raises(StatementUnreadable) as refused:
        bank_files.read(camt(**odd))
    assert refused.value.params == {"reason": reason}


def test_an_instant_of_another_zone_is_of_our_day():
    entry = """<Ntry><Amt Ccy="CNY">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>
    <BookgDt><DtTm>2026-11-24T16:30:00Z</DtTm></BookgDt></Ntry>"""
    found = bank_files.read(camt(entry=entry))
    assert [item.booked_on.isoformat() for item in found.entries] == ["2026-11-25"]
    ended = bank_files.read(camt(more=PERIOD.format("2026-11-24T00:00:00", "2026-11-24T24:00:00")))
    assert (ended.from_on, ended.to_on) == (TODAY, TODAY)


@pytest.mark.parametrize(
    "raw",
    [
        statement(day=TODAY + timedelta(days=2)),
        channel_file(day=TODAY + timedelta(days=2)),
    ],
    ids=["bank", "channel"],
)
def test_a_statement_of_days_to_come_leaves_nothing(city, raw):
    """One dated in 2099 would end the chain of every statement that comes before it."""
    with pytest.raises(StatementUnreadable) as refused:
        load(city, raw)
    assert refused.value.params == {"reason": "future"}
    assert kept(city) == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_an_empty_channel_statement_of_no_year_of_ours_is_refused(city, day):
    raw = f"{','.join(channel_files.COLUMNS)}\nsandbox,{day},,TOTAL,,0,0,\n".encode()
    with pytest.raises(StatementUnreadable) as refused:
        load(city, raw)
    assert refused.value.params == {"reason": "period"}


@pytest.mark.parametrize(("code", "fen"), [("4" * 65, 5), ("4\u202e2", 5), ("4212", 10**13 + 1)])
def test_a_line_of_a_channel_that_cannot_be_is_refused(code, fen):
    line = f"sandbox,{TODAY},T1,paid,{code},{fen},0,{town.NOW.isoformat()}"
    rows = [",".join(channel_files.COLUMNS), line, f"sandbox,{TODAY},,TOTAL,,{fen},0,"]
    with pytest.raises(StatementUnreadable) as refused:
        channel_files.read("\n".join(rows).encode())
    assert refused.value.params == {"reason": "line"}
