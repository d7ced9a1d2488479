"""For each rule on points, lines, buildings, flats and layers an upload that passes and some that fail."""

from dataclasses import replace

import numpy as np
from shapely.geometry import LineString, Point, Polygon, box

from spatial.survey.readers.records import ObjectTable
from tests.unit.spatial.survey.rule_fixtures import (
    CODES,
    DISTRICT,
    GROUND,
    Case,
    E,
    N,
    features,
    shapes,
    square,
)

PARCEL = CODES[0]
BUILDING = f"{PARCEL}F0001"
# Clockwise from the north-west corner of the square of 20 m.
RING = [(0, 20), (20, 20), (20, 0), (0, 0)]
BOW = Polygon([(E + 5, N + 5), (E + 9, N + 9), (E + 9, N + 5), (E + 5, N + 9)])
PLOT = "4212020010040100001"


def table(rows, geoms=()):
    made = np.full(len(rows), None, dtype=object)
    for at, geom in enumerate(geoms):
        made[at] = geom
    return ObjectTable(made, rows)


def points(ring=RING, *, numbers=None, code=PARCEL, **more):
    rows = [
        {"ZDZHDM": code, "JZDH": f"J{seq}", "SXH": seq, **more}
        for seq in (numbers or range(1, len(ring) + 1))
    ]
    return table(rows, [Point(E + east, N + north) for east, north in ring])


def lines(ring=RING, *, lengths=None, code=PARCEL, **more):
    shapes_ = [
        LineString([(E + a[0], N + a[1]), (E + b[0], N + b[1])])
        for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)
    ]
    rows = [
        {"ZDZHDM": code, "JZXCD": lengths[at] if lengths else round(shape.length, 2), **more}
        for at, shape in enumerate(shapes_)
    ]
    return table(rows, shapes_)


def building(geom=None, **more):
    row = {"ZRZH": BUILDING, "ZDDM": PARCEL, "SCJZMJ": 200.0, **more}
    return table([row], [geom if geom is not None else square(5, 5, 10)])


def flats(*rows):
    plain = {"ZRZH": BUILDING, "CH": 1, "FWYT1": "11", "SCTNJZMJ": 80.0, "SCFTJZMJ": 20.0, "SCJZMJ": 100.0}
    return table([plain | {"BDCDYH": f"{BUILDING}{number:04d}"} | row for number, row in enumerate(rows, 1)])


def bent(*places):
    """Return the lines of the square and one more along some places."""
    plain = lines()
    extra = LineString([(E + east, N + north) for east, north in places])
    return table([*plain.rows, {"ZDZHDM": PARCEL}], [*plain.geoms, extra])


def two_buildings(geom):
    plain = building()
    return table([*plain.rows, plain.rows[0] | {"ZRZH": f"{PARCEL}F0002"}], [*plain.geoms, geom])


ONE = features(square(0, 0))
HOUSE = Case(
    ONE,
    tables={
        "JZD": points(),
        "JZX": lines(),
        "ZRZ": building(),
        "C": table([{"ZRZH": BUILDING, "CH": 1}]),
        "H": flats({"FTTDMJ": 200.0}, {"FTTDMJ": 200.0}),
    },
)
JUDGED = replace(GROUND, judgements={"collective": "allow", "contract": "warn", "use_below": "allow"})


def house(tells, **tables):
    return Case(ONE, tables=HOUSE.tables | tables, tells=tells)


def over(layer, other_code, geom, *, upload=ONE, judgement="warn", own="use_surface", tells=()):
    ground = replace(
        JUDGED,
        others={layer: shapes(**{f"c{other_code}": geom})},
        judgements=JUDGED.judgements | {layer: judgement},
    )
    return Case(upload, ground, tells=tells, layer=own)


FARM = features(square(0, 0), codes=[f"{DISTRICT}JD00001"])
HOMESTEAD = features(square(0, 0), codes=[f"{DISTRICT}JC00001"])
OWNED = f"{DISTRICT}JA00001"


def plot(code, parcel=f"{DISTRICT}JD00001"):
    return {"DK": table([{"ZDDM": parcel, "DKBM": code, "SCMJ": 399.0, "HTMJ": 380.0}])}


def halves(*more, west=(5, 10), floors=(1, 1)):
    """Return the outlines of two flats that share the house, from ``west`` to the middle and beyond."""
    shapes_ = [box(E + west[0], N + 5, E + west[1], N + 15), box(E + 10, N + 5, E + 15, N + 15)]
    rows = [{"BDCDYH": f"{BUILDING}{number:04d}", "SJCS": floor} for number, floor in enumerate(floors, 1)]
    return table([*rows, *(row for row, _ in more)], [*shapes_, *(geom for _, geom in more)])


