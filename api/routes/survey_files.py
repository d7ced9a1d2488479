"""Survey results as files: exports of a submission, and samples to begin with."""

from typing import Literal

from apiflask import APIBlueprint
from flask import Response

from api.auth import needs, public
from api.context import actor, services
from api.routes.surveys import READERS
from api.schemas import Query
from data.errors import NotFound
from data.messages import text
from spatial.survey import service as surveys
from spatial.survey.exporting import Format, export, read_result
from spatial.survey.sampling import fresh_sample
from spatial.survey.writers.samples import SAMPLES

bp = APIBlueprint("survey_files", __name__, url_prefix="/api/v1")

_KINDS = {
    Format.GPKG: "application/geopackage+sqlite3",
    Format.TXT: "text/plain",
    Format.BUNDLE: "application/zip",
}
_SUFFIXES = {Format.GPKG: "gpkg", Format.TXT: "txt", Format.BUNDLE: "zip"}


class ExportQuery(Query):
    """Which file; ``encoding`` is that of the boundary-point text."""

    format: Format
    encoding: Literal["utf-8", "gb18030"] = "utf-8"


class SampleNotFound(NotFound):
    """There is no such sample."""

    code = "not_found"


@bp.get("/surveys/<int:survey_id>/export")
@bp.input(ExportQuery, location="query")
@needs(*READERS)
def export_survey(survey_id: int, query_data: ExportQuery) -> Response:
    """Return the uploaded parcels as GeoPackage (EPSG:4547), boundary-point text, or bundle with manifest."""
    with services().db.transaction(actor()) as conn:
        survey = surveys.get(conn, actor(), survey_id)
        result = read_result(conn, survey, made_on=services().today(), made_by=text("city.registrar", "zh"))
    wanted = query_data.format
    body = export(result, wanted, encoding=query_data.encoding)
    kind = _KINDS[wanted] + (f"; charset={query_data.encoding}" if wanted is Format.TXT else "")
    return _file(body, kind, f"survey-{survey_id}.{_SUFFIXES[wanted]}")


@bp.get("/samples/<name>")
@public
def show_sample(name: str) -> Response:
    """Return a file to begin with: template.gpkg, sample.gpkg, sample.txt or sample_bundle.zip.

    A sample can be sent as it is: each has a project code of its own, which is the name it is kept under, and
    parcels on ground that is free.
    """
    if name not in SAMPLES:
        raise SampleNotFound(name=name[:40])
    with services().db.transaction(actor()) as conn:
        kept_as, body = fresh_sample(conn, name, today=services().today())
    return _file(body, "application/octet-stream", kept_as)


def _file(body: bytes, kind: str, name: str) -> Response:
    response = Response(body, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
