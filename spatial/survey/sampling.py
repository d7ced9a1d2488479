"""Samples to download that can be sent as they are: on free ground, with a project code nobody has used."""

import secrets
from datetime import date
from pathlib import PurePath
from typing import Final

import shapely
from psycopg import Connection
from psycopg.rows import TupleRow

from spatial.parcels import service as parcels
from spatial.survey.writers.samples import PLACES, TEMPLATE, ground, sample

_LAYER: Final = "use_surface"


def fresh_sample(conn: Connection[TupleRow], name: str, *, today: date) -> tuple[str, bytes]:
    """Return a sample and the name to keep it under, which is its project code but for the suffix.

    The template is always the same.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    name : str
        One of `writers.samples.SAMPLES`.
    """
    if name == TEMPLATE:
        return name, sample(name)
    project = f"XN-SAMPLE-{today:%Y%m%d}-{secrets.token_hex(4).upper()}"
    return f"{project}{PurePath(name).suffix}", sample(name, _free_place(conn, today), project)


def _free_place(conn: Connection[TupleRow], today: date) -> int:
    """Return a place without parcels, any of them; if all are taken, any."""
    tree = shapely.STRtree([one.geom for one in parcels.live_in(conn, ground(), _LAYER, at=today)])
    taken = set(tree.query([ground(place) for place in range(PLACES)], predicate="intersects")[0].tolist())
    return secrets.choice([place for place in range(PLACES) if place not in taken] or range(PLACES))
