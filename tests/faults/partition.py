"""A clean partition: lots of the synthetic city with attributes that agree, a part of them registered."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from data.synthetic.city import CityOrder, make_city
from data.synthetic.randomness import stream
from spatial.crs import to_degrees
from spatial.survey.change_records import Change
from spatial.survey.objects.drafts import draft_objects
from spatial.survey.offline import reference_counties
from spatial.survey.records import Features, Ground, Kind, Restrictions, Shapes
from spatial.survey.rules.context import Context

TODAY = date(2026, 11, 24)
LAYER = "use_surface"
# Of a city, so many are lots of its first county.
_SHARE = 0.17
_REGISTERED = 0.1
_REDEFINED = 10
_SIDES = (("ZDSZD", 1, 0), ("ZDSZX", -1, 0), ("ZDSZB", 0, 1), ("ZDSZN", 0, -1))

Edge = tuple[tuple[float, float], tuple[float, float]]


@dataclass
class World:
    """An upload that may be changed, and the ground around it; EPSG:4547 (E, N) metres.

    ``registered`` are parcels of the register, of which those ``retired`` end; ``furniture`` is what comes
    beside the upload's parcels; ``seizures``, ``mortgages`` and ``cases`` are counted by code of the
    register, ``ending_cases`` by flat.
    """

    codes: list[str | None]
    geoms: list[Any]
    units: list[str | None]
    declared: list[float | None]
    rows: list[dict[str, Any]]
    faults: dict[int, str]
    registered: Shapes
    subdistricts: Shapes
    used: set[str]
    furniture: Any = None
    retired: set[str] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    seizures: dict[str, int] = field(default_factory=dict)
    mortgages: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)
    ending_cases: dict[str, int] = field(default_factory=dict)

    def context(self) -> Context:
        """Return what the engine checks."""
        shapes = np.full(len(self.geoms), None, dtype=object)
        for at, geom in enumerate(self.geoms):
            if geom is not None:
                shapes[at] = geom if geom.geom_type == "MultiPolygon" else shapely.MultiPolygon([geom])
        counties, city = reference_counties()
        count = len(self.geoms)
        features = Features(
            geoms=shapes,
            codes=list(self.codes),
            unit_codes=list(self.units),
            declared_m2=list(self.declared),
            resolution_m2=[0.005] * count,
            land_use=[row["YT"] for row in self.rows],
            address=[row["ZL"] for row in self.rows],
            faults=dict(self.faults),
            rows=[dict(row) for row in self.rows],
        )
        codes = [code for code in self.codes if code]
        areas = dict(zip(self.registered.codes, shapely.area(self.registered.geoms).round(2), strict=True))
        ground = Ground(
            counties=counties,
            city=city,
            subdistricts=self.subdistricts,
            parcels=self.registered,
            areas_m2={code: float(areas[code]) for code in codes if code in areas},
            used_codes=frozenset(self.used & set(codes)),
            datum_verified=True,
            restrictions=Restrictions(
                dict(self.seizures), dict(self.mortgages), dict(self.cases), dict(self.ending_cases)
            ),
        )
        tables = self.furniture.as_tables() if self.furniture else {}
        return Context(
            features,
            ground,
            Kind.NEW,
            LAYER,
            replaced=frozenset(codes) | self.retired,
            today=TODAY,
            objects=draft_objects(tables)[0],
            changes=list(self.changes),
        )


def clean_world(parcels: int, seed: int) -> World:
    """Make a partition of so many parcels to upload, with about a tenth as many registered among them.

    Raises
    ------
    ValueError
        If the city is too small for it.
    """
    part = next(iter(make_city(CityOrder(int(parcels / _SHARE), 0, seed, TODAY))))
    lots = [lot for batch in part.batches for lot in batch.parcels if lot.layer == LAYER]
    wanted = parcels + int(parcels * _REGISTERED)
    if len(lots) < wanted:
        raise ValueError(len(lots))
    lots = lots[:wanted]
    drawn = stream(seed, "registered").permutation(wanted) < parcels
    own = [lot for lot, uploaded in zip(lots, drawn, strict=True) if uploaded]
    rest = [lot for lot, uploaded in zip(lots, drawn, strict=True) if not uploaded]
    geoms = [lot.geom for lot in own]
    rows = _rows(own, rest)
    free = [lot.parcel_code for lot in own[:_REDEFINED]]
    return World(
        codes=[lot.parcel_code for lot in own],
        geoms=list(geoms),
        units=[lot.unit_code for lot in own],
        declared=[float(area) for area in shapely.area(np.array(geoms, dtype=object)).round(2)],
        rows=rows,
        faults={},
        registered=_shapes([(lot.parcel_code, lot.geom) for lot in rest]),
        subdistricts=_shapes([(d.code, d.geom) for d in part.districts if len(d.code) == 12]),
        used=set(),
        # What changes is free, and what is seized, mortgaged or under a case stays as it is.
        changes=[Change("changed", (code,), (code,), 0.0, 0.0) for code in free],
        seizures={lot.parcel_code: 1 for lot in rest[:_REDEFINED]},
        mortgages={lot.parcel_code: 1 for lot in rest[:_REDEFINED]},
        cases={lot.parcel_code: 1 for lot in rest[:_REDEFINED]},
    )


def _shapes(named: list[tuple[str, Any]]) -> Shapes:
    made = np.empty(len(named), dtype=object)
    made[:] = [
        geom if geom.geom_type == "MultiPolygon" else shapely.MultiPolygon([geom]) for _, geom in named
    ]
    return Shapes([code for code, _ in named], made)


def edges_of(geom: shapely.Polygon) -> list[Edge]:
    """Return the sides of a polygon's shell, each from its smaller end."""
    ring = list(geom.exterior.coords)
    return [(one, other) if one < other else (other, one) for one, other in pairwise(ring)]


