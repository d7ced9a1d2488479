"""County decisions in the register: the queue, one with evidence, people's choice and its confirmation."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from pydantic import Field

from api.auth import needs
from api.context import actor, language, services
from api.pages import encode_cursor, key_number, page
from api.place_views import shown_geometry, stored_decision_json
from api.schemas import CountyCode, PageQuery, Query, Strict
from data.access import audit
from registry.cases import service as cases
from spatial.counties import register
from spatial.counties.errors import SubjectWithoutShape
from spatial.counties.records import Statement

bp = APIBlueprint("decisions", __name__, url_prefix="/api/v1/decisions")

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
    basis_doc: Text
    reason: Text


class DecisionsQuery(PageQuery):
    """Only the open ones can be listed: undecided or not yet confirmed."""

    open: Literal["true"] = "true"


class ReplayQuery(Query):
    """Whether to decide again from the stored inputs and compare."""

    replay: Literal["true", "false"] = "false"


@bp.get("")
@bp.input(DecisionsQuery, location="query")
@needs("clerk", "registrar", "reviewer", "finance_city", "finance_county", "supervisor", "admin")
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
    shown = stored_decision_json(stored, language())
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
    """Choose a county by a document; a second person must confirm before it is used."""
    with services().db.transaction(actor()) as conn:
        statement = Statement(
            _unit_of(conn, _key(json_data.subject)),
            json_data.county_code,
            json_data.basis_doc.strip(),
            json_data.reason.strip(),
            actor().login,
        )
        stored = register.propose(conn, statement, as_of=services().today(), now=services().now())
        _audit(conn, "county.propose", stored.decision_id, stored.subject)
    return stored_decision_json(stored, language()), 201


@bp.post("/<int:decision_id>/confirm")
@needs("registrar", "reviewer", "finance_city")
def confirm(decision_id: int) -> dict[str, Any]:
    """Confirm a person's choice as a second person."""
    with services().db.transaction(actor()) as conn:
        stored = register.confirm(conn, decision_id, confirmed_by=actor().login, now=services().now())
        _audit(conn, "county.confirm", decision_id, stored.subject)
    return stored_decision_json(stored, language())


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
