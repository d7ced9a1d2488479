"""One search box: units, parcels, certificates, cases, payment codes, addresses, coordinates."""

from typing import Annotated

from apiflask import APIBlueprint
from pydantic import Field

from api.auth import public
from api.context import actor, language, services
from api.pages import page
from api.schemas import Query
from data.access.records import PUBLIC
from data.messages import text
from registry.cases import service as cases
from registry.payments.rules import code_is_sound
from registry.payments.store import fetch_head_by_code, fetch_lines
from spatial.parcels.store import Conn
from spatial.search.records import Hit
from spatial.search.service import search_places

bp = APIBlueprint("search", __name__, url_prefix="/api/v1")
LIMIT = 10


class SearchQuery(Query):
    """What is typed into the box."""

    q: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


@bp.get("/search")
@bp.input(SearchQuery, location="query")
@public
def search(query_data: SearchQuery) -> dict[str, object]:
    """Find places for everybody; cases, certificates and orders for those who may see them."""
    words = query_data.q.strip()
    with services().db.transaction(actor()) as conn:
        hits = [_place(hit) for hit in search_places(conn, words, today=services().today(), limit=LIMIT)]
        if actor() is not PUBLIC:
            hits = [*_orders(conn, words), *_cases(conn, words), *hits]
    return page(hits)


def _place(hit: Hit) -> dict[str, object]:
    return {
        "kind": hit.kind,
        "code": hit.code,
        "label": hit.label,
        "detail": hit.detail,
        "unit_code": hit.unit_code,
        "parcel_code": hit.parcel_code,
        "county_code": hit.county_code,
        "lon": hit.lon,
        "lat": hit.lat,
    }


def _cases(conn: Conn, words: str) -> list[dict[str, object]]:
    return [
        {
            "kind": hit.kind,
            "code": hit.code,
            "label": hit.code,
            "detail": f"{hit.title} {text(f'ui.status.case.{hit.status}', language())}".strip(),
            "unit_code": hit.unit_code,
            "parcel_code": hit.unit_code[:19],
            "county_code": hit.county_code,
            "case_no": hit.case_no,
            "link": f"/cases/{hit.case_no}",
        }
        for hit in cases.find_cases(conn, words, LIMIT)
    ]


def _orders(conn: Conn, words: str) -> list[dict[str, object]]:
    code = words.replace(" ", "")
    head = fetch_head_by_code(conn, code) if code_is_sound(code) else None
    if head is None:
        return []
    units = [line.unit_code for line in fetch_lines(conn, head.order_no) if line.unit_code]
    unit = units[0] if units else None
    return [
        {
            "kind": "order",
            "code": code,
            "label": code,
            "detail": head.order_no,
            "order_no": head.order_no,
            "unit_code": unit,
            "parcel_code": unit[:19] if unit else None,
            "link": f"/pay/{code}",
        }
    ]
