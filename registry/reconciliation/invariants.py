"""Recompute what must always hold in the money books."""

from data.access.records import SYSTEM
from data.db import Database
from registry.ledger import service as ledger
from registry.reconciliation import store
from registry.reconciliation.heads import first_broken
from registry.reconciliation.records import Check


def verify(db: Database, *, certificate: bytes | None = None) -> list[Check]:
    """Run every invariant over the whole of the books.

    Parameters
    ----------
    db : Database
        Database.
    certificate : bytes, optional
        PEM of the certificate under which the register's heads were signed; checks their signatures, too.

    Returns
    -------
    list of Check
        In order; a check with breaches names up to a hundred of them.
    """
    with db.transaction(SYSTEM) as conn:
        checks = [Check(name, words, tuple(found)) for name, words, found in store.invariants(conn)]
        broken = [
            made.biz_date.isoformat() for made in ledger.seals(conn) if not ledger.seal_holds(conn, made)
        ]
    checks.append(Check("I2", "sealed days have the hash they were sealed with", tuple(broken)))
    differs = first_broken(db, certificate=certificate)
    found = () if differs is None else (differs.isoformat(),)
    checks.append(Check("H1", "the register has the hashes of its daily heads", found))
    return checks
