"""Cases: accept, list, read, act, materials, papers, rating."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BeforeValidator, Field

from api import case_views as views
from api.auth import needs, public
from api.context import actor, language, services
from api.pages import encode_cursor, key_moment, page
from api.rate import RateLimit
from api.schemas import PageQuery, Query, Strict, Words
from api.uploads import attachment_answer
from data.documents import signing
from data.documents.archive import Archive
from data.errors import Invalid
from registry.cases import documents, materials
from registry.cases import service as cases
from registry.cases.records import Case, CaseQuery, NewApplicant, NewCase, NewMaterial, NewRating, NewRelief
from registry.handbook import service as handbook
from registry.parties.records import PartyInput
from registry.parties.service import search_key
from spatial.buildings import service as buildings

bp = APIBlueprint("cases", __name__, url_prefix="/api/v1")

READERS = ("clerk", "registrar", "finance_city", "finance_county", "supervisor", "reviewer")
PRINTERS = ("clerk", "registrar", "supervisor")
ASKS = RateLimit("certificates", count=60, window_s=60.0)
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Fen = Annotated[int, Field(gt=0, le=10_000_000_000_000)]


def _share(value: object) -> object:
    """Read ``"1/2"``, ``[1, 2]`` or ``{"num": 1, "den": 2}``."""
    if isinstance(value, str):
        num, _, den = value.partition("/")
        return (int(num), int(den or "1")) if num.isdecimal() and (den or "1").isdecimal() else value
    if isinstance(value, dict):
        return (value.get("num", value.get("numerator")), value.get("den", value.get("denominator")))
    return tuple(value) if isinstance(value, list) else value


def _day(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


Share = Annotated[
    tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1, le=1_000_000)]], BeforeValidator(_share)
]
Day = Annotated[date, BeforeValidator(_day)]


class ApplicantBody(Strict):
    """Somebody who applies."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    role: Literal["holder", "transferor", "transferee", "mortgagor", "mortgagee", "agent"]
    id_type: Annotated[str, Field(min_length=1, max_length=40)]
    id_number: Annotated[str, Field(min_length=1, max_length=60)]
    share: Share | None = None
    phone: Annotated[str, Field(pattern=r"^[0-9+ \-]{5,20}$")] | None = None


class MaterialBody(Strict):
    """A material handed in."""

    code: Word
    copies: Annotated[int, Field(ge=0, le=99)] = 1


class ReliefBody(Strict):
    """The document on which a relief is granted for a declared fact."""

    fact: Word
    document: Words


class CaseBody(Strict):
    """An application."""

    type_code: Word
    unit_codes: Annotated[list[Annotated[str, Field(max_length=60)]], Field(min_length=1, max_length=200)]
    applicants: Annotated[list[ApplicantBody], Field(min_length=1, max_length=50)]
    materials: Annotated[list[MaterialBody], Field(max_length=100)]
    accepting_office: Word | None = None
    survey_id: int | None = None
    declares: Annotated[list[Word], Field(max_length=30, default_factory=list)]
    reliefs: Annotated[list[ReliefBody], Field(max_length=10, default_factory=list)]
    garages: Annotated[
        list[Annotated[str, Field(max_length=60)]], Field(max_length=200, default_factory=list)
    ]
    certificates: Annotated[int, Field(ge=1, le=50)] | None = None
    amount_fen: Fen | None = None
    term_from: Day | None = None
    term_to: Day | None = None
    transfer_ban: bool = False
    cause: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    incomplete: bool = False


class CaseListQuery(PageQuery):
    """Which cases."""

    q: Annotated[str, Field(max_length=100)] | None = None
    status: Annotated[str, Field(max_length=20)] | None = None
    county: Annotated[str, Field(max_length=6)] | None = None
    office: Annotated[str, Field(max_length=40)] | None = None
    mine: bool = False
    undecided: bool = False
    overdue: bool = False
    open: bool = False
    first: Annotated[date | None, Field(alias="from")] = None
    last: Annotated[date | None, Field(alias="to")] = None


class ActionBody(Strict):
    """A step."""

    action: Word
    comment: Annotated[str, Field(max_length=2000)] | None = None


class MaterialForm(Query):
    """A material that comes later."""

    code: Word
    copies: Annotated[int, Field(ge=0, le=99)] = 1


class RatingBody(Strict):
    """A rating of the service."""

    level: Annotated[int, Field(ge=1, le=5)]
    tags: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=10, default_factory=list)]
    text: Annotated[str, Field(max_length=1000)] = ""
    channel: Literal["window", "site", "app", "kiosk", "qr", "sms", "12345"] = "site"


