"""Electronic bills: files and checks."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import Field, ValidationError

from api import money
from api.auth import needs, public
from api.context import actor, services
from api.money_views import receipt_json, verdict_json
from api.pages import encode_cursor, key_moment, page
from api.rate import RateLimit
from api.schemas import Day, PageQuery, Strict, Whole
from data.access.records import PUBLIC
from data.errors import Invalid
from registry.receipts import checking
from registry.receipts import service as receipts
from registry.receipts.errors import ReceiptNotFound
from registry.receipts.records import Bill, BillQuery

bp = APIBlueprint("receipts", __name__, url_prefix="/api/v1")

READERS = ("clerk", "registrar", "finance_city", "finance_county", "supervisor")
MAX_FILE = 5 * 1024 * 1024
# Signatures cost time to check, and check codes must not be tried out.
ASKS = RateLimit("receipts", count=60, window_s=60.0)


class Facts(Strict):
    """What is printed on a bill."""

    code: Annotated[str, Field(pattern=r"^[0-9]{8}$")]
    number: Annotated[str, Field(pattern=r"^[0-9]{10}$")]
    check_code: Annotated[str, Field(pattern=r"^[0-9a-z]{6}$")]
    amount_fen: int
    issued_on: Annotated[Day, Field(strict=False)]


class FormFacts(Facts):
    """The same as form fields, whose values are text."""

    amount_fen: Annotated[Whole, Field(strict=False)]


class BillListQuery(PageQuery):
    """Which bills; ``date`` is one day, ``from`` and ``to`` are the first and the last of several."""

    q: Annotated[str, Field(max_length=100)] | None = None
    kind: Literal["blue", "red"] | None = None
    state: Literal["numbered", "signed", "held", "void", "reversed"] | None = None
    county: str | None = None
    day: Annotated[Day | None, Field(alias="date", strict=False)] = None
    first: Annotated[Day | None, Field(alias="from", strict=False)] = None
    last: Annotated[Day | None, Field(alias="to", strict=False)] = None


@bp.get("/receipts")
@bp.input(BillListQuery, location="query")
@needs(*READERS)
def list_receipts(query_data: BillListQuery) -> dict[str, object]:
    """List bills, newest first.

    ``q`` is a number of a bill (with or without its code), a payment code, an order, a case, the payer's code
    or a part of the payer's name.
    """
    asked = BillQuery(
        text=query_data.q,
        kind=query_data.kind,
        state=query_data.state,
        county_code=query_data.county,
        first=query_data.day or query_data.first,
        last=query_data.day or query_data.last,
        before=key_moment(query_data.cursor),
        limit=query_data.limit,
    )
    with services().db.transaction(actor()) as conn:
        bills = receipts.list_bills(conn, asked)
    full = len(bills) == query_data.limit
    after = encode_cursor(bills[-1].issued_at.isoformat(), bills[-1].key) if full else None
    return page([{**receipt_json(bill), "payer_name": bill.payer_name} for bill in bills], after)


@bp.get("/receipts/<code>/<number>.pdf")
@public
def get_pdf(code: str, number: str) -> Response:
    """Return the PDF of a bill: to staff, or to anybody with the check code."""
    office = money.bill_office(services())
    bill = office.signed(*_allowed(code, number))
    return _file(office.pdf(bill), "application/pdf", f"{bill.code}-{bill.number}.pdf")


@bp.get("/receipts/<code>/<number>.xml")
@public
def get_xml(code: str, number: str) -> Response:
    """Return the XML of a bill: to staff, or to anybody with the check code."""
    bill = money.bill_office(services()).signed(*_allowed(code, number))
    response = _file(bytes(bill.xml or b""), "application/xml", f"{bill.code}-{bill.number}.xml")
    response.headers["X-Ningtu-Xml-Signature"] = f"{bill.algorithm}:{bytes(bill.xml_signature or b'').hex()}"
    return response


@bp.post("/receipts/verify")
@public
def verify() -> dict[str, object]:
    """Check a bill by its file, or by what is printed on it."""
    ASKS.spend(request.remote_addr or "")
    upload = request.files.get("file")
    if upload is not None:
        content = upload.stream.read(MAX_FILE + 1)
        if not 0 < len(content) <= MAX_FILE:
            raise Invalid("request_invalid", errors=[{"field": "file", "code": "request_invalid"}])
        keys = money.bill_office(services()).keys
        return verdict_json(checking.check_file(services().db, content, keys=keys, now=services().now()))
    facts = _facts()
    return verdict_json(
        checking.check_facts(
            services().db,
            facts.code,
            facts.number,
            check_code=facts.check_code,
            amount_fen=facts.amount_fen,
            issued_on=facts.issued_on,
        )
    )


def _facts() -> Facts:
    try:
        if request.is_json:
            return Facts.model_validate(request.get_json(silent=True))
        return FormFacts.model_validate(request.form.to_dict())
    except ValidationError as error:
        faults: list[dict[str, object]] = [
            {"field": ".".join(map(str, fault["loc"])), "code": "request_invalid"} for fault in error.errors()
        ]
        raise Invalid("request_invalid", errors=faults) from error


def _allowed(code: str, number: str) -> tuple[str, str]:
    """Return the bill's key if the caller may read it.

    Raises
    ------
    ReceiptNotFound
    """
    check_code = request.args.get("check_code")
    if check_code is not None:
        ASKS.spend(request.remote_addr or "")
        bill: Bill = checking.by_check_code(services().db, code, number, check_code)
        return bill.code, bill.number
    if actor() is PUBLIC or not actor().may(*READERS):
        raise ReceiptNotFound(bill=f"{code}-{number}")
    with services().db.transaction(actor()) as conn:
        bill = receipts.get_bill(conn, code, number)
    return bill.code, bill.number


def _file(content: bytes, mimetype: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=headers)
