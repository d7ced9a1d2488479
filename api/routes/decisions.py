"""County decisions in the register: the queue, one with evidence, people's choice and its confirmation."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from api.auth import needs
from api.context import actor, language, services
from api.pages import encode_cursor, key_number, page
from api.place_views import decision_document_json, shown_geometry, stored_decision_json
from api.schemas import CountyCode, PageQuery, Query, Strict, Words
from api.uploads import attached_file, attachment_answer
from data.access import audit
from data.documents.archive import Archive
from registry.cases import service as cases
from registry.clearing.disputes import service as disputes
from spatial.counties import papers, register
from spatial.counties.errors import SubjectWithoutShape
from spatial.counties.records import Statement

bp = APIBlueprint("decisions", __name__, url_prefix="/api/v1/decisions")

READERS = ("clerk", "registrar", "reviewer", "finance_city", "finance_county", "supervisor", "admin")
Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
Key = Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S")]


class SubjectBody(Strict):
    """What a county is chosen for, by one of its codes."""

    unit_code: Key | None = None
    parcel_code: Key | None = None
    case_no: Key | None = None


class CountyChoice(Strict):
    """A person's choice of a county, by a document."""

    subject: Key | SubjectBody
    county_code: CountyCode
    basis_doc: Words
    reason: Text


class DecisionsQuery(PageQuery):
    """Only the open ones can be listed: undecided or not yet confirmed."""

    open: Literal["true"] = "true"


class ReplayQuery(Query):
    """Whether to decide again from the stored inputs and compare."""

    replay: Literal["true", "false"] = "false"


@bp.get("")
@bp.input(DecisionsQuery, location="query")
@needs(*READERS)
def list_open(query_data: DecisionsQuery) -> dict[str, object]:
    """List decisions that wait for people, newest first."""
    before = key_number(query_data.cursor)
    with services().db.transaction(actor()) as conn:
        found = register.open_decisions(conn, before=before, limit=query_data.limit + 1)
    shown = found[: query_data.limit]
    more = encode_cursor(shown[-1].decision_id) if len(found) > len(shown) else None
    return page([stored_decision_json(stored, language()) for stored in shown], more)


@bp.get("/<int:decision_id>")
@bp.input(ReplayQuery, location="query")
@needs()
def one_decision(decision_id: int, query_data: ReplayQuery) -> dict[str, Any]:
    """Return a decision with its evidence and shape; with ``replay=true`` also what the inputs give now."""
    with services().db.transaction(actor()) as conn:
        stored = register.get_decision(conn, decision_id)
        replayed = register.replay(conn, stored) if query_data.replay == "true" else None
        documents = papers.of_decision(conn, decision_id)
    shown = stored_decision_json(stored, language())
    shown["documents"] = [decision_document_json(item) for item in documents]
    shown["geometry"] = None if stored.geom is None else shown_geometry(stored.geom)
    if replayed is not None:
        shown["replay"] = {
            "same": replayed.same,
            "differences": {name: list(values) for name, values in replayed.differences.items()},
        }
    return shown


@bp.post("")
@bp.input(CountyChoice, location="json")
@needs("registrar", "reviewer", "finance_city")
def propose(json_data: CountyChoice) -> tuple[dict[str, Any], int]:
    """Choose a county by a document; a second person must confirm. Registrars choose what concerns theirs."""
    with services().db.transaction(actor()) as conn:
        statement = Statement(
            _unit_of(conn, _key(json_data.subject)),
            json_data.county_code,
            json_data.basis_doc,
            json_data.reason.strip(),
            actor().login,
        )
        stored = register.propose(conn, statement, as_of=services().today(), now=services().now())
        register.require_concerned(conn, actor(), stored.decision_id)
        _audit(conn, "county.propose", stored.decision_id, stored.subject)
    return stored_decision_json(stored, language()), 201


@bp.post("/<int:decision_id>/confirm")
@needs("registrar", "reviewer", "finance_city")
def confirm(decision_id: int) -> dict[str, Any]:
    """Confirm a person's choice as a second person, of another county concerned or of the city."""
    with services().db.transaction(actor()) as conn:
        register.require_concerned(conn, actor(), decision_id)
        stored = register.confirm(conn, decision_id, confirmed_by=actor().login, now=services().now())
        _audit(conn, "county.confirm", decision_id, stored.subject)
    return stored_decision_json(stored, language())


@bp.get("/<int:decision_id>/lines")
@bp.input(PageQuery, location="query")
@needs("finance_city", "finance_county", "supervisor")
def lines(decision_id: int, query_data: PageQuery) -> dict[str, object]:
    """List the order lines by a decision, newest first: a county's own, and those it could claim."""
    before, limit = key_number(query_data.cursor), query_data.limit
    found = disputes.lines_by_decision(services().db, actor(), decision_id, before=before, limit=limit)
    shown = [{name: value for name, value in asdict(line).items() if name != "line_id"} for line in found]
    return page(shown, encode_cursor(found[-1].line_id) if len(found) == limit else None)


@bp.post("/<int:decision_id>/documents")
@needs("registrar", "reviewer", "finance_city")
def add_document(decision_id: int) -> tuple[dict[str, Any], int]:
    """Attach the file (PDF, PNG, JPEG or OFD) of the document by which people designate a county."""
    with services().db.transaction(actor()) as conn:
        made = papers.add(
            conn, decision_id, attached_file(), archive=_archive(), by=actor().login, now=services().now()
        )
        _audit(conn, "county.document", decision_id, str(decision_id))
    return decision_document_json(made), 201


@bp.get("/<int:decision_id>/documents/<int:document_id>")
@needs(*READERS)
def get_document(decision_id: int, document_id: int) -> Response:
    """Return a file of a decision as an attachment; the read is recorded."""
    with services().db.transaction(actor()) as conn:
        found, content = papers.read(conn, decision_id, document_id, archive=_archive())
        _audit(conn, "county.document.read", decision_id, str(decision_id))
    return attachment_answer(found.file_name, found.media_type, content)


def _archive() -> Archive:
    return Archive(services().settings.files_dir)


def _key(subject: str | SubjectBody) -> str:
    if isinstance(subject, str):
        return subject
    found = subject.unit_code or subject.parcel_code or subject.case_no
    if found is None:
        raise SubjectWithoutShape(subject="")
    return found


def _unit_of(conn: register.Conn, key: str) -> str:
    """Return the unit that a case waits for, any other key as it is: money and cases follow the unit."""
    return cases.unit_to_decide(conn, key) if key.startswith("YW") else key


def _audit(conn: register.Conn, action: str, decision_id: int, subject: str) -> None:
    audit.record(conn, actor(), action, subject, detail={"decision_id": decision_id})