class CertificateQuery(Query):
    """What stands on a certificate."""

    certificate_no: Annotated[str, Field(min_length=5, max_length=60)]
    check_code: Annotated[str, Field(min_length=6, max_length=6)]


@bp.post("/cases")
@bp.input(CaseBody)
@needs("clerk", "registrar")
def accept_case(json_data: CaseBody) -> tuple[dict[str, object], int, dict[str, str]]:
    """Accept a case at the caller's office; the county of the parcel decides it."""
    key = search_key(services().settings.secret_key)
    accepted = cases.accept(
        services().db, actor(), _new_case(json_data), now=services().now(), search_key=key
    )
    case = accepted.case
    body = views.accepted_json(accepted, _names([case])[case.type_code, case.handbook_version], _today())
    return body, 201, {"Location": f"/api/v1/cases/{case.case_no}"}


@bp.post("/cases/preview")
@bp.input(CaseBody)
@needs("clerk", "registrar")
def preview_case(json_data: CaseBody) -> dict[str, object]:
    """Return what acceptance would answer: county, office, limit, fee lines; nothing is stored."""
    key = search_key(services().settings.secret_key)
    asked = replace(_new_case(json_data), incomplete=True)
    found = cases.preview(services().db, actor(), asked, now=services().now(), search_key=key)
    shown = views.accepted_json(
        found, _names([found.case])[found.case.type_code, found.case.handbook_version], _today()
    )
    return {name: value for name, value in shown.items() if name != "case_no"}


@bp.get("/cases")
@bp.input(CaseListQuery, location="query")
@needs(*READERS)
def list_cases(query_data: CaseListQuery) -> dict[str, object]:
    """List the cases the caller may see, newest first."""
    after_key = key_moment(query_data.cursor)
    query = CaseQuery(
        text=query_data.q or None,
        status=query_data.status or None,
        county_code=query_data.county or None,
        office=query_data.office or None,
        mine=query_data.mine,
        undecided=query_data.undecided,
        overdue=query_data.overdue,
        open=query_data.open,
        first=query_data.first,
        last=query_data.last,
        after=(after_key[0].isoformat(), after_key[1]) if after_key else None,
        limit=query_data.limit,
    )
    found = cases.list_cases(services().db, actor(), query, today=_today())
    names = _names(found)
    full = len(found) == query_data.limit
    after = encode_cursor(found[-1].accepted_at.isoformat(), found[-1].case_no) if full else None
    rows = [views.head_json(case, names[case.type_code, case.handbook_version], _today()) for case in found]
    return page(rows, after)


@bp.get("/cases/<case_no>")
@needs(*READERS)
def get_case(case_no: str) -> dict[str, object]:
    """Return a case with all its parts; the read is recorded."""
    file = cases.read_case(services().db, actor(), case_no)
    with services().db.transaction(actor()) as conn:
        drawn = buildings.drawn_codes(conn, [unit.unit_code for unit in file.units])
    return views.file_json(file, _today(), language(), drawn=drawn)


@bp.get("/cases/<case_no>/timeline")
@needs(*READERS)
def get_timeline(case_no: str) -> dict[str, object]:
    """Return what happened to a case, in order."""
    found = cases.timeline(services().db, actor(), case_no)
    return page([views.event_json(event, language()) for event in found])


@bp.get("/cases/<case_no>/actions")
@needs(*READERS)
def get_actions(case_no: str) -> dict[str, object]:
    """Return the steps open now, with who takes them, and what the others wait for."""
    found = cases.open_steps(services().db, actor(), case_no, now=services().now())
    return views.steps_json(found, language())


@bp.post("/cases/<case_no>/actions")
@bp.input(ActionBody)
@needs("clerk", "registrar")
def take_action(case_no: str, json_data: ActionBody) -> dict[str, object]:
    """Take a step."""
    case = cases.act(
        services().db, actor(), case_no, json_data.action, now=services().now(), comment=json_data.comment
    )
    return views.head_json(case, _names([case])[case.type_code, case.handbook_version], _today())


@bp.post("/cases/<case_no>/dry-run")
@needs("clerk", "registrar", "supervisor")
def dry_run(case_no: str) -> dict[str, object]:
    """Return the registration as it would be, with every rule's answer; nothing is written."""
    found = cases.dry_run(services().db, actor(), case_no, now=services().now())
    return views.dry_run_json(found, language())


