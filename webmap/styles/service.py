"""Builds a style document by name."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from tiles.rules import CITY_BOUNDS_DEG, LAYERS, past_query
from webmap.styles import layers, palette

Style = dict[str, Any]
CITY_CENTRE_DEG = (114.28, 29.68)
REGISTERS = ("parcels", "collective", "contract_land", "forest")


def build_style(
    name: str, root_url: str, *, lang: str = "zh", at: date | None = None, known_at: datetime | None = None
) -> Style:
    """Build a style.

    Parameters
    ----------
    name : str
        One of :data:`STYLES`.
    root_url : str
        Where ``tiles/`` hangs, with a final slash.
    lang : {"zh", "en"}
        Language of names.
    at : date, optional
        Day whose parcels are shown; default today.
    known_at : datetime, optional
        Aware instant as which the register is read; default now.
    """
    drawn = STYLES[name](lang)
    used = {layer["source"] for layer in drawn if "source" in layer}
    return {
        "version": 8,
        "name": name,
        "center": list(CITY_CENTRE_DEG),
        "zoom": 8.6,
        "sources": {source: _source(source, root_url, at, known_at) for source in LAYERS if source in used},
        "layers": drawn,
    }


def _source(name: str, root_url: str, at: date | None, known_at: datetime | None) -> dict[str, Any]:
    layer = LAYERS[name]
    query = past_query(at if layer.dated else None, known_at if layer.remembered else None)
    return {
        "type": "vector",
        "tiles": [f"{root_url}tiles/{name}/{{z}}/{{x}}/{{y}}.mvt" + (f"?{query}" if query else "")],
        "minzoom": layer.minzoom,
        "maxzoom": layer.maxzoom,
        "bounds": list(CITY_BOUNDS_DEG),
    }


def _city(lang: str, *, work: bool = False) -> list[layers.StyleLayer]:
    return [
        layers.background(),
        *layers.county_areas(),
        *layers.parcels("forest", line="#6f9a64", fill_opacity=0.55),
        *layers.parcels("contract_land", line="#9aa64f", fill_opacity=0.55),
        *layers.parcels("parcels", line=palette.PARCEL_LINE, fill_opacity=0.8),
        *layers.buildings(),
        *layers.parcels("collective", line=palette.COLLECTIVE_LINE, fill_opacity=0.08),
        *(layers.heat() if work else ()),
        *layers.districts(),
        *layers.county_lines(),
        *(layers.cases() if work else ()),
        *layers.selection(),
        *(layers.parcel_labels(name) for name in REGISTERS),
        *layers.townships(),
        *layers.county_labels(lang),
    ]


def _work(lang: str) -> list[layers.StyleLayer]:
    return _city(lang, work=True)


def _base(_lang: str) -> list[layers.StyleLayer]:
    return [
        layers.background(),
        *layers.county_areas(),
        *layers.parcels("parcels", line="#b9a795", fill_opacity=0.45),
        *layers.county_lines(),
    ]


def _plain(_lang: str) -> list[layers.StyleLayer]:
    return [layers.background(), *layers.county_areas(), *layers.county_lines()]


def _labels(lang: str) -> list[layers.StyleLayer]:
    return [*layers.townships(), *layers.county_labels(lang)]


# city: the map page; work: the same with cases, for those who may see them; base, plain and labels:
# under and over the figures of the supervision page.
STYLES: dict[str, Callable[[str], list[layers.StyleLayer]]] = {
    "city": _city,
    "work": _work,
    "base": _base,
    "plain": _plain,
    "labels": _labels,
}
