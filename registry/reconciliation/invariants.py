"""Recompute what must always hold in the money books."""

from datetime import date

from data.access.records import SYSTEM
from data.db import Database
from registry.clearing import assertions
from registry.ledger import months, seals
from registry.reconciliation import store
from registry.reconciliation.heads import first_broken
from registry.reconciliation.records import Check


def verify(db: Database, *, certificate: bytes | None = None, today: date | None = None) -> list[Check]:
    """Run every invariant over the whole of the books.

    Parameters
    ----------
    db : Database
        Database.
    certificate : bytes, optional
        PEM of the certificate under which heads, days and months were signed; checks the signatures, too.
    today : date, optional
        Day in Asia/Shanghai from which I17 is judged: that all which arrived is with its county a working day
        later. Left out without it.

    Returns
    -------
    list of Check
        In order; a check with breaches names up to a hundred of them.
    """
    with db.transaction(SYSTEM) as conn:
        checks = [Check(found.id, found.words, found.breaches) for found in assertions.run(conn)]
        checks += [Check(name, words, tuple(found)) for name, words, found in store.invariants(conn)]
        checks += _of_the_ledger(conn, certificate)
        if today is not None:
            overdue = tuple(store.overdue_lines(conn, today))
            checks.append(Check("I17", "what arrived is with its county a working day later", overdue))
    differs = first_broken(db, certificate=certificate)
    found = () if differs is None else (differs.isoformat(),)
    checks.append(Check("H1", "the register has the hashes of its daily heads", found))
    return checks


def _of_the_ledger(conn: store.Conn, certificate: bytes | None) -> list[Check]:
    return [
        Check(
            "I2",
            "sealed days have the hash they were sealed with, in one signed chain",
            tuple(seals.broken_seals(conn, certificate=certificate)),
        ),
        Check(
            "I2b",
            "snapshots of sealed days are the sums of the transfers",
            tuple(seals.wrong_snapshots(conn)),
        ),
        Check(
            "I14",
            "closed months have the trial balance they were closed with",
            tuple(months.broken_months(conn, certificate=certificate)),
        ),
    ]
