"""The folium figure that asks nothing of other hosts and runs under our content policy.

folium's script must run in the global scope as a classic script (its time control reads top-level names), but
MapLibre 6 is a module. So the page loads MapLibre as a module that sets a global, then the Leaflet plugin
(deferred: it runs after the module), and holds folium's script back as text until both have run.
"""

import re
from typing import Any

from branca.element import CssLink, Element, Figure, JavascriptLink
from folium.elements import JSCSSMixin
from folium.map import Layer
from jinja2 import Template

from webmap.assets import resolve

MAPLIBRE_GLOBAL = "/static/supervision/maplibre_global.mjs"
LEAFLET_PLUGIN = "/assets/@maplibre/maplibre-gl-leaflet/dist/leaflet-maplibre-gl.js"
MAPLIBRE_CSS = "/assets/maplibre-gl/dist/maplibre-gl.css"
_INLINE_TAG = re.compile(r"<(style|script)>")

_PAGE = Template(
    """<!doctype html>
<html lang="{{ lang }}">
<head>
<meta charset="utf-8">
<title>{{ title|e }}</title>
{% for part in head %}{{ part }}
{% endfor %}<link rel="stylesheet" href="{{ maplibre_css }}">
<link rel="stylesheet" href="/static/supervision/frame.css">
<script type="module" src="{{ maplibre_global }}"></script>
<script defer src="{{ leaflet_plugin }}"></script>
</head>
<body>
{{ body }}
<script type="text/x-folium" id="folium">
{{ script }}
</script>
<script type="application/json" id="facts">{{ facts|tojson }}</script>
<script type="module" nonce="{{ nonce }}">
const run = document.createElement("script");
run.nonce = "{{ nonce }}";
run.textContent = document.getElementById("folium").textContent;
document.body.append(run);
</script>
<script type="module" src="/static/supervision/frame.js"></script>
</body>
</html>
"""
)


class OfflineFigure(Figure):
    """A figure whose links all lead to our own assets.

    Parameters
    ----------
    nonce : str
        Nonce of the answer, stamped on the inline parts of folium's own templates.
    lang, title : str
    facts : dict
        Read by ``frame.js``.
    """

    def __init__(self, *, nonce: str, lang: str, title: str, facts: dict[str, Any]) -> None:
        super().__init__()
        self._nonce = nonce
        self._page = {"lang": lang, "title": title, "facts": facts, "nonce": nonce}

    def render(self, **kwargs: Any) -> str:
        """Render the page.

        Raises
        ------
        webmap.assets.AssetUnknown
            If a part asks for a library that the manifest does not name.
        """
        for child in self._children.values():
            child.render(**kwargs)
        page: str = _PAGE.render(
            **self._page,
            head=self._head(),
            body=self.html.render(**kwargs),
            script=self.script.render(**kwargs),
            maplibre_css=MAPLIBRE_CSS,
            maplibre_global=MAPLIBRE_GLOBAL,
            leaflet_plugin=LEAFLET_PLUGIN,
        )
        return page

    def _head(self) -> list[str]:
        parts: list[str] = []
        for child in self.header._children.values():
            part = self._head_part(child)
            if part and part not in parts:
                parts.append(part)
        return parts

    def _head_part(self, child: Element) -> str:
        if isinstance(child, JavascriptLink):
            file = resolve(child.url)
            return f'<script src="{file}"></script>' if file else ""
        if isinstance(child, CssLink):
            file = resolve(child.url)
            return f'<link rel="stylesheet" href="{file}">' if file else ""
        return _INLINE_TAG.sub(rf'<\1 nonce="{self._nonce}">', child.render())


class MapLibreLayer(JSCSSMixin, Layer):
    """A MapLibre style as a Leaflet layer, under (``tilePane``) or over the figures.

    Parameters
    ----------
    style : str
        URL of the style.
    name : str
        Name of the layer.
    pane : str
        Leaflet pane; the map must have it.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {% if this.pane != "tilePane" %}
        {{ this._parent.get_name() }}.createPane({{ this.pane|tojson }});
        {% endif %}
        var {{ this.get_name() }} = L.maplibreGL({{ this.options|tojson }})
            .addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, style: str, *, name: str, pane: str = "tilePane") -> None:
        super().__init__(name=name, overlay=False, control=False, show=True)
        self._name = "MapLibreLayer"
        self.pane = pane
        self.options = {
            "style": style,
            "pane": pane,
            "interactive": False,
            "fadeDuration": 0,
            # Kept, or the printer would find the picture gone.
            "canvasContextAttributes": {"preserveDrawingBuffer": True},
            "localIdeographFontFamily": '"Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif',
        }
