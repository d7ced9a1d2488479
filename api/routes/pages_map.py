"""The pages with the city's map: ``/`` and ``/supervision``."""

import json
from collections import defaultdict
from datetime import date

import numpy as np
from apiflask import APIBlueprint
from flask import Response, request

from api.auth import needs, public
from api.boundary_notice import boundary_notice
from api.context import actor, language, services
from api.routes.supervision import PeriodQuery, figures, question_of
from data.messages import text
from registry.supervision import service
from registry.supervision.records import Cell, Question
from registry.supervision.rules import figure_of
from spatial.crs import to_degrees
from webmap.map.page import map_page
from webmap.pages import lang
from webmap.supervision.page import MODES, Shown, supervision_map, supervision_page
from webmap.supervision.records import CountyArea, Frame, Place

bp = APIBlueprint("pages_map", __name__, enable_openapi=False)

CELL_M = 1000
FRAME_TEXTS = ("play", "backward", "forward", "loop")


class PageQuery(PeriodQuery):
    """What the supervision page is asked to show."""

    mode: str = MODES[0]


@bp.get("/")
@public
def home() -> Response:
    """Show the map and the case lookup."""
    return map_page(actor(), today=services().today())


@bp.get("/supervision")
@bp.input(PageQuery, location="query")
@needs("supervisor")
def supervision(query_data: PageQuery) -> Response:
    """Show figures, map frame and tables."""
    question = question_of(query_data)
    db, who, now = services().db, actor(), services().now()
    found = service.overview(db, who, question, now=now)
    cells = _cells(question, monthly=query_data.mode == "film")
    values = [cell.value for cell in cells] or [0]
    return supervision_page(
        _shown(query_data, question),
        counties=[figures(row) for row in found.counties],
        indicators={
            **figures(found.indicators.figures),
            "undecided_counties": found.indicators.undecided_counties,
            "open_breaks": found.indicators.open_breaks,
            "rating_mean": found.indicators.rating_mean,
            "ratings": found.indicators.ratings,
            "months": [{"month": row.month.isoformat()[:7], "value": row.value} for row in found.months],
            "data_at": now.isoformat(timespec="seconds"),
        },
        cell_range=(min(values), max(values)),
        cell_m=CELL_M,
        notice=boundary_notice(services().today(), language()),
    )


@bp.get("/supervision/map")
@bp.input(PageQuery, location="query")
@needs("supervisor")
def supervision_frame(query_data: PageQuery) -> Response:
    """Show the folium map that stands in the page's frame."""
    question = question_of(query_data)
    mode = query_data.mode if query_data.mode in MODES else MODES[0]
    return supervision_map(
        _shown(query_data, question),
        root_url=request.url_root,
        places=_places(_cells(question, monthly=False)) if mode == "heat" else [],
        frames=_frames(_cells(question, monthly=True)) if mode == "film" else [],
        areas=_areas(question) if mode == "counties" else [],
        texts=_frame_texts(mode),
    )


def _shown(query: PageQuery, question: Question) -> Shown:
    return Shown(
        metric=question.metric,
        mode=query.mode if query.mode in MODES else MODES[0],
        first=question.first.isoformat(),
        last=question.last.isoformat(),
        county=question.county_code or "",
    )


def _frame_texts(mode: str) -> dict[str, str]:
    chosen = lang()
    return {
        "title": text(f"ui.supervision.map.{mode}", chosen),
        "zoom_in": text("ui.map.zoom_in", chosen),
        "zoom_out": text("ui.map.zoom_out", chosen),
        **{key: text(f"ui.supervision.{key}", chosen) for key in FRAME_TEXTS},
    }


def _cells(question: Question, *, monthly: bool) -> list[Cell]:
    if monthly:
        return service.monthly_cells(services().db, actor(), question, cell_m=CELL_M)
    return service.heatmap(services().db, actor(), question, cell_m=CELL_M).cells


def _places(cells: list[Cell]) -> list[Place]:
    """Return the middles of the cells in lon/lat degrees."""
    if not cells:
        return []
    middles = np.array([[(cell.i + 0.5) * CELL_M, (cell.j + 0.5) * CELL_M] for cell in cells])
    return [
        Place(float(lon), float(lat), float(cell.value))
        for cell, (lon, lat) in zip(cells, to_degrees(middles), strict=True)
    ]


def _frames(cells: list[Cell]) -> list[Frame]:
    by_month: dict[date, list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.month is not None:
            by_month[cell.month].append(cell)
    return [Frame(month.isoformat()[:7], _places(by_month[month])) for month in sorted(by_month)]


def _areas(question: Question) -> list[CountyArea]:
    chosen = lang()
    db, who = services().db, actor()
    # All counties are drawn, also when one is chosen.
    city = Question(question.metric, question.first, question.last)
    rows = service.counties(db, who, city, today=services().today())
    found = {row.county_code: figure_of(question.metric, row) for row in rows}
    return [
        CountyArea(
            county_code=shape.county_code,
            name=shape.name_en if chosen == "en" else shape.name_zh,
            geometry=json.loads(shape.shape),
            value=found.get(shape.county_code, 0),
            shown=_value_text(question.metric, found.get(shape.county_code, 0), chosen),
        )
        for shape in service.county_shapes(db, who)
    ]


def _value_text(metric: str, value: int, chosen: str) -> str:
    label = text(f"ui.supervision.metric.{metric}", chosen)
    shown = f"{value // 100:,}.{value % 100:02d}" if metric == "fees" else f"{value:,}"
    return f"{label}: {shown}"
