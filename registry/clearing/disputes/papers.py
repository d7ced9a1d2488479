"""Files of the documents that a dispute relies on: a county's with its claim, the city's with the ruling."""

from datetime import datetime

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.db import Database
from data.documents import attachments
from data.documents.archive import Archive
from data.documents.errors import AttachmentNotFound
from registry.clearing.disputes import service, store
from registry.clearing.disputes.errors import DisputeNotYours, DisputeStateRefuses
from registry.clearing.disputes.records import Dispute, DisputeDocument
from registry.payments import service as payments


def add(
    db: Database,
    actor: Actor,
    dispute_no: str,
    file: tuple[str | None, bytes],
    *,
    archive: Archive,
    now: datetime,
) -> DisputeDocument:
    """Attach a file to a dispute that has not ended; the same file of the same side stands once.

    Parameters
    ----------
    actor : Actor
        Finance of one of the two counties (a claim's document) or of the city (a ruling's).
    file : tuple of (str or None, bytes)
        Name and content: PDF, PNG, JPEG or OFD.
    archive : Archive
        Where files are kept.
    now : datetime
        Aware instant.

    Raises
    ------
    DisputeNotFound
        None, or none this caller may see.
    DisputeNotYours
    DisputeStateRefuses
        It has ended.
    AttachmentRefused
    """
    with db.transaction(actor) as conn:
        dispute = service.get_dispute(conn, dispute_no).head
    sides = {None: "ruling", dispute.county_code: "claim", dispute.claimed_county: "claim"}
    if actor.county_code not in sides:
        raise DisputeNotYours
    _require_open(dispute)
    # Written before the order is locked: nobody who pays or clears it waits for a disk. If the dispute ends
    # meanwhile, the file stands in the archive and nothing names it.
    kept = attachments.keep(archive, *file)
    with db.transaction(SYSTEM) as conn:
        payments.lock_order(conn, dispute.order_no)
        _require_open(service.get_dispute(conn, dispute_no).head)
        purpose = sides[actor.county_code]
        made = store.add_document(conn, dispute_no, purpose, kept, by=actor.login, at=now)
        audit.record(conn, actor, "dispute.document", dispute_no, detail={"sha256": made.sha256.hex()})
    return made


def _require_open(dispute: Dispute) -> None:
    if dispute.state not in service.OPEN_STATES:
        raise DisputeStateRefuses(dispute_no=dispute.dispute_no, state=dispute.state)


def read(
    db: Database, actor: Actor, dispute_no: str, document_id: int, *, archive: Archive
) -> tuple[DisputeDocument, bytes]:
    """Return a file of a dispute; the read is recorded.

    Raises
    ------
    DisputeNotFound
    AttachmentNotFound
        No such file, or it is no longer what it was.
    """
    with db.transaction(actor) as conn:
        documents = service.get_dispute(conn, dispute_no).documents
        found = next((item for item in documents if item.document_id == document_id), None)
        if found is None:
            raise AttachmentNotFound(document_id=document_id)
        audit.record(conn, actor, "dispute.document.read", dispute_no, detail={"document_id": document_id})
    content = archive.get(found.sha256)
    if content is None:
        raise AttachmentNotFound(document_id=document_id)
    return found, content
