"""The audit of registered parcels at night: the rules of the checks, asked of what is in force."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from psycopg import Connection
from psycopg.rows import TupleRow

from data.clock import day_of
from spatial.survey.checks import check
from spatial.survey.ground import store as ground_store
from spatial.survey.objects.records import Objects
from spatial.survey.records import Kind, Moment, Order, Report, Scope
from spatial.survey.rules.context import Context

Conn = Connection[TupleRow]


def audit_parcels(
    conn: Conn, *, now: datetime, district: str = "", layer: str | None = None
) -> Iterator[tuple[str, str, Report]]:
    """Check the parcels in force, one sub-district and layer after the other; nothing is written.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    now : datetime
        Aware instant; what is in force on its day counts.
    district : str
        First digits of the parcel codes wanted: a county, a district or a sub-district; empty for all.
    layer : str, optional
        Layer of the register; all without it.

    Yields
    ------
    tuple of str, str, Report
        Sub-district, layer and what the rules say; neighbours across the sub-district's line count.
    """
    today = day_of(now)
    for code, of_layer in ground_store.registered_groups(conn, today, district):
        if layer not in {None, of_layer}:
            continue
        features = ground_store.registered_features(conn, code, of_layer, today)
        order = Order("audit", of_layer, Kind.INITIAL_LOAD, Scope.COMPLETE, today)
        ground = ground_store.fetch_ground(
            conn, features, order, today=today, subdistricts=None, objects=Objects()
        )
        context = Context(
            features=features,
            ground=replace(
                ground, judgements=ground.judgements if layer else _asked_once(of_layer, ground.judgements)
            ),
            kind=order.kind,
            layer=of_layer,
            replaced=frozenset(str(name) for name in features.codes),
            scope=order.scope,
            moment=Moment.NIGHTLY,
        )
        yield code, of_layer, check(context, now=now)


def _asked_once(layer: str, judgements: dict[str, str]) -> dict[str, str]:
    """Let a pair of layers be asked of the one that comes first only: the parcels of both are asked."""
    return {other: judgement if layer < other else "allow" for other, judgement in judgements.items()}
