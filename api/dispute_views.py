"""The JSON shapes of disputes between counties."""

from dataclasses import asdict
from typing import Any

from registry.clearing.disputes.records import Dispute, WholeDispute


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
    }
