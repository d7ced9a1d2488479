"""Users, offices and the audit trail, for administrators."""

from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from api.auth import needs
from api.context import actor, services
from api.pages import encode_cursor, key_number, page
from api.schemas import PageQuery, Strict
from data.access import audit, store
from data.access import service as access

bp = APIBlueprint("admin", __name__, url_prefix="/api/v1/admin")

Roles = Annotated[list[str], Field(max_length=12)]


class NewUser(Strict):
    """An account to create."""

    login: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{1,63}$")]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    roles: Roles
    office: str | None = None
    password: Annotated[str, Field(max_length=200)]


class UserChange(Strict):
    """New facts of an account."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    roles: Roles
    office: str | None = None
    active: bool = True


class NewPassword(Strict):
    """A password set by an administrator."""

    password: Annotated[str, Field(max_length=200)]


class AuditQuery(PageQuery):
    """Which rows of the trail."""

    subject: str | None = None


@bp.get("/users")
@needs("admin")
def list_users() -> dict[str, object]:
    """List every account."""
    with services().db.transaction(actor()) as conn:
        return page(store.users(conn))


@bp.post("/users")
@bp.input(NewUser)
@needs("admin")
def create_user(json_data: NewUser) -> tuple[dict[str, object], int]:
    """Create an account."""
    with services().db.transaction(actor()) as conn:
        user_id = access.create_user(conn, **json_data.model_dump())
        audit.record(conn, actor(), "user.create", json_data.login, detail={"roles": json_data.roles})
    return {"user_id": user_id, "login": json_data.login}, 201


@bp.put("/users/<login>")
@bp.input(UserChange)
@needs("admin")
def update_user(login: str, json_data: UserChange) -> Response:
    """Change an account; its sessions end."""
    with services().db.transaction(actor()) as conn:
        access.update_user(conn, login, **json_data.model_dump())
        audit.record(conn, actor(), "user.update", login, detail=json_data.model_dump())
    return Response(status=204)


@bp.post("/users/<login>/password")
@bp.input(NewPassword)
@needs("admin")
def reset_password(login: str, json_data: NewPassword) -> Response:
    """Set another's password; its sessions end."""
    with services().db.transaction(actor()) as conn:
        access.reset_password(conn, login, json_data.password)
        audit.record(conn, actor(), "user.password", login)
    return Response(status=204)


@bp.get("/offices")
@needs()
def list_offices() -> dict[str, object]:
    """List the offices."""
    with services().db.transaction(actor()) as conn:
        return page(store.offices(conn))


@bp.get("/audit")
@bp.input(AuditQuery, location="query")
@needs("admin", "supervisor")
def list_audit(query_data: AuditQuery) -> dict[str, object]:
    """List the audit trail, newest first."""
    with services().db.transaction(actor()) as conn:
        rows = audit.rows(
            conn,
            subject=query_data.subject,
            before=key_number(query_data.cursor),
            limit=query_data.limit,
        )
    more = len(rows) == query_data.limit
    return page(rows, encode_cursor(rows[-1].audit_id) if more else None)
