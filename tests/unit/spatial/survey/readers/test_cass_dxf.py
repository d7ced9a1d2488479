"""CASS drawings: which lines are parcels, whose code is whose, and what becomes of arcs."""

import math

import numpy as np
import pytest
import shapely

from spatial.survey.readers.cass_dxf import dxf_content
from spatial.survey.readers.limits import UPLOAD, Limits
from spatial.survey.readers.records import Asked, Unreadable
from tests.unit.spatial.survey.readers import files
from tests.unit.spatial.survey.readers.files import CODES, CORNERS, E, N

STATED = Asked(crs="EPSG:4547")


def read(folder, add=None, *, asked=STATED, limits=UPLOAD, **more):
    return dxf_content(files.drawing(folder, add=add, **more), asked, limits)


def refusal(folder, add=None, **more):
    with pytest.raises(Unreadable) as error:
        read(folder, add, **more)
    return error.value


def test_the_code_comes_from_the_marks_or_from_the_text_inside(tmp_path):
    content = read(tmp_path)
    assert [row["zddm"] for row in content.rows] == CODES
    assert content.rows[0]["holder"] == "张三"
    assert content.notes == []


def test_without_marks_a_line_with_no_text_inside_has_no_code(tmp_path):
    content = read(tmp_path, marks=False)
    assert ["zddm" in row for row in content.rows] == [False, True]


def test_two_codes_inside_are_no_code(tmp_path):
    def add(space):
        space.add_text(CODES[0], dxfattribs={"layer": "ZJ", "insert": (E + 35, N + 15), "height": 1})

    assert "zddm" not in read(tmp_path, add).rows[1]


def test_a_unit_code_in_the_text_gives_both_codes(tmp_path):
    def add(space):
        place = {"layer": "JZD"}
        space.add_lwpolyline([(E, N + 30), (E + 9, N + 30), (E + 9, N + 40)], close=True, dxfattribs=place)
        space.add_mtext("{\\H1;421224001001GB00009W00000000}", dxfattribs={"insert": (E + 8, N + 32)})

    row = read(tmp_path, add).rows[2]
    assert (row["zddm"], row["bdcdyh"]) == ("421224001001GB00009", "421224001001GB00009W00000000")


def test_points_come_with_their_numbers(tmp_path):
    table = read(tmp_path).objects["JZD"]
    assert [(point.x, point.y) for point in table.geoms] == CORNERS
    assert table.rows[0] == {"XZBZ": N + 20, "YZBZ": E, "JZDH": "J1"}


@pytest.mark.parametrize("turn", [0.0, 0.7, 3.0])
@pytest.mark.parametrize("bulge", [1.0, -1.0, math.tan(math.pi / 8), -0.05, 3.0])
def test_an_arc_becomes_chords_within_a_millimetre_and_is_remarked_on(tmp_path, bulge, turn):
    """A triangle with an arc outside its first side: the segment has a formula, a circle its chords."""
    chord, height = 10.0, 40.0
    side = math.copysign(1.0, bulge)
    along, across = np.array([math.cos(turn), math.sin(turn)]), np.array([-math.sin(turn), math.cos(turn)])
    first = np.array([E, N + 100])
    last = first + chord * along
    top = first + chord / 2 * along + side * height * across

    def add(space):
        corners = [(*first, bulge), (*last, 0), (*top, 0)]
        space.add_lwpolyline(corners, format="xyb", close=True, dxfattribs={"layer": "JZD"})

    content = read(tmp_path, add)
    assert [(note.code, note.feature_no, note.params["arcs"]) for note in content.notes] == [
        ("dxf_arcs_stroked", 3, 1)
    ]
    angle = 4 * math.atan(abs(bulge))
    radius = chord / 2 / math.sin(angle / 2)
    segment = radius**2 / 2 * (angle - math.sin(angle))
    assert content.geoms[2].area == pytest.approx(chord * height / 2 + segment, rel=2e-4)
    centre = (first + last) / 2 + side * radius * math.cos(angle / 2) * across
    points = shapely.get_coordinates(content.geoms[2])[:-1]
    on = np.abs(np.hypot(*(points - centre).T) - radius) < 0.002
    assert on.sum() == len(points) - 1  # all but the top
    assert radius * (1 - math.cos(angle / (on.sum() - 1) / 2)) <= 0.00101


