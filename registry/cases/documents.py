"""Papers of a case: the acceptance slip (受理凭证) and the certificates or proofs of registration."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.access import audit
from data.access.records import Actor
from data.clock import day_of
from data.db import Database
from data.documents import service as documents
from data.documents.records import SealPlacement
from data.documents.signing import Signer
from registry.cases import store, store_certificates, store_lines
from registry.cases.actions import visible_case
from registry.cases.errors import CertificateNotFound
from registry.cases.records import Case, Certificate
from registry.handbook import service as handbook
from registry.handbook.records import Entry
from registry.rights import service as rights
from registry.rights.records import RegisterPage, ShownEntry

SEAL_LINE = "不动产登记专用章"
SEAL_AT_MM = (140.0, 176.0)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One certificate with the entry it states and the words for its codes."""

    certificate: Certificate
    shown: ShownEntry
    words: dict[str, str]
    address: str


def slip_pdf(db: Database, actor: Actor, case_no: str) -> bytes:
    """Return the acceptance slip of a case as PDF; equal each time it is printed.

    Raises
    ------
    CaseNotFound
    GlyphMissing
        A name holds a character no font can draw.
    """
    with db.transaction(actor) as conn:
        case = visible_case(conn, actor, case_no)
        _, entry = handbook.entry_version(conn, case.type_code, case.handbook_version)
        people = store.fetch_parties(conn, case_no)
        lines = store_lines.fetch_lines(conn, case_no)
        context: dict[str, Any] = {
            "case": case,
            "entry": entry,
            "units": store.fetch_units(conn, case_no),
            "people": people,
            "roles": {applicant.role: applicant.name for applicant in entry.applicants},
            "materials": _handed_in(conn, case, entry),
            "lines": lines,
            "total_fen": sum(line.amount_fen for line in lines),
            "offices": store.office_names(conn),
            "created": case.accepted_at,
        }
        audit.record(conn, actor, "case.slip", case_no)
    documents.require_glyphs([person.name for person in people] + [case.address])
    html = documents.render_template(__package__, "slip.html", **context)
    return documents.render_pdf(html, created=case.accepted_at)


def certificate_pdf(db: Database, actor: Actor, case_no: str, *, signer: Signer) -> bytes:
    """Return the certificates of a case as one sealed and signed PDF; the read is recorded.

    Raises
    ------
    CaseNotFound
    CertificateNotFound
        The case is not registered, or its type gives no certificate.
    GlyphMissing
    """
    with db.transaction(actor) as conn:
        case = visible_case(conn, actor, case_no)
        sheets = _sheets(conn, case)
        if not sheets:
            raise CertificateNotFound(case_no=case_no)
        issued_at = sheets[0].certificate.issued_at
        _, authority = store_certificates.authority_of(conn, str(case.county_code), day_of(issued_at))
        audit.record(conn, actor, "case.certificate", case_no)
    documents.require_glyphs(
        [holder.name for sheet in sheets for holder in sheet.shown.holders]
        + [sheet.address for sheet in sheets]
    )
    html = documents.render_template(
        __package__,
        "certificate.html",
        sheets=sheets,
        case=case,
        authority=authority,
        seal_line=SEAL_LINE,
        sample=signer.sample,
        created=issued_at,
    )
    pdf = documents.render_pdf(html, created=issued_at)
    seal = SealPlacement(authority, SEAL_LINE, *SEAL_AT_MM, sample=signer.sample)
    return documents.sign_pdf(pdf, signer=signer, seal=seal, reason="不动产登记发证", at=issued_at)


def _handed_in(conn: store.Conn, case: Case, entry: Entry) -> list[dict[str, object]]:
    """Return the materials handed in at acceptance, one row a code."""
    everything = store.fetch_materials(conn, case.case_no)
    received = [item for item in everything if item.received_at == case.accepted_at]
    order = {material.code: number for number, material in enumerate(entry.materials)}
    rows: dict[str, dict[str, object]] = {}
    for item in sorted(received, key=lambda item: order.get(item.code, len(order))):
        row = rows.setdefault(item.code, {"name": item.name, "original": item.original, "copies": 0})
        row["copies"] = int(str(row["copies"])) + item.copies
    return list(rows.values())


def _sheets(conn: store.Conn, case: Case) -> list[Sheet]:
    found = store_certificates.of_case(conn, case.case_no)
    pages: dict[str, RegisterPage | None] = {}
    addresses = {unit.unit_code: unit.address for unit in store.fetch_units(conn, case.case_no)}
    words = _words(conn, case.accepted_at)
    sheets = []
    for certificate in found:
        code = certificate.unit_code
        if code not in pages:
            pages[code] = rights.unit_page(conn, code)
        page = pages[code]
        entries = page.entries if page else []
        shown = next((entry for entry in entries if entry.rrr_id == certificate.rrr_id), None)
        if shown is not None:
            sheets.append(Sheet(certificate, shown, _named(shown, words), addresses.get(code, code)))
    return sheets


def _words(conn: store.Conn, at: datetime) -> dict[str, dict[str, str]]:
    day = day_of(at)
    lists = ("QLLX", "DJLX", "GYFS", "DYFS", "YT")
    return {name: store_certificates.code_names(conn, name, day) for name in lists}


def _named(shown: ShownEntry, words: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the words on the certificate for the codes of an entry."""
    kind = "抵押权" if shown.kind == "mortgage" else words["QLLX"].get(shown.right_type, shown.right_type)
    return {
        "right": kind,
        "registration": words["DJLX"].get(shown.registration_type, shown.registration_type),
        "sharing": words["GYFS"].get(shown.sharing, shown.sharing),
        "use": words["YT"].get(shown.use_code or "", shown.use_code or "——"),
        "mortgage": words["DYFS"].get(shown.subtype or "", ""),
    }
