"""Composes the page ``/supervision``: filters, figures, map frame, legend, tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response

from webmap.pages import lang, nonce, render
from webmap.styles.palette import HEAT
from webmap.supervision.maps import render_map
from webmap.supervision.records import CountyArea, FoliumMap, Frame, Place
from webmap.supervision.scale import steps_of

MODES = ("heat", "film", "counties")
BAR_WIDTH = 26
BAR_HEIGHT = 96


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page is asked to show; dates are ISO, county is a code or empty."""

    metric: str
    mode: str
    first: str
    last: str
    county: str

    def query(self, **changes: str) -> str:
        """Return the query string that asks for this, with changes."""
        values = {
            "metric": self.metric,
            "mode": self.mode,
            "from": self.first,
            "to": self.last,
            "county": self.county,
            **changes,
        }
        return urlencode({name: value for name, value in values.items() if value})

    def cases_query(self, county: str) -> str:
        """Return the query string of ``/cases`` that lists what a figure counts."""
        values = {"county": county, "from": self.first, "to": self.last}
        return urlencode({name: value for name, value in values.items() if value})


def supervision_page(
    shown: Shown,
    *,
    counties: Sequence[Mapping[str, Any]],
    indicators: Mapping[str, Any],
    cell_range: tuple[int, int],
    cell_m: int,
    notice: str,
) -> Response:
    """Render the page.

    Parameters
    ----------
    shown : Shown
    counties : sequence of mapping
        Figures a county, as ``/api/v1/supervision/counties`` gives them.
    indicators : mapping
        Figures of the city or county, as ``/api/v1/supervision/indicators`` gives them.
    cell_range : tuple of int
        Smallest and largest value of a cell on the map.
    cell_m : int
        Side of a cell, metres.
    notice : str
        What is said of the county lines.
    """
    key = {"fees": "fees_fen"}.get(shown.metric, shown.metric)
    return render(
        "supervision.html",
        texts=("ui.supervision", "ui.map"),
        shown=shown,
        counties=counties,
        indicators=indicators,
        steps=steps_of([row[key] for row in counties]),
        gradient=list(HEAT.items()),
        cell_range=cell_range,
        cell_m=cell_m,
        bars=bars_of(indicators["months"]),
        value_key=key,
        notice=notice,
    )


def supervision_map(
    shown: Shown,
    *,
    root_url: str,
    places: Sequence[Place],
    frames: Sequence[Frame],
    areas: Sequence[CountyArea],
    texts: dict[str, str],
) -> Response:
    """Render the map that stands in the page's frame."""
    page = render_map(
        FoliumMap(
            mode=shown.mode,
            lang=lang(),
            nonce=nonce(),
            title=texts["title"],
            root_url=root_url,
            places=places,
            frames=frames,
            areas=areas,
            texts=texts,
        )
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def bars_of(months: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the bars of the month chart: x, y, height in SVG units, and what each says."""
    top = max([row["value"] for row in months] or [1]) or 1
    return [
        {
            "x": place * BAR_WIDTH,
            "y": BAR_HEIGHT - round(row["value"] / top * BAR_HEIGHT),
            "height": max(round(row["value"] / top * BAR_HEIGHT), 1 if row["value"] else 0),
            "month": row["month"],
            "value": row["value"],
        }
        for place, row in enumerate(months)
    ]
