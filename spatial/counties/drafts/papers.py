"""Files of the documents by which county boundaries change, such as an approval (界线批复)."""

from collections.abc import Sequence
from datetime import datetime

from data.documents import attachments
from data.documents.archive import Archive
from data.documents.errors import AttachmentNotFound
from spatial.counties.drafts import publishing, store, store_publications
from spatial.counties.drafts.errors import PublicationOver
from spatial.counties.drafts.records import PublicationDocument


def add(
    conn: store.Conn,
    key: tuple[int, int],
    file: tuple[str | None, bytes],
    *,
    archive: Archive,
    by: str,
    now: datetime,
) -> PublicationDocument:
    """Attach a file to a publication that waits or is in force; the same file stands once.

    Parameters
    ----------
    key : tuple of int
        Draft and publication.
    file : tuple of (str or None, bytes)
        Name and content: PDF, PNG, JPEG or OFD.
    by : str
        Login.
    now : datetime
        Aware instant.

    Raises
    ------
    PublicationNotFound
    PublicationOver
        It was declined.
    AttachmentRefused
    """
    found = publishing.get_publication(conn, *key)
    if found.state == "declined":
        raise PublicationOver(publication_id=found.publication_id)
    kept = attachments.keep(archive, *file)
    return store_publications.add_document(conn, found.publication_id, kept, by=by, at=now)


def of_publications(conn: store.Conn, publication_ids: Sequence[int]) -> list[PublicationDocument]:
    """Return the files of publications, oldest first."""
    return store_publications.documents(conn, publication_ids)


def read(
    conn: store.Conn, key: tuple[int, int], document_id: int, *, archive: Archive
) -> tuple[PublicationDocument, bytes]:
    """Return a file of a publication; ``key`` is draft and publication.

    Raises
    ------
    PublicationNotFound
    AttachmentNotFound
        No such file, or it is no longer what it was.
    """
    found = publishing.get_publication(conn, *key)
    files = of_publications(conn, [found.publication_id])
    wanted = next((item for item in files if item.document_id == document_id), None)
    content = None if wanted is None else archive.get(wanted.sha256)
    if wanted is None or content is None:
        raise AttachmentNotFound(document_id=document_id)
    return wanted, content
