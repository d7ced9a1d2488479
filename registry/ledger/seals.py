"""Check the seals: hashes, chain, signatures, and the snapshots that were kept with them."""

from data.documents.signing import verify
from registry.ledger import rules, service, store_seals
from registry.ledger.store import Conn


def broken_seals(conn: Conn, *, certificate: bytes | None = None) -> list[str]:
    """Recompute every seal.

    Parameters
    ----------
    conn : Connection
        Open transaction as the system.
    certificate : bytes, optional
        PEM of the certificate under which days are sealed; checks the signatures, too. Without it a chain
        that was made anew as a whole is not found.

    Returns
    -------
    list of str
        Day and what is wrong with it: ``rows``, ``chain`` or ``signature``.
    """
    found, previous = [], rules.ZERO_SHA256
    for seal in store_seals.seals(conn):
        day = seal.biz_date.isoformat()
        if not service.seal_holds(conn, seal):
            found.append(f"{day} rows")
        if bytes(seal.prev_sha256) != previous:
            found.append(f"{day} chain")
        if certificate is not None and not verify(certificate, bytes(seal.sha256), bytes(seal.signature)):
            found.append(f"{day} signature")
        previous = bytes(seal.sha256)
    return found


def wrong_snapshots(conn: Conn) -> list[str]:
    """Return day and account of the sums kept, of sealed days and others, that the transfers do not give."""
    found = [*store_seals.wrong_snapshots(conn), *store_seals.wrong_sums(conn)]
    return [f"{day} {code}" for day, code in found]
