"""Files of the documents by which people designated a county (R3, R7)."""

from datetime import datetime

from data.documents import attachments
from data.documents.archive import Archive
from data.documents.errors import AttachmentNotFound
from spatial.counties import register, store
from spatial.counties.errors import DecisionClosed
from spatial.counties.records import DecisionDocument


def add(
    conn: store.Conn,
    decision_id: int,
    file: tuple[str | None, bytes],
    *,
    archive: Archive,
    by: str,
    now: datetime,
) -> DecisionDocument:
    """Attach a file to a person's decision that stands or waits; the same file stands once.

    Parameters
    ----------
    file : tuple of (str or None, bytes)
        Name and content: PDF, PNG, JPEG or OFD.
    by : str
        Login.
    now : datetime
        Aware instant.

    Raises
    ------
    DecisionNotFound
    DecisionClosed
        Made by rule, or superseded.
    AttachmentRefused
    """
    stored = register.get_decision(conn, decision_id)
    if not stored.by_person or stored.superseded_by is not None:
        raise DecisionClosed(decision_id=decision_id)
    kept = attachments.keep(archive, *file)
    return store.add_document(conn, decision_id, kept, by=by, at=now)


def of_decision(conn: store.Conn, decision_id: int) -> list[DecisionDocument]:
    """Return the files of a decision, oldest first."""
    return store.documents(conn, decision_id)


def read(
    conn: store.Conn, decision_id: int, document_id: int, *, archive: Archive
) -> tuple[DecisionDocument, bytes]:
    """Return a file of a decision.

    Raises
    ------
    AttachmentNotFound
        No such file, or it is no longer what it was.
    """
    found = next((item for item in of_decision(conn, decision_id) if item.document_id == document_id), None)
    content = None if found is None else archive.get(found.sha256)
    if found is None or content is None:
        raise AttachmentNotFound(document_id=document_id)
    return found, content
