"""Disputes between counties about an order line: a county raises, the city holds, two persons rule."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from api.auth import needs
from api.context import actor, services
from api.dispute_views import dispute_json, document_json, whole_json
from api.pages import encode_cursor, key_moment, page
from api.schemas import CountyCode, PageQuery, Strict
from api.schemas import Words as Document
from api.uploads import attached_file, attachment_answer
from data.documents.archive import Archive
from registry.clearing.disputes import papers
from registry.clearing.disputes import service as disputes
from registry.clearing.disputes.records import Claim

bp = APIBlueprint("disputes", __name__, url_prefix="/api/v1/disputes")

READERS = ("finance_city", "finance_county", "supervisor")
Words = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class NewDispute(Strict):
    """A line that belongs to another county; without a county to that of who says it."""

    order_no: Annotated[str, Field(pattern=r"^O[0-9]{16,20}$")]
    line_no: Annotated[int, Field(ge=1)] = 1
    claimed_county: CountyCode | None = None
    reason: Words
    basis_doc: Document


class Comment(Strict):
    """Words to an act."""

    comment: Annotated[str, Field(max_length=500)] = ""


class NewRuling(Strict):
    """To which of the two counties the line belongs, by a document."""

    county_code: CountyCode
    basis_doc: Document
    reason: Words


class RulingEnd(Comment):
    """Whether the second person agrees."""

    accept: bool


class DisputeQuery(PageQuery):
    """Which disputes."""

    order_no: str | None = None
    state: Literal["open", "raised", "held", "ruled", "adjusted", "withdrawn", "rejected"] | None = None


@bp.post("")
@bp.input(NewDispute)
@needs("finance_county")
def raise_dispute(json_data: NewDispute) -> tuple[dict[str, object], int]:
    """Say for a county that a paid line belongs to another one, within the days of the dated policy."""
    claim = Claim(
        json_data.order_no,
        json_data.line_no,
        json_data.claimed_county,
        json_data.reason.strip(),
        json_data.basis_doc,
    )
    made = disputes.raise_dispute(services().db, actor(), claim, now=services().now())
    return _whole(made.dispute_no), 201


@bp.get("")
@bp.input(DisputeQuery, location="query")
@needs(*READERS)
def list_disputes(query_data: DisputeQuery) -> dict[str, object]:
    """List the disputes the caller may see, newest first; ``open`` are those that have not ended."""
    wanted: str | None = query_data.state
    states = list(disputes.OPEN_STATES) if wanted == "open" else None if wanted is None else [wanted]
    with services().db.transaction(actor()) as conn:
        found = disputes.list_disputes(
            conn,
            order_no=query_data.order_no,
            states=states,
            before=key_moment(query_data.cursor),
            limit=query_data.limit,
        )
    full = len(found) == query_data.limit
    after = encode_cursor(found[-1].raised_at.isoformat(), found[-1].dispute_no) if full else None
    return page([dispute_json(item) for item in found], after)


@bp.get("/<dispute_no>")
@needs(*READERS)
def get_dispute(dispute_no: str) -> dict[str, object]:
    """Return a dispute with rulings, events and what clearing runs did by it."""
    return _whole(dispute_no)


@bp.post("/<dispute_no>/hold")
@bp.input(Comment)
@needs("finance_city")
def hold(dispute_no: str, json_data: Comment) -> dict[str, object]:
    """Hold the line until the ruling: it enters no run and is not refunded."""
    disputes.hold(services().db, actor(), dispute_no, comment=json_data.comment, now=services().now())
    return _whole(dispute_no)


@bp.post("/<dispute_no>/reject")
@bp.input(Comment)
@needs("finance_city")
def reject(dispute_no: str, json_data: Comment) -> dict[str, object]:
    """Reject a dispute that was raised without ground."""
    disputes.reject(services().db, actor(), dispute_no, comment=json_data.comment, now=services().now())
    return _whole(dispute_no)


@bp.post("/<dispute_no>/withdraw")
@bp.input(Comment)
@needs("finance_county")
def withdraw(dispute_no: str, json_data: Comment) -> dict[str, object]:
    """Withdraw a dispute for the county that raised it, before a ruling is proposed."""
    _whole(dispute_no)
    disputes.withdraw(services().db, actor(), dispute_no, comment=json_data.comment, now=services().now())
    return _whole(dispute_no)


@bp.post("/<dispute_no>/ruling")
@bp.input(NewRuling)
@needs("finance_city")
def propose_ruling(dispute_no: str, json_data: NewRuling) -> dict[str, object]:
    """Propose to which of the two counties the line belongs; a second person of the city confirms."""
    disputes.propose_ruling(
        services().db,
        actor(),
        dispute_no,
        county_code=json_data.county_code,
        words=(json_data.basis_doc, json_data.reason.strip()),
        now=services().now(),
    )
    return _whole(dispute_no)


@bp.post("/<dispute_no>/ruling/end")
@bp.input(RulingEnd)
@needs("finance_city", "supervisor")
def end_ruling(dispute_no: str, json_data: RulingEnd) -> dict[str, object]:
    """Confirm or decline a proposed ruling as a second person of the city."""
    disputes.end_ruling(
        services().db,
        actor(),
        dispute_no,
        accept=json_data.accept,
        comment=json_data.comment,
        now=services().now(),
    )
    return _whole(dispute_no)


@bp.post("/<dispute_no>/documents")
@needs("finance_city", "finance_county")
def add_document(dispute_no: str) -> tuple[dict[str, object], int]:
    """Attach a file (PDF, PNG, JPEG or OFD): of a county's claim, or of the city's ruling."""
    made = papers.add(
        services().db, actor(), dispute_no, attached_file(), archive=_archive(), now=services().now()
    )
    return document_json(made, dispute_no), 201


@bp.get("/<dispute_no>/documents/<int:document_id>")
@needs(*READERS)
def get_document(dispute_no: str, document_id: int) -> Response:
    """Return a file of a dispute as an attachment; the read is recorded."""
    found, content = papers.read(services().db, actor(), dispute_no, document_id, archive=_archive())
    return attachment_answer(found.file_name, found.media_type, content)


def _archive() -> Archive:
    return Archive(services().settings.files_dir)


def _whole(dispute_no: str) -> dict[str, object]:
    with services().db.transaction(actor()) as conn:
        return whole_json(disputes.get_dispute(conn, dispute_no))
