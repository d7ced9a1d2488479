"""A stored survey result handed out again: GeoPackage, boundary-point text, or bundle."""

from datetime import date
from enum import StrEnum

from psycopg import Connection
from psycopg.rows import TupleRow

from data.clock import day_of
from spatial.survey import store
from spatial.survey.objects.store import fetch_tables
from spatial.survey.records import Submission
from spatial.survey.writers.boundary_txt import boundary_text
from spatial.survey.writers.bundle import bundle, geopackage_bytes
from spatial.survey.writers.records import Result
from spatial.survey.writers.samples import COLUMNS

Conn = Connection[TupleRow]


class Format(StrEnum):
    """Format of an export."""

    GPKG = "gpkg"
    TXT = "txt"
    BUNDLE = "bundle"


def read_result(conn: Conn, survey: Submission, *, made_on: date, made_by: str) -> Result:
    """Fetch what was uploaded, in the form the writers take.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    survey : Submission
        One the caller may see.
    made_on, made_by : date, str
        Of the export.
    """
    parcels = store.fetch_features(conn, survey.survey_id)
    stated = survey.source.get("manifest") or {
        "project_name": survey.project_code,
        "survey_date": day_of(survey.created_at).isoformat(),
    }
    manifest = {
        **stated,
        "project_code": survey.project_code,
        "version": survey.version,
        "exported": {
            "survey_id": survey.survey_id,
            "file_sha256": survey.file_sha256,
            "on": made_on.isoformat(),
        },
    }
    tables = {name: table for name, table in fetch_tables(conn, survey.survey_id).items() if name in COLUMNS}
    return Result(parcels, tables, made_on, made_by, manifest)


def export(result: Result, wanted: Format, *, encoding: str = "utf-8") -> bytes:
    """Write a result.

    Parameters
    ----------
    result : Result
        EPSG:4547.
    wanted : Format
        Which file.
    encoding : {"utf-8", "gb18030"}
        Of the boundary-point text.
    """
    if wanted is Format.TXT:
        return boundary_text(result, encoding=encoding)
    return geopackage_bytes(result) if wanted is Format.GPKG else bundle(result)
