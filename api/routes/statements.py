"""Statements of banks and channels."""

from apiflask import APIBlueprint
from flask import request

from api import money
from api.auth import needs
from api.context import actor, services
from data.errors import Forbidden, Invalid
from registry.reconciliation import statements

bp = APIBlueprint("statements", __name__, url_prefix="/api/v1")

MAX_FILE = 16 * 1024 * 1024


@bp.post("/statements")
@needs("finance_city", "finance_county")
def load_statement() -> tuple[dict[str, object], int]:
    """Load a bank statement (camt.053 or CSV) or a channel's day statement (CSV) and match it.

    A county's finance office brings the statements of its own accounts.
    """
    upload = request.files.get("file")
    content = upload.stream.read(MAX_FILE + 1) if upload is not None else b""
    if not 0 < len(content) <= MAX_FILE:
        raise Invalid("request_invalid", errors=[{"field": "file", "code": "request_invalid"}])
    if statements.is_channel_file(content):
        if not actor().may("finance_city"):
            raise Forbidden("forbidden")
        loaded = statements.load_channel(
            services().db,
            actor(),
            content,
            now=services().now(),
            arrive_at_once=money.arrive_at_once(services()),
        )
    else:
        loaded = statements.load(services().db, actor(), content, now=services().now())
    return {
        "statement_id": loaded.statement_id,
        "entries": loaded.entries,
        "matched": loaded.matched,
        "breaks": loaded.breaks,
    }, 201
