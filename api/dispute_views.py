"""The JSON shapes of disputes between counties."""

from dataclasses import asdict
from typing import Any

from registry.clearing.disputes.records import Dispute, DisputeDocument, WholeDispute


def dispute_json(dispute: Dispute) -> dict[str, Any]:
    """Return a dispute without its history; amounts in fen."""
    shown = asdict(dispute)
    del shown["line_id"]
    return shown


def whole_json(whole: WholeDispute) -> dict[str, Any]:
    """Return a dispute with rulings, events and what runs did by it."""
    return {
        **dispute_json(whole.head),
        "rulings": [asdict(ruling) for ruling in whole.rulings],
        "events": [
            {
                "from": event.from_state,
                "to": event.to_state,
                "at": event.at,
                "actor": event.actor,
                "comment": event.comment,
            }
            for event in whole.events
        ],
        "adjustments": [asdict(item) for item in whole.adjustments],
        "documents": [document_json(item, whole.head.dispute_no) for item in whole.documents],
    }


def document_json(document: DisputeDocument, dispute_no: str) -> dict[str, Any]:
    """Return a file of a dispute with where it can be fetched."""
    shown = asdict(document) | {"sha256": document.sha256.hex()}
    return shown | {"url": f"/api/v1/disputes/{dispute_no}/documents/{document.document_id}"}
