"""Figures for supervisors: heat cells, counties, indicators."""

from datetime import date
from typing import Annotated, Any

import numpy as np
from apiflask import APIBlueprint
from pydantic import Field

from api.auth import needs
from api.context import actor, services
from api.schemas import CountyCode, Query
from registry.supervision import service
from registry.supervision.records import CountyFigures, Heatmap, Question
from registry.supervision.rules import default_period
from spatial.crs import to_degrees

bp = APIBlueprint("supervision", __name__, url_prefix="/api/v1/supervision")


class PeriodQuery(Query):
    """Which period and county; default the last twelve months of the city."""

    first: Annotated[date | None, Field(alias="from")] = None
    last: Annotated[date | None, Field(alias="to")] = None
    county: CountyCode | None = None
    metric: str = "cases"


class HeatmapQuery(PeriodQuery):
    """Which metric in which squares."""

    cell_m: int = 1000


def question_of(query: PeriodQuery) -> Question:
    """Return the question of a request, the period filled in."""
    first, last = default_period(services().today())
    return Question(query.metric, query.first or first, query.last or last, query.county)


@bp.get("/heatmap")
@bp.input(HeatmapQuery, location="query")
@bp.doc(summary="Sums of a metric in squares of the plane grid", tags=["supervision"])
@needs("supervisor")
def heatmap(query_data: HeatmapQuery) -> dict[str, Any]:
    """Return GeoJSON squares with ``n`` and ``value``; ``total`` is the sum over all squares."""
    found = service.heatmap(services().db, actor(), question_of(query_data), cell_m=query_data.cell_m)
    return {
        "type": "FeatureCollection",
        **_asked(found.question),
        "cell_m": found.cell_m,
        "total": found.total,
        "data_at": services().now().isoformat(timespec="seconds"),
        "features": squares(found),
    }


@bp.get("/counties")
@bp.input(PeriodQuery, location="query")
@bp.doc(summary="Figures a county", tags=["supervision"])
@needs("supervisor")
def counties(query_data: PeriodQuery) -> dict[str, Any]:
    """Return the figures of each county in the period; amounts in fen."""
    question = question_of(query_data)
    rows = service.counties(services().db, actor(), question, today=services().today())
    return {
        **_asked(question),
        "data_at": services().now().isoformat(timespec="seconds"),
        "items": [figures(row) for row in rows],
    }


@bp.get("/indicators")
@bp.input(PeriodQuery, location="query")
@bp.doc(summary="Figures of the city, by month, and what waits for a person", tags=["supervision"])
@needs("supervisor")
def indicators(query_data: PeriodQuery) -> dict[str, Any]:
    """Return the figures of the city or of one county, and the metric by month."""
    question = question_of(query_data)
    found = service.overview(services().db, actor(), question, now=services().now())
    return {
        **_asked(question),
        **figures(found.indicators.figures),
        "undecided_counties": found.indicators.undecided_counties,
        "open_breaks": found.indicators.open_breaks,
        "rating_mean": found.indicators.rating_mean,
        "ratings": found.indicators.ratings,
        "months": [{"month": row.month.isoformat()[:7], "value": row.value} for row in found.months],
        "data_at": found.indicators.data_at.isoformat(timespec="seconds"),
    }


def figures(row: CountyFigures) -> dict[str, Any]:
    """Return the JSON of one county's figures."""
    return {
        "county_code": row.county_code,
        "cases": row.cases,
        "open": row.open,
        "overdue": row.overdue,
        "registered": row.registered,
        "accepted_elsewhere": row.elsewhere,
        "mean_days": row.mean_days,
        "fees_fen": row.fees_fen,
        "credited_fen": row.credited_fen,
    }


def squares(found: Heatmap) -> list[dict[str, Any]]:
    """Return the cells as GeoJSON features, lon/lat degrees (CGCS2000)."""
    if not found.cells:
        return []
    size = found.cell_m
    origin = np.array([[cell.i * size, cell.j * size] for cell in found.cells], dtype=np.float64)
    corners = [to_degrees(origin + np.array(step) * size) for step in ((0, 0), (1, 0), (1, 1), (0, 1))]
    return [
        {
            "type": "Feature",
            "id": f"{cell.i}/{cell.j}",
            "properties": {"n": cell.n, "value": cell.value},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [corner[place].round(7).tolist() for corner in (*corners, corners[0])],
                ],
            },
        }
        for place, cell in enumerate(found.cells)
    ]


def _asked(question: Question) -> dict[str, Any]:
    return {
        "metric": question.metric,
        "from": question.first.isoformat(),
        "to": question.last.isoformat(),
        "county": question.county_code,
    }
