"""Is the process alive, is it ready, what does it count."""

from apiflask import APIBlueprint
from flask import Response, request

from api.auth import public
from api.context import services
from data.access.records import SYSTEM
from data.errors import Forbidden

bp = APIBlueprint("health", __name__, enable_openapi=False)

LOOPBACK = frozenset({"127.0.0.1", "::1"})


@bp.get("/healthz")
@public
def healthz() -> dict[str, str]:
    """Answer as long as the process lives."""
    return {"status": "alive"}


@bp.get("/readyz")
@public
def readyz() -> dict[str, object]:
    """Answer when the database answers."""
    with services().db.transaction(SYSTEM) as conn:
        row = conn.execute("SELECT max(version_num) FROM ref.alembic_version").fetchone()
    return {"status": "ready", "schema": row[0] if row else None}


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Return the counters of this process, to loopback only."""
    if request.remote_addr not in LOOPBACK:
        raise Forbidden
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
