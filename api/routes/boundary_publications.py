"""Bring a draft of the county boundaries into force: proposed by one person, confirmed by a second."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from api.auth import needs
from api.context import actor, services
from api.schemas import Day, Strict
from api.uploads import attached_file, attachment_answer
from data.access import audit
from data.documents.archive import Archive
from spatial.counties.drafts import papers, publishing
from spatial.counties.drafts import service as drafts
from spatial.counties.drafts.records import Publication, PublicationDocument, Terms

bp = APIBlueprint("boundary_publications", __name__, url_prefix="/api/v1/boundary-drafts")

WRITERS = ("finance_city", "reviewer")
READERS = (*WRITERS, "supervisor")
Words = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class NewPublication(Strict):
    """What the boundary set is called, from which day, by which document, and what every map says of it."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,59}$")]
    valid_from: Annotated[Day, Field(strict=False)]
    accuracy_m: Annotated[float, Field(ge=0, le=10_000)]
    basis_doc: Words
    reason: Words
    source: Words
    licence: Words
    notice_zh: Words
    notice_en: Words
    legal: bool


class Comment(Strict):
    """Words to an act."""

    comment: Annotated[str, Field(max_length=500)] = ""


@bp.get("/<int:draft_id>/publications")
@needs(*READERS)
def list_publications(draft_id: int) -> dict[str, Any]:
    """List who proposed to publish a draft and how it ended, and what to know before."""
    with services().db.transaction(actor()) as conn:
        draft = drafts.get_draft(conn, draft_id)
        found = publishing.publications(conn, draft_id)
        files = papers.of_publications(conn, [item.publication_id for item in found])
        shown = [{**_json(item), "documents": _files(item, files)} for item in found]
        return {"items": shown, "warnings": publishing.warnings(conn, draft)}


@bp.post("/<int:draft_id>/publications")
@bp.input(NewPublication)
@needs(*WRITERS)
def propose(draft_id: int, json_data: NewPublication) -> tuple[dict[str, Any], int]:
    """Propose that a draft comes into force from today or a later day on; a second person confirms."""
    terms = Terms(**json_data.model_dump())
    made = publishing.propose(services().db, actor(), draft_id, terms, now=services().now())
    return _json(made), 201


@bp.post("/<int:draft_id>/publications/<int:publication_id>/confirm")
@bp.input(Comment)
@needs(*READERS)
def confirm(draft_id: int, publication_id: int, json_data: Comment) -> dict[str, Any]:
    """Confirm as a second person: the set before it ends the day before."""
    key, comment = (draft_id, publication_id), json_data.comment
    return _json(publishing.confirm(services().db, actor(), *key, comment=comment, now=services().now()))


@bp.post("/<int:draft_id>/publications/<int:publication_id>/decline")
@bp.input(Comment)
@needs(*READERS)
def decline(draft_id: int, publication_id: int, json_data: Comment) -> dict[str, Any]:
    """Decline a proposal, or take the own one back."""
    key, comment = (draft_id, publication_id), json_data.comment
    return _json(publishing.decline(services().db, actor(), *key, comment=comment, now=services().now()))


@bp.post("/<int:draft_id>/publications/<int:publication_id>/documents")
@needs(*WRITERS)
def add_document(draft_id: int, publication_id: int) -> tuple[dict[str, Any], int]:
    """Attach the file (PDF, PNG, JPEG or OFD) of the document by which the lines change."""
    with services().db.transaction(actor()) as conn:
        made = papers.add(
            conn,
            (draft_id, publication_id),
            attached_file(),
            archive=_archive(),
            by=actor().login,
            now=services().now(),
        )
        audit.record(conn, actor(), "boundary.document", str(publication_id))
    return _file_json(draft_id, made), 201


@bp.get("/<int:draft_id>/publications/<int:publication_id>/documents/<int:document_id>")
@needs(*READERS)
def get_document(draft_id: int, publication_id: int, document_id: int) -> Response:
    """Return a file of a publication as an attachment; the read is recorded."""
    with services().db.transaction(actor()) as conn:
        found, content = papers.read(conn, (draft_id, publication_id), document_id, archive=_archive())
        audit.record(conn, actor(), "boundary.document.read", str(publication_id))
    return attachment_answer(found.file_name, found.media_type, content)


def _archive() -> Archive:
    return Archive(services().settings.files_dir)


def _files(publication: Publication, found: Sequence[PublicationDocument]) -> list[dict[str, Any]]:
    own = [item for item in found if item.publication_id == publication.publication_id]
    return [_file_json(publication.draft_id, item) for item in own]


def _file_json(draft_id: int, document: PublicationDocument) -> dict[str, Any]:
    shown = asdict(document) | {"sha256": document.sha256.hex()}
    where = f"/api/v1/boundary-drafts/{draft_id}/publications/{document.publication_id}"
    return shown | {"url": f"{where}/documents/{document.document_id}"}


def _json(publication: Publication) -> dict[str, Any]:
    shown = asdict(publication)
    return {**shown.pop("terms"), **shown}