@bp.post("/cases/<case_no>/materials")
@bp.input(MaterialForm, location="form")
@needs("clerk", "registrar")
def add_material(case_no: str, form_data: MaterialForm) -> tuple[dict[str, object], int]:
    """Add a material, with or without a file (PDF, PNG, JPEG or OFD)."""
    file = request.files.get("file")
    incoming = materials.Incoming(
        form_data.code,
        form_data.copies,
        file.filename if file else None,
        file.read() if file else None,
    )
    found = materials.receive(
        services().db, actor(), case_no, incoming, archive=_archive(), now=services().now()
    )
    return views.material_json(found, case_no), 201


@bp.get("/cases/<case_no>/materials/<int:material_id>")
@needs(*PRINTERS)
def get_material(case_no: str, material_id: int) -> Response:
    """Return a stored file as an attachment; the read is recorded."""
    found, content = materials.read_file(services().db, actor(), case_no, material_id, archive=_archive())
    return attachment_answer(found.file_name or "file", found.media_type or "", content)


@bp.get("/cases/<case_no>/slip.pdf")
@needs(*PRINTERS)
def get_slip(case_no: str) -> Response:
    """Return the acceptance slip."""
    return _pdf(documents.slip_pdf(services().db, actor(), case_no), f"{case_no}-slip.pdf")


@bp.get("/cases/<case_no>/certificate.pdf")
@needs(*PRINTERS)
def get_certificate(case_no: str) -> Response:
    """Return the certificates of a case, sealed and signed."""
    signer = signing.sandbox_signer(services().settings.keys_dir, signing.REGISTER_SEAL)
    pdf = documents.certificate_pdf(services().db, actor(), case_no, signer=signer)
    return _pdf(pdf, f"{case_no}-certificate.pdf")


@bp.post("/cases/<case_no>/rating")
@bp.input(RatingBody)
@needs("clerk", "registrar", "partner")
def rate(case_no: str, json_data: RatingBody) -> tuple[dict[str, object], int]:
    """Store the rating of a case; one a case."""
    rating = NewRating(json_data.level, tuple(json_data.tags), json_data.text, json_data.channel)
    cases.rate(services().db, actor(), case_no, rating, now=services().now())
    return {"case_no": case_no, "level": rating.level}, 201


@bp.get("/certificates/verify")
@bp.input(CertificateQuery, location="query")
@public
def verify_certificate(query_data: CertificateQuery) -> dict[str, object]:
    """Tell whether a certificate is genuine and its right still in force; no persons are named."""
    ASKS.spend(request.remote_addr or "")
    found = cases.verify_certificate(services().db, query_data.certificate_no, query_data.check_code)
    return {
        "valid": found.live,
        "status": "live" if found.live else "history",
        "certificate_no": found.certificate_no,
        "kind": found.kind,
        "unit_code": found.unit_code,
        "county_code": found.county_code,
        "issued_on": found.issued_at.date(),
    }


def _new_case(body: CaseBody) -> NewCase:
    if body.term_from and body.term_to and body.term_to < body.term_from:
        raise Invalid("request_invalid", errors=[{"field": "term_to", "code": "request_invalid"}])
    applicants = [
        NewApplicant(row.role, PartyInput(row.name, row.id_type, row.id_number, row.phone), row.share)
        for row in body.applicants
    ]
    facts = body.model_dump(exclude={"applicants", "materials", "declares", "reliefs", "garages"})
    return NewCase(
        applicants=applicants,
        materials=[NewMaterial(row.code, row.copies) for row in body.materials],
        declares=frozenset(body.declares),
        reliefs=[NewRelief(row.fact, row.document) for row in body.reliefs],
        garages=frozenset(body.garages),
        **facts,
    )


def _names(found: list[Case]) -> dict[tuple[str, int], str]:
    """Return the names of the handbook versions of cases."""
    wanted = {(case.type_code, case.handbook_version) for case in found}
    if not wanted:
        return {}
    with services().db.transaction(actor()) as conn:
        entries = {key: handbook.entry_version(conn, *key)[1] for key in wanted}
    return {key: views.type_name(entry, language()) for key, entry in entries.items()}


def _today() -> date:
    return services().today()


def _archive() -> Archive:
    return Archive(services().settings.files_dir)


def _pdf(content: bytes, name: str) -> Response:
    response = Response(content, content_type="application/pdf")
    response.headers.set("Content-Disposition", "inline", filename=name)
    return response
