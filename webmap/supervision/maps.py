"""Composes the map of ``/supervision`` with folium: base, figure, names."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from webmap.styles.palette import HEAT
from webmap.supervision.records import CountyArea, FoliumMap, Place
from webmap.supervision.scale import SCHEME, steps_of

if TYPE_CHECKING:
    import folium

# The whole city fits a window of about 700 x 560 pixels.
CENTRE_DEG = (29.67, 114.26)
ZOOM = 9
MAP_ID = "city"
LABEL_PANE = "labels"


def render_map(shown: FoliumMap) -> str:
    """Render the page of the frame.

    Parameters
    ----------
    shown : FoliumMap
        Figures and texts.

    Returns
    -------
    str
        A complete HTML document, without anything of another host.
    """
    import folium

    from webmap.supervision.figure import MapLibreLayer, OfflineFigure

    figure = OfflineFigure(
        nonce=shown.nonce,
        lang="en" if shown.lang == "en" else "zh-CN",
        title=shown.title,
        facts={"mode": shown.mode, "texts": shown.texts, "areas": _tooltips(shown.areas)},
    )
    city = folium.Map(
        location=CENTRE_DEG,
        zoom_start=ZOOM,
        min_zoom=8,
        max_zoom=16,
        tiles=None,
        attribution_control=False,
        zoom_snap=0.25,
        min_lat=28.2,
        max_lat=31.2,
        min_lon=112.4,
        max_lon=116.2,
        max_bounds=True,
    )
    city._id = MAP_ID
    figure.add_child(city)
    styles = f"{shown.root_url}tiles/styles"
    base = "plain" if shown.mode == "counties" else "base"
    city.add_child(MapLibreLayer(f"{styles}/{base}.json?lang={shown.lang}", name="base"))
    _FIGURES[shown.mode](city, shown)
    city.add_child(MapLibreLayer(f"{styles}/labels.json?lang={shown.lang}", name="labels", pane=LABEL_PANE))
    return figure.render()


def _heat(city: "folium.Map", shown: FoliumMap) -> None:
    from folium.plugins import HeatMap

    HeatMap(  # type: ignore[no-untyped-call]  # folium types its plugins in part
        _weighted(shown.places),
        name="heat",
        min_opacity=0.25,
        max_zoom=ZOOM,
        radius=16,
        blur=14,
        gradient=HEAT,
        control=False,
    ).add_to(city)


def _film(city: "folium.Map", shown: FoliumMap) -> None:
    from folium.plugins import HeatMapWithTime

    top = max((place.value for frame in shown.frames for place in frame.places), default=1.0)
    HeatMapWithTime(  # type: ignore[no-untyped-call]  # folium types its plugins in part
        [_weighted(frame.places, top=top) for frame in shown.frames] or [[]],
        index=[frame.label for frame in shown.frames] or ["–"],
        name="film",
        radius=18,
        min_opacity=0.1,
        max_opacity=0.85,
        gradient=HEAT,
        max_speed=4,
        control=False,
    ).add_to(city)


def _counties(city: "folium.Map", shown: FoliumMap) -> None:
    import folium

    steps = steps_of([area.value for area in shown.areas])
    choropleth = folium.Choropleth(
        geo_data=_collection(shown.areas),
        data={area.county_code: area.value for area in shown.areas},
        key_on="feature.properties.county_code",
        bins=[steps[0].low, *(step.high for step in steps)],
        fill_color=SCHEME,
        fill_opacity=0.72,
        line_color="#5a2250",
        line_weight=1,
        highlight=True,
        control=False,
        name="counties",
    )
    # Its own legend needs another library, clips numbers and knows no Chinese; the page draws one.
    for name in [name for name in choropleth._children if name.startswith("color_map")]:
        del choropleth._children[name]
    choropleth.add_to(city)


_FIGURES = {"heat": _heat, "film": _film, "counties": _counties}


def _weighted(places: Sequence[Place], *, top: float | None = None) -> list[list[float]]:
    """Return [lat, lon, weight]; the weight is the root of the share, so that single cases stay visible."""
    top = top or max((place.value for place in places), default=1.0) or 1.0
    return [
        [round(place.lat_deg, 5), round(place.lon_deg, 5), round(max(0.04, (place.value / top) ** 0.5), 4)]
        for place in places
    ]


def _collection(areas: Sequence[CountyArea]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": area.county_code,
                "properties": {"county_code": area.county_code},
                "geometry": area.geometry,
            }
            for area in areas
        ],
    }


def _tooltips(areas: Sequence[CountyArea]) -> dict[str, list[str]]:
    return {area.county_code: [area.name, area.shown] for area in areas}
