"""What rules are tried on: squares, uploads of them, the ground, a case; EPSG:4547 (E, N) metres."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from shapely.geometry import MultiPolygon, Polygon, box

from spatial.survey.change_records import Change
from spatial.survey.objects.drafts import draft_objects
from spatial.survey.readers.records import Note, ObjectTable
from spatial.survey.records import Features, Ground, Kind, Scope, Shapes
from spatial.survey.rules.context import Context

E, N = 530_000.0, 3_300_000.0
DISTRICT = "421202001004"
CODES = [f"{DISTRICT}GB{serial:05d}" for serial in range(1, 9)]


def at(*corners):
    """A polygon by corners from the local origin."""
    return Polygon([(E + east, N + north) for east, north in corners])


def square(east, north, size=20.0):
    return box(E + east, N + north, E + east + size, N + north + size)


def features(*geoms, codes=None, **columns):
    shapes = np.full(len(geoms), None, dtype=object)
    for index, geom in enumerate(geoms):
        shapes[index] = MultiPolygon([geom]) if isinstance(geom, Polygon) else geom
    count = len(geoms)
    empty: list[Any] = [None] * count
    return Features(
        geoms=shapes,
        codes=list(codes if codes is not None else CODES[:count]),
        unit_codes=columns.get("units", empty),
        declared_m2=columns.get("declared", empty),
        resolution_m2=empty,
        land_use=columns.get("land_use", empty),
        address=empty,
        faults=columns.get("faults", {}),
        rows=columns.get("rows", [{} for _ in range(count)]),
    )


def shapes(**named):
    made = np.full(len(named), None, dtype=object)
    for index, geom in enumerate(named.values()):
        made[index] = geom if isinstance(geom, MultiPolygon) else MultiPolygon([geom])
    return Shapes([code.removeprefix("c") for code in named], made)


WEST = box(E - 5_000, N - 5_000, E + 10, N + 5_000)
EAST = box(E + 10, N - 5_000, E + 5_000, N + 5_000)
GROUND = Ground(
    counties=shapes(c421202=box(E - 5_000, N - 5_000, E + 5_000, N + 5_000)),
    city=frozenset({"421202"}),
    subdistricts=shapes(**{f"c{DISTRICT}": box(E - 1_000, N - 1_000, E + 1_000, N + 1_000)}),
    parcels=shapes(),
    used_codes=frozenset(),
    datum_verified=True,
)


@dataclass
class Case:
    """An upload, what the city knows, and what a failing case must tell (severity and message)."""

    upload: Features
    ground: Ground = GROUND
    kind: Kind = Kind.NEW
    notes: list[Note] = field(default_factory=list)
    tells: tuple[tuple[str, str], ...] = ()
    layer: str = "use_surface"
    tables: dict[str, ObjectTable] = field(default_factory=dict)
    scope: Scope = Scope.PARTIAL
    replaced: frozenset[str] = frozenset()
    changes: tuple[Change, ...] = ()

    def context(self):
        return Context(
            self.upload,
            self.ground,
            self.kind,
            self.layer,
            replaced=self.replaced,
            notes=self.notes,
            scope=self.scope,
            today=date(2026, 11, 24),
            objects=draft_objects(self.tables)[0],
            changes=self.changes,
        )


def register(**named):
    """The ground with live parcels and their areas."""
    known = shapes(**named)
    areas = {code: geom.area for code, geom in zip(known.codes, known.geoms, strict=True)}
    return replace(GROUND, parcels=known, areas_m2=areas)


PLAIN = Case(features(square(0, 0), square(20, 0)))
