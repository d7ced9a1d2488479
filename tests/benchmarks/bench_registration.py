"""Bulk registration with the guard against overlap, against the same registration without it."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from unittest import mock

from data.access.records import SYSTEM
from data.synthetic.city import CityOrder, make_city
from spatial.parcels import registration, service, store
from spatial.parcels.records import ChangeSet, Layer, NewVersion
from tests.benchmarks.harness import City, Context, Result, timed

NAME = "registration"
VALID_FROM = date(2020, 1, 1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = 50_000


def run(ctx: Context) -> list[Result]:
    count = ctx.pick(100_000, 8_000)
    ctx.say(f"{count:,} synthetic parcels")
    parcels = list(synthetic(count))
    with ctx.database("bench_registration_bare") as city, without_guard():
        bare = timed(lambda: register(city, parcels))
    with ctx.database("bench_registration") as city:
        guarded = timed(lambda: register(city, parcels))
        pieces = guarded_pieces(city)
    assert pieces >= count
    each_ms = (guarded - bare) / count * 1000
    return [
        ctx.result(
            NAME,
            "with the guard against overlap",
            guarded / count * 1000,
            "ms/parcel",
            limit=bare / count * 1000,
            limit_name="the same without piece table and constraint",
            goal="<= 4",
            n=count,
        ),
        ctx.result(
            NAME,
            "the guard alone",
            each_ms,
            "ms/parcel",
            limit=0.5,
            limit_name="0.5 ms a parcel",
            goal="<= 1",
            n=count,
        ),
    ]


def synthetic(count: int) -> Iterator[NewVersion]:
    """Yield parcels of the invented city, all layers."""
    order = CityOrder(parcels=count, cases=0, seed=1, until=date(2026, 1, 1))
    for part in make_city(order):
        for batch in part.batches:
            for parcel in batch.parcels:
                yield NewVersion(
                    parcel.parcel_code,
                    Layer(parcel.layer),
                    parcel.geom,
                    land_use=parcel.land_use,
                    address=parcel.address,
                    unit_code=parcel.unit_code,
                )


def register(city: City, parcels: list[NewVersion]) -> None:
    """Register in change sets as an import does."""
    with city.db.transaction(SYSTEM) as conn:
        for first in range(0, len(parcels), AT_ONCE):
            service.register(conn, ChangeSet(VALID_FROM, parcels[first : first + AT_ONCE]), now=NOW)


def without_guard() -> "contextlib.AbstractContextManager[object]":
    """Leave out the two steps that make and write pieces; everything else is done."""
    return mock.patch.multiple(registration, _copy_pieces=lambda *_: None, store=_WithoutPieces(store))


class _WithoutPieces:
    """The registration's store, with nothing written to the piece table."""

    def __init__(self, store: object) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def insert_pieces(self, *_: object) -> None:
        return None


def guarded_pieces(city: City) -> int:
    with city.db.transaction(SYSTEM) as conn:
        row = conn.execute("SELECT count(*) FROM spatial.parcel_piece").fetchone()
    assert row is not None
    return int(row[0])
