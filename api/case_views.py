"""What the answers about cases look like."""

from datetime import date
from typing import Any

from data.messages import text
from registry.cases.records import (
    Accepted,
    Case,
    CaseParty,
    CaseUnit,
    Certificate,
    Event,
    FeeLine,
    NewRating,
    PointResult,
    Received,
    Steps,
)
from registry.cases.service import CaseFile
from registry.handbook.records import Entry, Material, Published


def head_json(case: Case, type_name: str, today: date) -> dict[str, object]:
    """Return a case on a list."""
    return {
        "case_no": case.case_no,
        "type_code": case.type_code,
        "type_name": type_name,
        "handbook_version": case.handbook_version,
        "status": case.status,
        "node": case.node,
        "node_role": case.node_role,
        "node_office": case.node_office,
        "accept_office": case.accept_office,
        "decide_office": case.decide_office,
        "county_code": case.county_code,
        "decision_id": case.decision_id,
        "applicant": case.applicant,
        "address": case.address,
        "unit_count": case.unit_count,
        "accepted_by": case.accepted_by,
        "accepted_at": case.accepted_at,
        "due_on": case.due_on,
        "overdue": overdue(case, today),
        "fee_total_fen": case.fee_total_fen,
        "paid_at": case.paid_at,
        "order_no": case.order_no,
        "registered_at": case.registered_at,
        "closed_at": case.closed_at,
    }


def overdue(case: Case, today: date) -> bool:
    """Tell whether the promised limit is over and the case not yet registered."""
    return case.registered_at is None and case.closed_at is None and case.due_on < today


def accepted_json(accepted: Accepted, type_name: str, today: date) -> dict[str, object]:
    """Return what the window learns at acceptance."""
    return {
        **head_json(accepted.case, type_name, today),
        "fee_preview": [line_json(line) for line in accepted.lines],
        "missing": list(accepted.missing),
    }


def type_name(entry: Entry, lang: str) -> str:
    """Return the name of a type in a language."""
    return entry.name_en if lang == "en" else entry.name


def file_json(
    file: CaseFile, today: date, lang: str = "zh", *, drawn: frozenset[str] = frozenset()
) -> dict[str, object]:
    """Return a case with all its parts; numbers masked. ``drawn`` are the units that have a floor plan."""
    case = file.case
    node = file.entry.node(case.node)
    return {
        **head_json(case, type_name(file.entry, lang), today),
        "node_name": node.name if node else None,
        "notice_to": case.notice_to,
        "pay_before": case.pay_before,
        "survey_id": case.survey_id,
        "declares": case.detail.get("declares", []),
        "claim_fen": case.detail.get("amount_fen"),
        "units": [{**unit_json(unit), "drawn": unit.unit_code in drawn} for unit in file.units],
        "applicants": [party_json(person) for person in file.people],
        "materials": [material_json(item, case.case_no) for item in file.materials],
        "materials_required": [required_json(item, file.materials) for item in file.required],
        "fee_lines": [line_json(line) for line in file.lines if line.superseded_at is None],
        "fee_lines_replaced": [line_json(line) for line in file.lines if line.superseded_at is not None],
        "certificates": [certificate_json(item) for item in file.certificates],
        "rating": rating_json(file.rating),
    }


def rating_json(rating: NewRating | None) -> dict[str, object] | None:
    """Return the rating of a case, None without."""
    return None if rating is None else {"level": rating.level, "tags": list(rating.tags)}


def unit_json(unit: CaseUnit) -> dict[str, object]:
    """Return a unit of a case; area in square metres."""
    return {
        "unit_code": unit.unit_code,
        "parcel_code": unit.parcel_code,
        "kind": unit.kind,
        "housing": unit.housing,
        "use_code": unit.use_code,
        "address": unit.address,
        "area_m2": unit.area_m2,
        "decision_id": unit.decision_id,
    }


def party_json(person: CaseParty) -> dict[str, object]:
    """Return an applicant, number masked."""
    return {
        "role": person.role,
        "kind": person.kind,
        "name": person.name,
        "id_type": person.id_type,
        "id_masked": person.id_masked,
        "share": None if person.share is None else f"{person.share[0]}/{person.share[1]}",
    }


