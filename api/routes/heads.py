"""The daily signed hashes of register and ledger."""

from datetime import date
from typing import Any

from apiflask import APIBlueprint

from api.auth import public
from api.context import services
from api.money import heads_signer
from api.pages import encode_cursor, key_day, page
from api.schemas import PageQuery
from registry.reconciliation import heads

bp = APIBlueprint("heads", __name__, url_prefix="/api/v1")


@bp.get("/heads")
@bp.input(PageQuery, location="query")
@public
def list_heads(query_data: PageQuery) -> dict[str, object]:
    """List the signed hashes of days, newest first; hashes and signatures are hexadecimal.

    ``register`` covers what the register wrote since its head before, ``ledger`` the transfers since the
    seal before; each is chained to that one by ``prev_sha256`` and null on days that have none. The signature
    is over the 32 bytes of ``sha256``; ``certificates`` holds the signer's certificate and its root as PEM.
    """
    rows = heads.list_days(services().db, before=key_day(query_data.cursor), limit=query_data.limit)
    full = len(rows) == query_data.limit
    following = encode_cursor(rows[-1]["day"].isoformat()) if full else None
    answer = page([_day_json(row) for row in rows], following)
    certificates = [item.decode("ascii") for item in heads_signer(services()).certificates]
    return {**answer, "certificates": certificates}


def _day_json(row: dict[str, Any]) -> dict[str, object]:
    day: date = row["day"]
    return {"date": day, "register": _part(row, "register"), "ledger": _part(row, "ledger")}


def _part(row: dict[str, Any], name: str) -> dict[str, object] | None:
    if row[f"{name}_sha256"] is None:
        return None
    return {
        "n_rows": row[f"{name}_rows"],
        "sha256": bytes(row[f"{name}_sha256"]).hex(),
        "prev_sha256": bytes(row[f"{name}_prev"]).hex(),
        "signature": bytes(row[f"{name}_signature"]).hex(),
        "algorithm": row[f"{name}_algorithm"],
    }
