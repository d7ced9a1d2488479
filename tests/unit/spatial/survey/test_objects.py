"""What is read from the tables beside parcels, and what a rule says without them."""

from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import LineString, MultiLineString, MultiPoint, MultiPolygon, Point, box

from data.messages import known, text
from spatial.survey.checks import RULES, run_rule
from spatial.survey.objects.drafts import draft_objects
from spatial.survey.objects.land import add_land_tables
from spatial.survey.readers.records import Content, ObjectTable, Source
from spatial.survey.rules.catalogue import catalogue
from spatial.survey.rules.context import Told
from tests.unit.spatial.survey.object_fixtures import BUILDING, PARCEL, points, table
from tests.unit.spatial.survey.rule_fixtures import PLAIN, Case, E, N, features, square


def one(name, row, geom=None):
    objects, notes = draft_objects({name: table([row], [geom])})
    (draft,) = objects.points + objects.lines + objects.buildings + objects.floors + objects.flats
    return draft, notes


def test_column_names_are_read_in_any_case():
    draft, notes = one("JZD", {"zdzhdm": PARCEL.lower(), "jzdh": "J1", "SxH": "1"}, Point(E, N))
    assert (draft.parcel_code, draft.point_no, draft.seq, notes) == (PARCEL, "J1", 1, [])


def test_a_point_without_a_shape_is_placed_by_its_numbers_north_first():
    draft, _ = one("JZD", {"XZBZ": N, "YZBZ": 38_000_000 + E})
    assert (draft.geom.x, draft.geom.y) == (E, N)
    draft, _ = one("JZD", {"XZBZ": str(N), "YZBZ": str(E)})
    assert (draft.geom.x, draft.geom.y) == (E, N)


def test_a_multipoint_of_one_is_a_point_and_of_two_is_none():
    assert one("JZD", {}, MultiPoint([(E, N)]))[0].geom == Point(E, N)
    assert one("JZD", {}, MultiPoint([(E, N), (E, N + 1)]))[0].geom is None


def test_shapes_of_many_rows_keep_their_places():
    at = {"XZBZ": N, "YZBZ": E}
    shapes = [None, MultiPoint([(E, N + 1)]), box(E, N, E + 1, N + 1), Point(), Point(E, N + 2, 7), None]
    objects, _ = draft_objects({"JZD": table([at, at, at, at, at, {}], shapes)})
    nowhere = [None, None]  # a shape that is no point is not replaced by the row's numbers
    assert [point.geom for point in objects.points] == [
        Point(E, N), Point(E, N + 1), *nowhere, Point(E, N + 2), None
    ]  # fmt: skip
    assert not objects.points[4].geom.has_z
    pieces = MultiLineString([[(E, N), (E + 1, N)], [(E + 1, N), (E + 2, N)]])
    objects, _ = draft_objects({"JZX": table([{}] * 4, [Point(E, N), pieces, None, pieces.geoms[0]])})
    assert [line.geom for line in objects.lines] == [
        None, LineString([(E, N), (E + 1, N), (E + 2, N)]), None, pieces.geoms[0]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "accuracy"), [("1", 1), ("一级", 1), ("二级", 2), (3, 3), ("四", None), (None, None)]
)
def test_the_accuracy_class_is_read_as_written_in_practice(written, accuracy):
    assert one("JZD", {"JDDJ": written}, Point(E, N))[0].accuracy_class == accuracy


@pytest.mark.parametrize("value", ["abc", "1e400", -3, True, "nan", 1e12])
def test_an_area_that_is_no_sensible_number_is_none_and_a_remark(value):
    draft, (note,) = one("H", {"BDCDYH": f"{BUILDING}0001", "SCJZMJ": value})
    assert draft.measured_m2 is None
    assert (note.code, note.severity, note.params["column"]) == (
        "object_number_unreadable",
        "warning",
        "SCJZMJ",
    )
    shown = text("survey.finding.object_number_unreadable", "zh", **note.params)
    assert "SCJZMJ" in shown
    assert "{" not in shown


def test_bad_numbers_of_a_column_are_one_remark():
    _, (note,) = draft_objects({"JZX": table([{"JZXCD": "x"}, {"JZXCD": 3}, {"JZXCD": "y"}])})
    assert (note.params["count"], note.params["row"], note.params["value"]) == (2, 1, "x")


def test_a_building_says_its_floors_year_and_parcel():
    row = {"ZRZH": BUILDING, "ZCS": 8, "DXCS": 2, "JGRQ": "2023-06-15", "SCJZMJ": 10.5}
    draft, _ = one("ZRZ", row, box(E, N, E + 1, N + 1))
    assert (draft.floors, draft.floors_below, draft.built_year) == (6, 2, 2023)
    assert (draft.parcel_code, draft.measured_m2) == (PARCEL, 10.5)
    assert isinstance(draft.geom, MultiPolygon)


