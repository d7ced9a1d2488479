"""Sign-in and sign-out of browsers and programs."""

from typing import Annotated

from apiflask import APIBlueprint
from flask import Response, jsonify, request
from pydantic import Field

from api.auth import SESSION_COOKIE, needs, public
from api.context import actor, services
from api.schemas import Strict
from data.access import service as access
from data.clock import SystemClock
from data.errors import Forbidden

bp = APIBlueprint("auth", __name__, url_prefix="/api/v1")

# Sessions and locks end by the machine's clock: moving the sandbox's signs nobody out and keeps nobody in.
MACHINE = SystemClock()


class SignIn(Strict):
    """A user name and a password."""

    username: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class PasswordChange(Strict):
    """The old and the new password."""

    old: Annotated[str, Field(min_length=1, max_length=200)]
    new: Annotated[str, Field(min_length=1, max_length=200)]


@bp.post("/auth/token")
@bp.input(SignIn)
@public
def create_token(json_data: SignIn) -> dict[str, object]:
    """Sign a program in; the token goes into ``Authorization: Bearer``."""
    signed = access.sign_in(
        services().db, json_data.username, json_data.password, kind="bearer", now=MACHINE.now()
    )
    return {
        "access_token": signed.token,
        "token_type": "Bearer",
        "expires_in": signed.expires_in_s,
        "roles": sorted(signed.actor.roles),
        "office": signed.actor.office,
    }


@bp.post("/auth/session")
@bp.input(SignIn)
@public
def create_session(json_data: SignIn) -> Response:
    """Sign a browser in; the session is a cookie that scripts cannot read."""
    _same_origin()
    signed = access.sign_in(
        services().db, json_data.username, json_data.password, kind="browser", now=MACHINE.now()
    )
    response = jsonify(
        {"login": signed.actor.login, "roles": sorted(signed.actor.roles), "csrf": signed.csrf}
    )
    response.set_cookie(
        SESSION_COOKIE,
        signed.token,
        max_age=signed.expires_in_s,
        httponly=True,
        samesite="Lax",
        secure=services().settings.secure_cookies,
        path="/",
    )
    return response


@bp.delete("/auth/session")
@needs()
def delete_session() -> Response:
    """Sign the browser out."""
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        access.sign_out(services().db, token)
    response = Response(status=204)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@bp.post("/auth/password")
@bp.input(PasswordChange)
@needs()
def change_password(json_data: PasswordChange) -> Response:
    """Change one's own password; every session of the account ends."""
    access.change_password(services().db, actor(), json_data.old, json_data.new, now=MACHINE.now())
    return Response(status=204)


def _same_origin() -> None:
    """Refuse a sign-in sent by a page of another site."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.split("://", 1)[-1] != request.host:
        raise Forbidden("csrf_failed")
