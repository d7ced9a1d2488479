"""The style layers, from the ground up; each function yields one theme."""

from typing import Any

from tiles.rules import LABEL_ZOOM, PARCEL_ZOOM
from webmap.styles import palette

StyleLayer = dict[str, Any]
FONT = ["Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "sans-serif"]
# Matches no feature; pages put the chosen code in its place.
NOTHING = ["==", ["get", "parcel_code"], ""]


def background() -> StyleLayer:
    """Return the ground under everything."""
    return {"id": "ground", "type": "background", "paint": {"background-color": palette.GROUND}}


def county_areas() -> list[StyleLayer]:
    """Return the areas of the counties."""
    return [
        {
            "id": "counties-fill",
            "type": "fill",
            "source": "counties",
            "source-layer": "counties",
            "paint": {"fill-color": palette.COUNTY_FILL},
        }
    ]


def county_lines() -> list[StyleLayer]:
    """Return the county lines, a soft band under a dash-dotted line."""
    common = {"type": "line", "source": "counties", "source-layer": "counties"}
    return [
        {
            **common,
            "id": "counties-band",
            "layout": {"line-join": "round"},
            "paint": {
                "line-color": palette.COUNTY_LINE,
                "line-opacity": 0.14,
                "line-width": zoomed((7, 4), (12, 9), (16, 14)),
            },
        },
        {
            **common,
            "id": "counties-line",
            "layout": {"line-join": "round"},
            "paint": {
                "line-color": palette.COUNTY_LINE,
                "line-width": zoomed((7, 0.8), (14, 1.8)),
                "line-dasharray": [6, 2, 1, 2],
            },
        },
    ]


def county_labels(lang: str) -> list[StyleLayer]:
    """Return the county names."""
    return [
        label(
            "counties-label",
            "counties",
            "counties_label",
            ["get", "name_en" if lang == "en" else "name_zh"],
            size=zoomed((7, 13), (11, 20)),
            maxzoom=13,
            paint={"text-color": "#5a2250", "text-halo-width": 2},
            layout={"text-letter-spacing": 0.12},
        )
    ]


def townships() -> list[StyleLayer]:
    """Return the names of towns."""
    return [
        label(
            "townships-label",
            "townships",
            "townships_label",
            ["get", "name"],
            size=zoomed((9, 10), (13, 14)),
            minzoom=9.5,
            maxzoom=15,
            paint={"text-color": "#4a5866"},
        )
    ]


def districts() -> list[StyleLayer]:
    """Return the lines and codes of cadastral districts (地籍区) and sub-districts (地籍子区)."""
    return [
        {
            "id": "districts-line",
            "type": "line",
            "source": "districts",
            "source-layer": "districts",
            "minzoom": 10,
            "paint": {
                "line-color": palette.DISTRICT_LINE,
                "line-width": ["case", ["==", ["get", "level"], "district"], 1.6, 0.8],
                "line-dasharray": [4, 2],
            },
        },
        label(
            "districts-label",
            "districts",
            "districts_label",
            ["get", "district_code"],
            size=11,
            minzoom=12,
            maxzoom=16,
            paint={"text-color": "#5d6570"},
        ),
    ]


def parcels(name: str, *, line: str, fill_opacity: float) -> list[StyleLayer]:
    """Return cells below zoom 13 and single parcels from there on, filled by land use."""
    common = {"source": name}
    return [
        {
            **common,
            "id": f"{name}-cells",
            "type": "fill",
            "source-layer": f"{name}_cells",
            "maxzoom": PARCEL_ZOOM,
            "paint": {
                "fill-color": palette.land_use_colour(),
                "fill-antialias": False,
                "fill-opacity": ["interpolate", ["linear"], ["get", "n"], 1, 0.72, 12, 1],
            },
        },
        {
            **common,
            "id": f"{name}-fill",
            "type": "fill",
            "source-layer": name,
            "minzoom": PARCEL_ZOOM,
            "paint": {"fill-color": palette.land_use_colour(), "fill-opacity": fill_opacity},
        },
        {
            **common,
            "id": f"{name}-line",
            "type": "line",
            "source-layer": name,
            "minzoom": PARCEL_ZOOM,
            "layout": {"line-join": "round"},
            "paint": {"line-color": line, "line-width": zoomed((13, 0.3), (16, 0.9), (19, 1.8))},
        },
    ]


def parcel_labels(name: str) -> StyleLayer:
    """Return the short codes of parcels (character and serial)."""
    return label(
        f"{name}-label",
        name,
        f"{name}_label",
        ["get", "label"],
        size=zoomed((16, 9), (19, 13)),
        minzoom=LABEL_ZOOM,
        paint={"text-color": "#6b3f22"},
    )


def buildings() -> list[StyleLayer]:
    """Return buildings with their storeys."""
    common = {"source": "buildings", "source-layer": "buildings"}
    return [
        {
            **common,
            "id": "buildings-fill",
            "type": "fill",
            "minzoom": 14,
            "paint": {"fill-color": palette.BUILDING_FILL, "fill-opacity": 0.85},
        },
        {
            **common,
            "id": "buildings-line",
            "type": "line",
            "minzoom": 15,
            "paint": {"line-color": palette.BUILDING_LINE, "line-width": zoomed((15, 0.4), (19, 1.2))},
        },
    ]


def heat() -> list[StyleLayer]:
    """Return the heat of the last twelve months' cases; only staff get its tiles."""
    return [
        {
            "id": "heat-heat",
            "type": "heatmap",
            "source": "heat",
            "source-layer": "heat",
            "layout": {"visibility": "none"},
            "paint": {
                "heatmap-weight": ["interpolate", ["linear"], ["get", "n"], 0, 0, 12, 1],
                "heatmap-radius": zoomed((7, 7), (11, 18), (16, 40)),
                "heatmap-intensity": zoomed((7, 0.5), (14, 1.6)),
                "heatmap-color": [
                    "interpolate",
                    ["linear"],
                    ["heatmap-density"],
                    0,
                    "rgba(44, 127, 184, 0)",
                    *(part for stop in palette.HEAT.items() for part in stop),
                ],
                "heatmap-opacity": 0.75,
            },
        }
    ]


def cases() -> list[StyleLayer]:
    """Return cases as points: colour and rim tell open, late and finished; only staff get them."""
    late = ["boolean", ["get", "overdue"], False]
    under_way = ["boolean", ["get", "open"], False]
    return [
        {
            "id": "cases-point",
            "type": "circle",
            "source": "cases",
            "source-layer": "cases",
            "layout": {
                "visibility": "none",
                "circle-sort-key": ["case", late, 2, under_way, 1, 0],
            },
            "paint": {
                "circle-radius": zoomed((11, 2.5), (15, 5), (18, 8)),
                "circle-color": [
                    "case",
                    late,
                    palette.CASE_LATE,
                    under_way,
                    palette.CASE_OPEN,
                    palette.CASE_ENDED,
                ],
                "circle-stroke-color": ["case", late, palette.CASE_LATE, palette.HALO],
                "circle-stroke-width": ["case", late, 3, 1.2],
                "circle-stroke-opacity": ["case", late, 0.5, 1],
            },
        }
    ]


def selection() -> list[StyleLayer]:
    """Return the mark of the chosen parcel, one layer a register."""
    return [
        {
            "id": f"{name}-selected",
            "type": "line",
            "source": name,
            "source-layer": name,
            "minzoom": PARCEL_ZOOM,
            "filter": NOTHING,
            "layout": {"line-join": "round"},
            "paint": {"line-color": palette.SELECTED, "line-width": zoomed((13, 2), (18, 4))},
        }
        for name in ("parcels", "collective", "contract_land", "forest")
    ]


def label(  # noqa: PLR0913  a label has this many sides
    layer_id: str,
    source: str,
    part: str,
    text: list[Any],
    *,
    size: object,
    paint: dict[str, Any],
    layout: dict[str, Any] | None = None,
    minzoom: float = 0,
    maxzoom: float = 24,
) -> StyleLayer:
    """Return a symbol layer that writes a text at label points."""
    return {
        "id": layer_id,
        "type": "symbol",
        "source": source,
        "source-layer": part,
        "minzoom": minzoom,
        "maxzoom": maxzoom,
        "layout": {
            "text-field": text,
            "text-font": FONT,
            "text-size": size,
            "text-padding": 3,
            **(layout or {}),
        },
        "paint": {
            "text-color": palette.LABEL,
            "text-halo-color": palette.HALO,
            "text-halo-width": 1.4,
            **paint,
        },
    }


def zoomed(*stops: tuple[float, float]) -> list[Any]:
    """Return the expression of a size that grows with the zoom."""
    flat = [part for stop in stops for part in stop]
    return ["interpolate", ["linear"], ["zoom"], *flat]