def _rows(own: list[Any], rest: list[Any]) -> list[dict[str, Any]]:
    everything = [*own, *rest]
    beside = defaultdict(list)
    for at, lot in enumerate(everything):
        for edge in edges_of(lot.geom):
            beside[edge].append(at)
    middles = shapely.get_coordinates(shapely.centroid(np.array([lot.geom for lot in own], dtype=object)))
    sheets = _sheets(to_degrees(middles))
    rows = []
    for at, lot in enumerate(own):
        row = {
            "ZL": lot.address or "咸宁市",
            "YT": lot.land_use,
            "QLLX": "3",
            "QLXZ": "102",
            "SYQQSSJ": "2020-03-01",
            "SYQJSSJ": "2090-02-28",
            "CLRQ": "2026-10-08",
            "TFH": sheets[at],
        }
        rows.append(row | _bounds(lot.geom, at, middles[at], beside, everything))
    return rows


def _bounds(geom: Any, at: int, middle: Any, beside: Any, everything: list[Any]) -> dict[str, str]:
    """Write a neighbour as the bound of the side it lies on, where there is one; otherwise a road."""
    named = {name: "道路" for name, _, _ in _SIDES}
    for edge in edges_of(geom):
        step = np.mean(edge, axis=0) - middle
        name = max(_SIDES, key=lambda side: step @ np.array(side[1:]))[0]
        for other in beside[edge]:
            if other != at:
                named[name] = everything[other].parcel_code
    return named


def _sheets(degrees: Any) -> list[str]:
    """Return the 1:10 000 sheets of places (longitude, latitude)."""
    million = np.floor(degrees / (6.0, 4.0)).astype(int)
    row = 96 - np.floor((degrees[:, 1] % 4.0) / (4.0 / 96)).astype(int)
    column = np.floor((degrees[:, 0] % 6.0) / (6.0 / 96)).astype(int) + 1
    letters = [chr(ord("A") + down) for down in million[:, 1]]
    return [
        f"{letter}{east + 31}G{down:03d}{across:03d}"
        for letter, east, down, across in zip(letters, million[:, 0], row, column, strict=True)
    ]