def content(rows):
    return Content(Source("t", "ZD", 4547, ""), np.array([None] * len(rows)), rows, {}, [])


def test_plots_and_stands_in_the_parcels_own_columns_become_tables():
    made = content(
        [{"ZDDM": PARCEL, "DKBM": "1" * 19, "HTMJ": 5}, {"zddm": PARCEL, "LB": "3", "XB": "12、13 14"}]
    )
    add_land_tables(made)
    objects, _ = draft_objects(made.objects)
    assert [(plot.parcel_code, plot.plot_code, plot.contract_m2) for plot in objects.plots] == [
        (PARCEL, "1" * 19, 5.0)
    ]
    assert [(stand.compartment, stand.stand_no) for stand in objects.stands] == [
        ("3", "12"),
        ("3", "13"),
        ("3", "14"),
    ]


def test_tables_of_the_file_stand_before_the_parcels_columns():
    made = content([{"ZDDM": PARCEL, "DKBM": "1" * 19}])
    made.objects["DK"] = ObjectTable(np.array([None]), [{"ZDDM": PARCEL, "DKBM": "2" * 19}])
    add_land_tables(made)
    assert [row["DKBM"] for row in made.objects["DK"].rows] == ["2" * 19]


@pytest.mark.parametrize(
    ("rule_id", "reason"),
    [
        ("T20", "no_table_JZD"),
        ("T21", "no_table_JZD"),
        ("T22", "no_table_JZX"),
        ("T23", "no_table_JZX"),
        ("T36", "no_table_H"),
        ("T37", "no_table_ZRZ"),
        ("T38", "no_table_H"),
        ("T42", "no_table_ZRZ"),
        ("plot_code", "no_table_DK"),
        ("layer_pair", "register_not_known"),
        ("inside_ownership", "ownership_not_known"),
    ],
)
def test_a_rule_without_its_table_is_not_run_and_says_why(rule_id, reason):
    layer = "contract" if rule_id == "plot_code" else "use_surface"
    result, found = run_rule(catalogue()[rule_id], RULES[rule_id], replace(PLAIN, layer=layer).context())
    assert (result.result, result.reason, found) == ("not_run", reason, [])
    assert known(f"survey.not_run.{reason}")


def test_a_long_boundary_is_judged_in_no_time():
    ring = [(number * 0.5, (number % 2) * 0.25) for number in range(4_000)] + [(2_000, -100), (0, -100)]
    parcel = type(square(0, 0))([(E + east, N + north) for east, north in ring])
    case = Case(features(parcel), tables={"JZD": points(ring)})
    told = Told(catalogue()["T20"], case.context())
    RULES["T20"](told.context, told)
    assert told.findings == []


def told_of(rule_id, case):
    told = Told(catalogue()[rule_id], case.context())
    RULES[rule_id](told.context, told)
    return told


def test_a_line_that_names_no_point_is_not_measured_between_points_without_a_number():
    bare = [{"ZDZHDM": PARCEL, "SXH": seq} for seq in (1, 2)]
    case = Case(
        features(square(0, 0)),
        tables={
            "JZD": table(bare, [Point(E, N), Point(E + 20, N)]),
            "JZX": table([{"ZDZHDM": PARCEL, "JZXCD": 20.0}]),
        },
    )
    told = told_of("T22", case)
    assert (told.findings, told.skipped) == ([], 1)


def test_each_end_of_each_line_is_told_where_no_point_is():
    corners = [(0, 0), (20, 0), (20, 20)]
    ways = [
        [(0, 0), (9, 0), (20, 0)],
        [(1, 0), (20, 0)],
        None,
        [(20, 0), (20, 3), (20, 19)],
        [(5, 5), (6, 6)],
    ]
    drawn = [way and LineString([(E + east, N + north) for east, north in way]) for way in ways]
    case = Case(
        features(square(0, 0)),
        tables={"JZD": points(corners), "JZX": table([{"ZDZHDM": PARCEL}] * 5, drawn)},
    )
    off = [(1, 0), (20, 19), (5, 5), (6, 6)]
    assert [finding.place for finding in told_of("T22", case).findings] == [
        Point(E + east, N + north) for east, north in off
    ]


def test_flats_of_no_building_are_not_those_of_a_building_without_a_code():
    case = Case(
        features(square(0, 0)),
        tables={
            "ZRZ": table([{"ZDDM": PARCEL, "SCJZMJ": 200.0}], [square(5, 5, 10)]),
            "H": table([{"SCJZMJ": 90.0, "SCTNJZMJ": 80.0, "SCFTJZMJ": 10.0}]),
        },
    )
    assert told_of("T36", case).findings == []
