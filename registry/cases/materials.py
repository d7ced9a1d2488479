"""Materials that arrive after acceptance: files named by their SHA-256, kept for ever."""

from dataclasses import dataclass
from datetime import datetime

from data.access import audit
from data.access.records import Actor
from data.db import Database
from data.documents import attachments
from data.documents.archive import Archive
from registry.cases import store
from registry.cases.acceptance import write_event
from registry.cases.actions import visible_case
from registry.cases.errors import CaseClosed, MaterialNotFound, NotYourOffice
from registry.cases.records import CLOSED, Move, Received
from registry.handbook import service as handbook


@dataclass(frozen=True, slots=True)
class Incoming:
    """A material handed in later; ``content`` is None when only paper was seen."""

    code: str
    copies: int = 1
    file_name: str | None = None
    content: bytes | None = None


def receive(
    db: Database, actor: Actor, case_no: str, incoming: Incoming, *, archive: Archive, now: datetime
) -> Received:
    """Add a material to a case; the file is stored before the row, so that no row lacks its file.

    Parameters
    ----------
    db : Database
        Where the case is.
    actor : Actor
        Of the accepting or the deciding office.
    case_no : str
        Case.
    incoming : Incoming
        The material; a code that the handbook does not know is kept under that code.
    archive : Archive
        Where files are kept.
    now : datetime
        Aware instant.

    Raises
    ------
    CaseNotFound, CaseClosed, NotYourOffice, AttachmentRefused
    """
    facts = _stored(incoming, archive)
    with db.transaction(actor) as conn:
        case = visible_case(conn, actor, case_no, lock=True)
        if case.status in CLOSED:
            raise CaseClosed(case_no=case_no, status=case.status)
        if not actor.system and actor.office not in {case.accept_office, case.decide_office}:
            raise NotYourOffice(role="clerk", office=case.accept_office)
        _, entry = handbook.entry_version(conn, case.type_code, case.handbook_version)
        known = next((item for item in entry.materials if item.code == incoming.code), None)
        values = {
            "code": incoming.code,
            "name": known.name if known else incoming.code,
            "original": known.original if known else False,
            "copies": incoming.copies,
            "now": now,
            "by": actor.login,
            **facts,
        }
        material_id = store.insert_material(conn, case_no, values)
        move = Move("material", case.node, case.status, detail={"code": incoming.code})
        write_event(conn, case_no, (case.node, case.status), move, actor=actor, now=now)
        found = store.fetch_materials(conn, case_no)
        return next(item for item in found if item.material_id == material_id)


def read_file(
    db: Database, actor: Actor, case_no: str, material_id: int, *, archive: Archive
) -> tuple[Received, bytes]:
    """Return a stored file; the read is recorded.

    Raises
    ------
    CaseNotFound
    MaterialNotFound
        No such material, no file, or the file is no longer what it was.
    """
    with db.transaction(actor) as conn:
        visible_case(conn, actor, case_no)
        found = next(
            (item for item in store.fetch_materials(conn, case_no) if item.material_id == material_id), None
        )
        if found is None or found.file_sha256 is None:
            raise MaterialNotFound(material_id=material_id)
        audit.record(conn, actor, "case.material.read", case_no, detail={"material_id": material_id})
    content = archive.get(bytes.fromhex(found.file_sha256))
    if content is None:
        raise MaterialNotFound(material_id=material_id)
    return found, content


def _stored(incoming: Incoming, archive: Archive) -> dict[str, object]:
    if incoming.content is None:
        return {}
    kept = attachments.keep(archive, incoming.file_name, incoming.content)
    return {
        "file_sha256": kept.sha256.hex(),
        "file_name": kept.file_name,
        "media_type": kept.media_type,
        "size_bytes": kept.size_bytes,
    }
