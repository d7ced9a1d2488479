"""The surveyor's pre-check: the same rules as an upload, nothing stored."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from pydantic import Field

from api.auth import needs
from api.context import actor, language, services
from api.schemas import Query
from api.survey_views import report_json
from api.uploads import uploaded_file
from spatial.parcels.records import Layer
from spatial.survey import service as surveys
from spatial.survey.records import Incoming, Kind, Order, Scope

bp = APIBlueprint("checks", __name__, url_prefix="/api/v1")

Name = Annotated[str, Field(min_length=1, max_length=200)]


class CheckForm(Query):
    """How a file is to be checked."""

    layer: Layer = Layer.USE_SURFACE
    source_layer: Name | None = None
    crs: Annotated[str, Field(max_length=200)] | None = None
    axes: Literal["swap"] | None = None
    kind: Kind = Kind.NEW
    scope: Scope = Scope.PARTIAL


@bp.post("/checks")
@bp.input(CheckForm, location="form")
@needs("surveyor", "reviewer", "partner", "admin")
def check_file(form_data: CheckForm) -> dict[str, object]:
    """Check a file and return the report; nothing is stored."""
    order = Order(
        project_code="",
        layer=form_data.layer.value,
        kind=form_data.kind,
        scope=form_data.scope,
        effective_on=services().today(),
        source_layer=form_data.source_layer or None,
        crs=form_data.crs or None,
        axes=form_data.axes,
    )
    with uploaded_file() as (path, name):
        report = surveys.precheck(services().db, actor(), Incoming(path, name, order), now=services().now())
    return report_json(report, language())
