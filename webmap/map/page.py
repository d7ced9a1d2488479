"""Composes the page ``/``."""

from datetime import date

from flask import Response

from data.access.records import Actor
from tiles.rules import layer_of
from webmap.pages import render
from webmap.styles import palette

# Each with its key in the texts and its colour.
_CASES = (
    ("ui.map.case.open", palette.CASE_OPEN),
    ("ui.map.case.late", palette.CASE_LATE),
    ("ui.map.case.ended", palette.CASE_ENDED),
)


def map_page(who: Actor, *, today: date) -> Response:
    """Render the map page.

    Parameters
    ----------
    who : Actor
        Who looks; those who may see cases are offered them as layers.
    today : date
        Last day that may be chosen as "state on".
    """
    return render(
        "map.html",
        texts=("ui.map", "ui.status"),
        land_uses=palette.LAND_USES,
        other_use=palette.OTHER_USE,
        heat=list(palette.HEAT.items()),
        cases=_CASES if who.may(*layer_of("cases").roles) else (),
        today=today.isoformat(),
    )
