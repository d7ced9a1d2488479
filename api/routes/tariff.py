"""The tariff of the registration fee, open to everybody, and the choice between readings of an open rule."""

from datetime import date
from typing import Annotated

from apiflask import APIBlueprint
from pydantic import Field

from api.auth import needs, public
from api.context import actor, services
from api.schemas import Query, Words
from api.tariff_views import tariff_json
from data.access.records import SYSTEM
from registry.fees import service as fees
from registry.fees.records import NewChoice

bp = APIBlueprint("tariff", __name__, url_prefix="/api/v1")

Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


class TariffQuery(Query):
    """Which day; without one today, and with ``all`` the rules of all times."""

    at: date | None = None
    all: bool = False


class ChoiceBody(Query):
    """An answer to an open rule that holds from a day on."""

    choice: Word
    option: Word
    valid_from: date
    source_doc: Words


@bp.get("/tariff")
@bp.input(TariffQuery, location="query")
@public
def get_tariff(query_data: TariffQuery) -> dict[str, object]:
    """Return the dated rules of the registration fee with their sources; amounts in fen."""
    day = None if query_data.all else query_data.at or services().today()
    with services().db.transaction(SYSTEM) as conn:
        return tariff_json(fees.book(conn), day)


@bp.post("/admin/tariff-choices")
@bp.input(ChoiceBody)
@needs("admin")
def choose(json_data: ChoiceBody) -> tuple[dict[str, object], int]:
    """Put another reading of an open rule in force; cases accepted before keep theirs."""
    fees.choose(
        services().db, actor(), NewChoice(**json_data.model_dump(exclude={"lang"})), today=services().today()
    )
    return json_data.model_dump(exclude={"lang"}), 201
