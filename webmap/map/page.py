"""Composes the page ``/``."""

from datetime import date

from flask import Response

from webmap.pages import render
from webmap.styles.palette import LAND_USES, OTHER_USE


def map_page(*, today: date) -> Response:
    """Render the map page.

    Parameters
    ----------
    today : date
        Last day that may be chosen as "state on".
    """
    return render(
        "map.html",
        texts=("ui.map", "ui.status"),
        land_uses=LAND_USES,
        other_use=OTHER_USE,
        today=today.isoformat(),
    )