AS_DRAWN = ("points_once", "lines_on_boundary", "buildings_apart")
PASSING = dict.fromkeys(("T20", "T21", "T22", "T23", "T36", "T37", "T38", "T42", *AS_DRAWN), HOUSE) | {
    # Use rights lie in ownership parcels, and beside contracted land.
    "layer_pair": over("collective", OWNED, square(-10, -10, 100), judgement="allow"),
    "inside_ownership": over("collective", OWNED, square(-10, -10, 100), upload=HOMESTEAD),
    "flat_outline": house((), FHT=halves(({"BDCDYH": f"{BUILDING}0001", "SJCS": 2}, square(5, 5, 10)))),
    "plot_code": Case(FARM, layer="contract", tables=plot(PLOT)),
}

ERROR, WARN = "error", "warning"
FAILING = {
    "points_once": [
        house(((WARN, "points_once_place"),), JZD=points([*RING, RING[0]])),
        house(((WARN, "points_once_number"),), JZD=points(JZDH="J1", ring=RING[:2])),
    ],
    "lines_on_boundary": [
        # Both ends are corners; the line takes the way across.
        house(((ERROR, "lines_on_boundary_off"),), JZX=bent((0, 20), (10, 20.002), (20, 20))),
        house(((ERROR, "lines_on_boundary_off"),), JZX=bent((0, 20), (20, 0))),
        house(((ERROR, "lines_on_boundary_twice"),), JZX=bent((20, 20), (0, 20))),
    ],
    "buildings_apart": [
        house(((WARN, "buildings_apart"),), ZRZ=two_buildings(square(14.99, 5, 4))),
        house(((WARN, "buildings_apart"),), ZRZ=two_buildings(square(6, 6, 2))),
        house(((WARN, "buildings_apart"),), ZRZ=two_buildings(square(5, 5, 10))),
    ],
    "flat_outline": [
        house(((ERROR, "flat_outline_overlap"),), FHT=halves(west=(5, 10.01))),
        house(((ERROR, "flat_outline_shape"),), FHT=halves(({"BDCDYH": f"{BUILDING}0001", "SJCS": 2}, BOW))),
        house(((ERROR, "flat_outline_shape"),), FHT=halves(({"BDCDYH": f"{BUILDING}0001", "SJCS": 2}, None))),
        house(((ERROR, "flat_outline_orphan"),), FHT=halves(({"BDCDYH": f"{BUILDING}0009", "SJCS": 1}, BOW))),
        house(((ERROR, "flat_outline_floor"),), FHT=halves(floors=(None, 1))),
        house(
            ((ERROR, "flat_outline_repeated"),) * 2,
            FHT=halves(({"BDCDYH": f"{BUILDING}0001", "SJCS": 1}, square(5, 5, 10))),
        ),
        house((("info", "flat_outline_outside"),), FHT=halves(west=(3.5, 10))),
        house(((ERROR, "flat_outline_overlap"),), H=flats({}, {}), FHT=halves(west=(5, 11))),
    ],
    "T20": [
        house(((ERROR, "T20_corner_without_point"),), JZD=points(RING[:3])),
        house(((ERROR, "T20_point_off_corner"),), JZD=points([*RING, (10, 20)])),
        house(((ERROR, "T20_parcel_unknown"),) * 4 + ((ERROR, "T20_no_points"),), JZD=points(code=CODES[5])),
    ],
    "T21": [
        house(((ERROR, "T21_sequence"),), JZD=points(numbers=[1, 2, 4, 5])),
        house(((ERROR, "T21_sequence"),), JZD=points(numbers=[1, 2, 2, 3])),
        # A numbering from 0 misses the number of its length.
        house(((ERROR, "T21_sequence"),), JZD=points(numbers=[0, 1, 2, 3])),
        house(((ERROR, "T21_sequence"),), JZD=points(numbers=[5, 2, 3, 4])),
        house(((WARN, "T21_first_point"),), JZD=points([*RING[1:], RING[0]])),
    ],
    "T22": [
        house(((WARN, "T22_length"),), JZX=lines(lengths=[20.05, 20, 20, 20])),
        house(((ERROR, "T22_length"),), JZX=lines(lengths=[20.11, 20, 20, 20])),
        # Points of class 3 may be farther off before a length is an error.
        house(((WARN, "T22_length"),), JZX=lines(lengths=[20.15, 20, 20, 20]), JZD=points(JDDJ="三级")),
        house(((ERROR, "T22_end_off_point"),) * 2, JZX=lines([(0, 20), (20, 20), (20, 0), (0, 1)])),
        house(((ERROR, "T22_number_unknown"),) * 4, JZX=lines(QDH="J9")),
        house(((ERROR, "T22_parcel_unknown"),) * 4, JZX=lines(code=CODES[5])),
    ],
    "T23": [house(((ERROR, "T23_sides"),), JZX=lines(RING, lengths=[20, 20, 20, 20.05]))],
    "T36": [
        house(((ERROR, "T36_flat_measured"),), H=flats({}, {"SCFTJZMJ": 20.02})),
        house(
            ((ERROR, "T36_flat_predicted"),),
            H=flats({}, {"YCJZMJ": 98.0, "YCTNJZMJ": 80.0, "YCFTJZMJ": 20.0}),
        ),
        house(((ERROR, "T36_building_measured"),), ZRZ=building(SCJZMJ=200.03)),
        house(
            ((ERROR, "T36_building_predicted"),),
            ZRZ=building(YCJZMJ=190.0),
            H=flats({"YCJZMJ": 98.0}, {"YCJZMJ": 98.0}),
        ),
    ],
    "T37": [
        house(((WARN, "T37_overhang"),), ZRZ=building(square(15, 5, 10))),
        house(((ERROR, "T37_larger"),), ZRZ=building(square(-5, -5, 30))),
    ],
    "T38": [house(((ERROR, "T38_shares"),), H=flats({"FTTDMJ": 200.0}, {"FTTDMJ": 200.1}))],
    "T42": [
        house(((ERROR, "T42_building_code"),), ZRZ=building(ZRZH=f"{PARCEL}F1"), H=table([]), C=table([])),
        house(((ERROR, "T42_repeated"),) * 2, H=flats({"BDCDYH": f"{BUILDING}0002"}, {})),
        house(((ERROR, "T42_other_parcel"),), ZRZ=building(ZDDM=CODES[1])),
        house(
            ((ERROR, "T42_building_orphan"),),
            ZRZ=building(ZRZH=f"{CODES[6]}F0001", ZDDM=CODES[6]),
            H=table([]),
            C=table([]),
        ),
        house(((ERROR, "T42_floor_orphan"),), C=table([{"ZRZH": f"{PARCEL}F0007", "CH": 1}])),
        house(
            ((ERROR, "T42_flat_orphan"),), H=flats({"ZRZH": f"{PARCEL}F0007", "BDCDYH": f"{PARCEL}F00070001"})
        ),
        house(((ERROR, "T42_other_building"),), H=flats({"ZRZH": f"{PARCEL}F0007"})),
        house(((ERROR, "T42_unit_code"),), H=flats({"BDCDYH": None})),
        house(((ERROR, "T42_incomplete"),), H=flats({"CH": None})),
        house(((ERROR, "T42_no_area"),), H=flats({"SCJZMJ": None})),
        house(
            ((ERROR, "T42_no_footprint"),),
            ZRZ=table([{"ZRZH": BUILDING, "ZDDM": PARCEL}]),
        ),
    ],
    "layer_pair": [
        over("contract", f"{DISTRICT}JD00001", square(10, 0), tells=((WARN, "layer_pair_overlap"),)),
        over(
            "contract",
            f"{DISTRICT}JD00001",
            square(10, 0),
            upload=HOMESTEAD,
            tells=((WARN, "layer_pair_homestead"),),
        ),
        # What the matrix calls an error is one.
        over(
            "forest",
            f"{DISTRICT}JE00001",
            square(10, 0),
            upload=FARM,
            own="contract",
            judgement="error",
            tells=((ERROR, "layer_pair_overlap"),),
        ),
    ],
    "inside_ownership": [
        over("collective", OWNED, square(0, 0, 19), upload=HOMESTEAD, tells=((WARN, "outside_ownership"),)),
    ],
    "plot_code": [
        Case(FARM, layer="contract", tables=plot("42120200100401"), tells=((ERROR, "plot_code_malformed"),)),
        Case(
            FARM,
            layer="contract",
            tables=plot("421281" + PLOT[6:]),
            tells=((ERROR, "plot_code_county"),),
        ),
        Case(
            FARM,
            layer="contract",
            tables=plot(PLOT, f"{DISTRICT}JD00009"),
            tells=((ERROR, "plot_parcel_unknown"),),
        ),
    ],
}