def test_an_open_line_that_is_marked_as_a_parcel_is_a_fault(tmp_path):
    def add(space):
        line = space.add_lwpolyline([(E, N), (E + 5, N), (E + 5, N + 5)], dxfattribs={"layer": "JZD"})
        line.set_xdata("SOUTH", [(1000, "300000"), (1000, "9")])
        space.add_lwpolyline([(E, N), (E + 5, N)], dxfattribs={"layer": "JZX"})

    assert read(tmp_path, add).faults == {3: "ring_open"}


def test_a_line_closed_by_its_last_corner_and_an_old_polyline_are_taken(tmp_path):
    square = [(E, N + 50), (E + 5, N + 50), (E + 5, N + 55), (E, N + 55)]

    def add(space):
        space.add_lwpolyline([*square, square[0]], dxfattribs={"layer": "JZD"})
        space.add_polyline2d([(x + 10, y) for x, y in square], close=True, dxfattribs={"layer": "JZD"})

    assert [geom.area for geom in read(tmp_path, add).geoms[2:]] == [25.0, 25.0]


def test_a_line_inside_another_is_remarked_on(tmp_path):
    def add(space):
        inner = [(E + 2, N + 2), (E + 4, N + 2), (E + 4, N + 4)]
        space.add_lwpolyline(inner, close=True, dxfattribs={"layer": "JZD"})

    notes = read(tmp_path, add).notes
    assert [(note.code, note.feature_no, note.params) for note in notes] == [
        ("dxf_line_inside", 3, {"outer": 1})
    ]


def test_another_layer_may_be_named(tmp_path):
    def add(space):
        space.add_lwpolyline([(E, N), (E + 3, N), (E + 3, N + 4)], close=True, dxfattribs={"layer": "征地"})

    content = read(tmp_path, add, asked=Asked(source_layer="征地", crs="EPSG:4547"))
    assert [geom.area for geom in content.geoms] == [6.0]
    assert refusal(tmp_path, asked=Asked(source_layer="无", crs="EPSG:4547")).code == "source_layer_unknown"


def test_a_drawing_names_no_system_so_it_is_asked_for(tmp_path):
    problem = refusal(tmp_path, asked=Asked())
    assert (problem.code, problem.params["suggestion"]["value"]) == ("crs_missing", "EPSG:4547")


def test_nested_blocks_are_not_exploded(tmp_path):
    """Ten levels of ten inserts are 10¹⁰ lines when exploded."""

    def add(space):
        document = space.doc
        inner = document.blocks.new("b0")
        inner.add_lwpolyline([(0, 0), (1, 0), (1, 1)], close=True, dxfattribs={"layer": "JZD"})
        for level in range(1, 11):
            block = document.blocks.new(f"b{level}")
            for at in range(10):
                block.add_blockref(f"b{level - 1}", (at, 0))
        space.add_blockref("b10", (E, N))

    assert len(read(tmp_path, add).geoms) == 2


def test_more_entities_than_allowed_are_refused(tmp_path):
    assert refusal(tmp_path, limits=Limits(features=5)).code == "too_large"


def test_numbers_beyond_any_ground_are_refused(tmp_path):
    def add(space):
        space.add_lwpolyline([(1e300, 0), (1, 0), (1, 1)], close=True, dxfattribs={"layer": "JZD"})

    assert refusal(tmp_path, add).code == "geometry_not_finite"


def test_a_drawing_of_buildings_has_no_parcels(tmp_path):
    import ezdxf

    made = ezdxf.new("R2000")
    made.modelspace().add_lwpolyline(
        [(E, N), (E + 3, N), (E, N + 4)], close=True, dxfattribs={"layer": "JMD"}
    )
    made.saveas(tmp_path / "b.dxf")
    with pytest.raises(Unreadable) as error:
        dxf_content(tmp_path / "b.dxf", STATED, UPLOAD)
    assert (error.value.code, error.value.reason) == ("wrong_type", "dxf_no_parcels")


def test_an_entity_of_no_known_kind_is_passed_over(tmp_path):
    path = files.drawing(tmp_path)
    text = path.read_text("gbk")
    assert "\nTEXT\n" in text
    path.write_text(text.replace("\nTEXT\n", "\nAcDbText\n", 1), "gbk")
    assert len(dxf_content(path, STATED, UPLOAD).geoms) == 2