def line_json(line: FeeLine) -> dict[str, object]:
    """Return a fee line; amount in fen."""
    return {
        "line_no": line.line_no,
        "item_code": line.item_code,
        "name": line.name,
        "quantity": line.quantity,
        "amount_fen": line.amount_fen,
        "rule_id": line.rule_id,
        "reason": line.reason,
        "reason_en": line.reason_en,
        "basis": line.basis,
        "payer_role": line.payer_role,
        "payer_rule_id": line.payer_rule_id,
        "count_rule_id": line.count_rule_id,
        "payer": line.payer_name,
        "unit_code": line.unit_code,
        "parcel_code": line.parcel_code,
        "county_code": line.county_code,
        "relief_fen": line.relief_fen,
        "relief_document": line.relief_document,
        "relief_by": line.relief_by,
        "superseded_at": line.superseded_at,
        "superseded_by": line.superseded_by,
        "superseded_reason": line.superseded_reason,
    }


def material_json(item: Received, case_no: str) -> dict[str, object]:
    """Return a material received."""
    link = f"/api/v1/cases/{case_no}/materials/{item.material_id}" if item.file_sha256 else None
    return {
        "material_id": item.material_id,
        "code": item.code,
        "name": item.name,
        "original": item.original,
        "copies": item.copies,
        "shared_from": item.shared_from,
        "file_sha256": item.file_sha256,
        "file_name": item.file_name,
        "media_type": item.media_type,
        "size_bytes": item.size_bytes,
        "received_at": item.received_at,
        "received_by": item.received_by,
        "link": link,
    }


def required_json(material: Material, received: list[Received]) -> dict[str, object]:
    """Return a required material with whether it is there."""
    copies = sum(item.copies for item in received if item.code == material.code)
    return {
        "code": material.code,
        "name": material.name,
        "original": material.original,
        "copies": material.copies,
        "received": copies >= max(material.copies, 1),
    }


def certificate_json(item: Certificate) -> dict[str, object]:
    """Return a certificate; the check code is for staff and for the paper itself."""
    return {
        "certificate_no": item.certificate_no,
        "kind": item.kind,
        "unit_code": item.unit_code,
        "copy_no": item.copy_no,
        "check_code": item.check_code,
        "issued_at": item.issued_at,
        "live": item.live,
    }


def event_json(event: Event, lang: str) -> dict[str, object]:
    """Return an event with the words for its action."""
    return {
        "at": event.at,
        "action": event.action,
        "label": text(f"case.action.{event.action}", lang),
        "from_node": event.from_node,
        "to_node": event.to_node,
        "from_status": event.from_status,
        "to_status": event.to_status,
        "login": event.login,
        "office": event.office,
        "comment": event.comment,
        "detail": event.detail,
    }


def steps_json(steps: Steps, lang: str) -> dict[str, object]:
    """Return the steps open now, and what the others wait for."""
    return {
        "node": steps.node,
        "allowed": [
            {
                "action": action.action,
                "label": _label(action.action, action.label, lang),
                "role": action.role,
                "office": action.office,
                "primary": action.primary,
                "comment": action.comment,
            }
            for action in steps.allowed
        ],
        "waiting": [{"code": code, "message": text(code, lang)} for code in steps.waiting],
    }


def _label(action: str, label: str, lang: str) -> str:
    return label if lang == "zh" else text(f"case.action.{action}", lang)


def dry_run_json(result: dict[str, Any], lang: str) -> dict[str, object]:
    """Return a dry run with the words for each rule that does not hold."""
    return {
        "case_no": result["case_no"],
        "passes": result["passes"],
        "ok": result["passes"],
        "authority": result["authority"],
        "entries": result["entries"],
        "points": [point_json(point, lang) for point in result["points"]],
    }


def point_json(point: PointResult, lang: str) -> dict[str, object]:
    """Return a review point with its answer."""
    return {
        "id": point.id,
        "text": point.text,
        "kind": point.kind,
        "rule_ref": point.rule_ref,
        "holds": point.holds,
        "reason": point.reason or None,
        "message": text(point.reason, lang, **point.params) if point.reason else None,
        "params": point.params,
    }


def entry_json(published: Published, entry: Entry) -> dict[str, object]:
    """Return a handbook entry with its hash."""
    return {
        **entry.model_dump(mode="json"),
        "sha256": published.sha256,
        "published_at": published.published_at,
    }
