"""Bring a draft of the county boundaries into force: proposed by one person, confirmed by a second."""

from dataclasses import asdict
from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import Field

from api.auth import needs
from api.context import actor, services
from api.schemas import Day, Strict
from spatial.counties.drafts import publishing
from spatial.counties.drafts import service as drafts
from spatial.counties.drafts.records import Publication, Terms

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
        return {"items": [_json(item) for item in found], "warnings": publishing.warnings(conn, draft)}


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


def _json(publication: Publication) -> dict[str, Any]:
    shown = asdict(publication)
    return {**shown.pop("terms"), **shown}
