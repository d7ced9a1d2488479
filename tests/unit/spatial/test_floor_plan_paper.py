"""Floor plans as they come out of the printer: measured in the PDF."""

import io
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import shapely
from pypdf import PdfReader

from spatial.floorplan import service
from spatial.floorplan.records import Storey
from spatial.floorplan.rules import frame_of, turn_of
from spatial.parcelmap import service as maps
from spatial.parcelmap.rules import text_width
from spatial.parcels.points import boundary_points
from tests.unit.spatial.floor_plan_cases import (
    DAY,
    IMPRINT,
    corridor,
    duplex,
    flat,
    hall,
    in_a_slab,
    turned,
)
from tests.unit.spatial.test_parcel_map_paper import page_paths, sides_of

CASES = {"flat": flat, "duplex": duplex, "slab": in_a_slab, "hall": hall, "corridor": corridor}
BOLD_MM = 0.5


@cache
def pdf_of(name, lang="zh"):
    subject = CASES[name]()
    drawing = service.draw(subject, replace(IMPRINT, lang=lang))
    return subject, drawing, PdfReader(io.BytesIO(maps.to_pdf(drawing, drawn_on=DAY)))


def bold(reader, page):
    """Return the rings drawn with the pen of the flat, millimetres on paper."""
    return [
        ring
        for rings, width_mm, _ in page_paths(reader, page)
        if width_mm == pytest.approx(BOLD_MM)
        for ring in rings
    ]


@pytest.mark.parametrize("name", CASES)
def test_every_side_measured_on_the_pdf_is_the_side_of_the_flat(name):
    subject, drawing, reader = pdf_of(name)
    assert len(reader.pages) == len(subject.storeys)
    for number, storey in enumerate(subject.storeys):
        rings = bold(reader, number)
        truth_mm = np.array([point.side_m for point in boundary_points(storey.outline)]) * 1_000
        measured = sides_of(rings)
        assert len(measured) == len(truth_mm)
        assert np.abs(measured - truth_mm / drawing.choice.scale).max() < 0.001
        said = reader.pages[number].extract_text().split()
        assert {f"{side / 1_000:.2f}" for side in truth_mm} <= set(said)


@pytest.mark.parametrize("name", CASES)
def test_the_flat_lies_in_the_frame(name):
    _, drawing, reader = pdf_of(name)
    frame, paper = frame_of(drawing.choice.paper), drawing.choice.paper
    room = shapely.box(frame.left, paper.height_mm - frame.bottom, frame.right, paper.height_mm - frame.top)
    for page in range(len(reader.pages)):
        assert all(room.contains(shapely.Polygon(ring)) for ring in bold(reader, page))


@pytest.mark.parametrize(
    ("name", "paper", "scale"),
    [
        ("flat", "A4", 200),
        ("duplex", "A4", 200),
        ("slab", "A4", 200),
        ("corridor", "A4", 300),
        ("hall", "A3", 1100),
    ],
)
def test_paper_and_scale(name, paper, scale):
    _, drawing, _ = pdf_of(name)
    assert (drawing.choice.paper.name, drawing.choice.scale) == (paper, scale)
    assert drawing.hidden_labels == 0


def test_what_the_plan_says():
    subject, _, reader = pdf_of("flat")
    said = reader.pages[0].extract_text()
    for part in (
        *("房产分户图", subject.unit.unit_code, "301", "302", "3 / 6", "咸安区永安大道12号1幢301室"),
        *(
            "钢筋混凝土结构",
            "成套住宅",
            "96.53",
            "15.87",
            "112.40 (实测)",
            "东 共墙，南 自墙，西 自墙",
            "1:200",
        ),
        *("咸宁市某测绘院", "张测", "李检", "2026-10-08", "2026-11-25", "测绘单位盖章处", "北"),
    ):
        assert part in said
    assert "北 自墙" not in said
    fonts = reader.pages[0]["/Resources"]["/Font"]
    assert all("/FontFile3" in f["/DescendantFonts"][0]["/FontDescriptor"] for f in fonts.values())


def test_an_english_plan_has_no_chinese_words_of_ours():
    _, _, reader = pdf_of("flat", "en")
    said = reader.pages[0].extract_text()
    for part in ("Floor plan of a flat", "Unit code", "112.40 (measured)", "E shared, S own, W own", "Seal"):
        assert part in said
    for part in ("分户图", "套内", "实测", "盖章", "单位"):
        assert part not in said


def test_a_prediction_is_said_to_be_one():
    subject = flat()
    unit = replace(
        subject.unit,
        measured_area_m2=None,
        predicted_area_m2=subject.unit.measured_area_m2,
        party_walls=None,
    )
    drawing = service.draw(replace(subject, unit=unit), IMPRINT)
    texts = [text.text for text in drawing.pages[0].texts]
    assert "112.40 (预测)" in texts
    assert texts[texts.index("墙体归属") + 1] == "—"


