"""The form of the tax authority's messages, without a database."""

import hashlib
import re

from registry.payments.errors import EventMalformed
from registry.payments.records import Assessment, TaxNews
from registry.payments.rules import read_amount, read_object, read_text, read_words, require

ASSESSED = frozenset({"assessment_no", "tax_code", "name", "amount_fen", "unit_code", "payer_name"})
MORE = frozenset({"state", "tax_source_no", "replaces"})
NEWS = {"withdrawn": frozenset({"reason"}), "certified": frozenset({"certificate_no"})}
_UNIT = re.compile(r"[0-9A-Z]{28}")


def read_message(case_no: str, raw: bytes) -> Assessment | TaxNews:
    """Read a message about a case: an assessment, or what became of one.

    Raises
    ------
    EventMalformed
    """
    body = read_object(raw)
    state = body.get("state", "assessed")
    digest = hashlib.sha256(raw).digest()
    if state != "assessed":
        if not isinstance(state, str) or state not in NEWS:
            raise EventMalformed(field="state")
        require(body.keys() == {"assessment_no", "state"} | NEWS[state])
        return TaxNews(
            assessment_no=read_text(body, "assessment_no"),
            case_no=case_no,
            state=state,
            reason=read_words(body, "reason") if "reason" in body else None,
            certificate_no=read_text(body, "certificate_no") if "certificate_no" in body else None,
            body_sha256=digest,
        )
    require(ASSESSED <= body.keys() <= ASSESSED | MORE)
    if body.get("replaces") == body["assessment_no"]:
        raise EventMalformed(field="replaces")
    return Assessment(
        assessment_no=read_text(body, "assessment_no"),
        case_no=case_no,
        tax_code=read_text(body, "tax_code"),
        name=read_words(body, "name"),
        amount_fen=read_amount(body, least=0),
        unit_code=read_text(body, "unit_code", _UNIT),
        payer_name=read_words(body, "payer_name"),
        body_sha256=digest,
        tax_source_no=read_text(body, "tax_source_no") if "tax_source_no" in body else None,
        replaces=read_text(body, "replaces") if "replaces" in body else None,
    )
