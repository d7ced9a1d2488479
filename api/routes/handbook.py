"""The public handbook: entries in force, versions, and its hash."""

from datetime import date
from typing import Annotated

from apiflask import APIBlueprint
from pydantic import Field

from api.auth import public
from api.case_views import entry_json
from api.context import services
from api.pages import page
from api.schemas import Query
from data.access.records import PUBLIC
from data.errors import Invalid
from registry.handbook import service as handbook

bp = APIBlueprint("handbook", __name__, url_prefix="/api/v1/handbook")


class AtQuery(Query):
    """Day in force, ISO; default today."""

    at: str | None = None


class VersionQuery(AtQuery):
    """A version, or the one in force on a day."""

    version: Annotated[int, Field(ge=1)] | None = None


@bp.get("")
@bp.input(AtQuery, location="query")
@public
def list_entries(query_data: AtQuery) -> dict[str, object]:
    """List the entries in force on a day, whole."""
    day = _day(query_data.at)
    with services().db.transaction(PUBLIC) as conn:
        sha256, found = handbook.handbook_sha256(conn, day)
        entries = [entry_json(*handbook.entry_version(conn, row.type_code, row.version)) for row in found]
    return {**page(entries), "at": day.isoformat(), "sha256": sha256}


@bp.get("/hash")
@bp.input(AtQuery, location="query")
@public
def get_hash(query_data: AtQuery) -> dict[str, object]:
    """Return the hash of the handbook in force on a day: one number for all six counties."""
    day = _day(query_data.at)
    with services().db.transaction(PUBLIC) as conn:
        sha256, found = handbook.handbook_sha256(conn, day)
    return {
        "sha256": sha256,
        "at": day.isoformat(),
        "entries": [
            {"type_code": row.type_code, "version": row.version, "sha256": row.sha256} for row in found
        ],
    }


@bp.get("/<type_code>")
@bp.input(VersionQuery, location="query")
@public
def get_entry(type_code: str, query_data: VersionQuery) -> dict[str, object]:
    """Return one entry: the version asked for, or the one in force on a day."""
    with services().db.transaction(PUBLIC) as conn:
        if query_data.version is not None:
            found = handbook.entry_version(conn, type_code, query_data.version)
        else:
            found = handbook.entry_at(conn, type_code, _day(query_data.at))
        versions = handbook.versions(conn, type_code)
    return {
        **entry_json(*found),
        "versions": [
            {"version": row.version, "valid_from": row.valid_from, "sha256": row.sha256} for row in versions
        ],
    }


def _day(value: str | None) -> date:
    if not value:
        return services().today()
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise Invalid("request_invalid", errors=[{"field": "at", "code": "request_invalid"}]) from error