def test_each_floor_of_a_duplex_has_its_page():
    _, _, reader = pdf_of("duplex")
    floors = [page.extract_text() for page in reader.pages]
    assert ["3 / 6" in text for text in floors] == [True, False]
    assert ["4 / 6" in text for text in floors] == [False, True]
    assert "1 / 2" in floors[0]
    assert "2 / 2" in floors[1]
    assert ["302" in text for text in floors] == [True, False]


@pytest.mark.parametrize("name", CASES)
def test_the_house_stands_straight_and_the_arrow_says_where_north_is(name):
    _, drawing, reader = pdf_of(name)
    for page in range(len(reader.pages)):
        sides = np.diff(bold(reader, page)[0], axis=0)
        assert np.abs(sides).min(axis=1).max() < 0.01
    # The cases stand 12 degrees to the left in the grid: straight on paper, north leans as much to the right.
    (dark,) = [path.rings[0] for path in drawing.pages[0].paths if path.kind == "north_dark"]
    (letter,) = [text for text in drawing.pages[0].texts if text.text == "北"]
    frame = frame_of(drawing.choice.paper)
    tip, _, notch = dark
    east, north = tip - notch
    assert np.degrees(np.arctan2(east, -north)) == pytest.approx(12, abs=0.01)
    assert np.degrees(np.arctan2(letter.x - tip[0], tip[1] - letter.y)) == pytest.approx(12, abs=0.01)
    assert frame.top < letter.y - letter.size / 2
    assert letter.x + letter.size / 2 < frame.right


@pytest.mark.parametrize(
    ("degrees", "expected"), [(0, 0), (30, 30), (44, 44), (50, -40), (90, 0), (130, 40), (-12, -12)]
)
def test_north_stays_within_45_degrees_of_up(degrees, expected):
    assert turn_of([shapely.affinity.rotate(shapely.box(0, 0, 9, 5), degrees)]) == pytest.approx(expected)


def test_a_round_flat_is_not_turned():
    assert turn_of([turned(shapely.Point(8, 8).buffer(8))]) == 0.0


def texts_of(subject):
    return service.draw(subject, IMPRINT).pages[0].texts


def test_lengths_along_upright_walls_are_read_from_the_right():
    angles = {text.angle for text in texts_of(flat()) if text.kind == "side"}
    assert {round(angle) for angle in angles} == {0, -90}


def test_a_long_address_is_written_whole():
    subject = flat()
    address = (
        "湖北省咸宁市咸安区永安街道办事处永安大道一百二十八号"
        "温泉花园国际城二期工程第十二栋二单元三十三层三三零一号房"
    )
    found = texts_of(replace(subject, unit=replace(subject.unit, address=address)))
    first = next(number for number, text in enumerate(found) if address.startswith(text.text[:9]))
    assert found[first].text + found[first + 1].text == address
    assert min(found[first].size, found[first + 1].size) > 2.0


def test_a_flat_too_narrow_for_its_name_has_it_beside():
    subject = corridor()
    drawing = service.draw(subject, IMPRINT)
    (name,) = [text for text in drawing.pages[0].texts if text.kind == "name" and text.text == "301"]
    (own,) = [path for path in drawing.pages[0].paths if path.kind == "flat"]
    wide = text_width(name.text, name.size) / 2
    lies = shapely.box(name.x - wide, name.y - 1.2, name.x + wide, name.y + 1.2)
    assert shapely.distance(lies, shapely.Polygon(own.rings[0])) > 2
    assert name.size > 2


def test_no_length_lies_on_a_line_of_the_house():
    subject = flat()
    recessed = turned(shapely.box(0, 0, 11, 9))
    drawing = service.draw(replace(subject, storeys=[Storey(3, recessed)]), IMPRINT)
    lines = [shapely.linestrings(path.rings[0]) for path in drawing.pages[0].paths if path.kind == "storey"]
    (top,) = [text for text in drawing.pages[0].texts if text.text == "11.00" and text.y < 150]
    around = shapely.box(top.x - 4, top.y - 1.25, top.x + 4, top.y + 1.25)
    assert lines
    assert not any(around.intersects(line) for line in lines)


@pytest.mark.parametrize(("last", "said"), [("0001", "0001"), ("0000", "整幢")])
def test_a_flat_without_room_and_area_is_named_by_what_is_known(last, said):
    subject = flat()
    unit = replace(
        subject.unit,
        unit_code=subject.unit.unit_code[:-4] + last,
        room_no=None,
        measured_area_m2=None,
        inside_area_m2=None,
        shared_area_m2=None,
    )
    found = texts_of(replace(subject, unit=unit))
    assert [text.text for text in found if text.kind == "name"] == [said]
    assert not any("预测" in text.text for text in found)


def test_the_svg_is_the_same_drawing():
    _, drawing, _ = pdf_of("duplex")
    svg = maps.to_svg(drawing)
    assert svg.count('class="flat"') == 2
    assert f"房产分户图 {drawing.code} 1:200" in svg
    assert 'class="seal"' in svg
