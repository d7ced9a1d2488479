"""Callbacks of partner platforms: the address of a key, its events, and the administrator's view of all."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from api.auth import api_key_id, needs
from api.context import actor, services
from api.pages import encode_cursor, key_number, page
from api.schemas import PageQuery, Strict
from data.callbacks import service as callbacks
from data.callbacks import store
from data.callbacks.records import Callback, Event
from data.callbacks.rules import secret_of
from data.callbacks.target import MAX_URL, resolve

bp = APIBlueprint("callbacks", __name__, url_prefix="/api/v1")


class AddressBody(Strict):
    """Where events are to be sent."""

    url: Annotated[str, Field(min_length=8, max_length=MAX_URL)]


class EventQuery(PageQuery):
    """Which events."""

    state: Literal["waiting", "delivered", "given_up"] | None = None


@bp.put("/callback")
@bp.input(AddressBody)
@needs("partner")
def register_callback(json_data: AddressBody) -> dict[str, Any]:
    """Register or change the address of the caller's key; the answer alone tells its new signing secret."""
    settings = services().settings
    resolve(json_data.url, sandbox=settings.sandbox_callbacks)
    with services().db.transaction(actor()) as conn:
        found = callbacks.register(conn, actor(), api_key_id(conn), json_data.url, now=services().now())
    return {**_callback(found), "secret": secret_of(settings.secret_key, found)}


@bp.get("/callback")
@needs("partner")
def show_callback() -> dict[str, Any]:
    """Show the address of the caller's key."""
    with services().db.transaction(actor()) as conn:
        return _callback(callbacks.of_key(conn, api_key_id(conn)))


@bp.delete("/callback")
@needs("partner")
def end_callback() -> Response:
    """Tell the caller's key nothing any more."""
    with services().db.transaction(actor()) as conn:
        callbacks.end(conn, actor(), api_key_id(conn), now=services().now())
    return Response(status=204)


@bp.post("/callback/ping")
@needs("partner")
def ping_callback() -> tuple[dict[str, Any], int]:
    """Send an event of kind ``ping`` to the address of the caller's key, to try it."""
    with services().db.transaction(actor()) as conn:
        found = callbacks.of_key(conn, api_key_id(conn))
        told = callbacks.publish(
            conn, actor().login, f"ping:{found.callback_id}", callbacks.PING, {}, at=services().now()
        )
    return {"told": told}, 202


@bp.get("/callback/events")
@bp.input(EventQuery, location="query")
@needs("partner")
def list_events(query_data: EventQuery) -> dict[str, object]:
    """List the events of the caller's key, newest first."""
    with services().db.transaction(actor()) as conn:
        found = callbacks.of_key(conn, api_key_id(conn))
        return _events(conn, found.callback_id, query_data)


@bp.get("/admin/callbacks")
@needs("admin")
def list_callbacks() -> dict[str, object]:
    """List every address with what waits and what was given up."""
    with services().db.transaction(actor()) as conn:
        return page([_callback(found) for found in store.every(conn)])


@bp.get("/admin/callbacks/events")
@bp.input(EventQuery, location="query")
@needs("admin")
def list_all_events(query_data: EventQuery) -> dict[str, object]:
    """List the events of every key, newest first."""
    with services().db.transaction(actor()) as conn:
        return _events(conn, None, query_data)


@bp.post("/admin/callbacks/events/<int:event_id>/again")
@needs("admin")
def send_again(event_id: int) -> tuple[dict[str, object], int]:
    """Send an event again that was given up."""
    with services().db.transaction(actor()) as conn:
        callbacks.send_again(conn, actor(), event_id, now=services().now())
    return {"event_id": event_id, "state": "waiting"}, 202


def _events(conn: store.Conn, callback_id: int | None, wanted: EventQuery) -> dict[str, object]:
    found = store.events(
        conn,
        callback_id=callback_id,
        state=wanted.state,
        before=key_number(wanted.cursor),
        limit=wanted.limit + 1,
    )
    shown = found[: wanted.limit]
    more = len(found) > wanted.limit
    return page([_event(event) for event in shown], encode_cursor(shown[-1].event_id) if more else None)


def _callback(found: Callback) -> dict[str, Any]:
    return {
        "login": found.login,
        "key": f"{found.key_prefix}…",
        "url": found.url,
        "kid": found.kid,
        "active": found.active,
        "changed_at": found.changed_at,
        "waiting": found.waiting,
        "given_up": found.given_up,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "subject": event.subject,
        "kind": event.kind,
        "payload": event.payload,
        "at": event.at,
        "state": event.state,
        "attempts": event.attempts,
        "next_at": event.next_at if event.state == "waiting" else None,
        "last_status": event.last_status,
        "last_error": event.last_error,
        "finished_at": event.finished_at,
    }
