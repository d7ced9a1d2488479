"""Files that people attach as evidence: their kind by the first bytes, a harmless name, the archive."""

import re
from dataclasses import dataclass

from data.documents.archive import Archive
from data.documents.errors import AttachmentRefused

# First bytes of the kinds of files that are kept -> media type.
_KINDS = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"PK\x03\x04": "application/ofd",
}
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]")
MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in the archive: its name there is its SHA-256."""

    file_name: str
    media_type: str
    size_bytes: int
    sha256: bytes


def media_type_of(content: bytes) -> str:
    """Return the media type by the first bytes, whatever the name says.

    Raises
    ------
    AttachmentRefused
        If the file is empty or neither PDF, PNG, JPEG nor OFD.
    """
    for start, media_type in _KINDS.items():
        if content.startswith(start):
            return media_type
    raise AttachmentRefused(size_bytes=len(content))


def safe_name(name: str | None) -> str:
    """Return a name without folders and control characters.

    Examples
    --------
    >>> safe_name("../etc/passwd"), safe_name("")
    ('.._etc_passwd', 'file')
    """
    return _UNSAFE.sub("_", name or "")[-MAX_NAME:] or "file"


def keep(archive: Archive, name: str | None, content: bytes) -> Attachment:
    """Store a file before any row names it, so that no row lacks its file.

    Raises
    ------
    AttachmentRefused
    """
    media_type = media_type_of(content)
    return Attachment(safe_name(name), media_type, len(content), archive.put(content))
