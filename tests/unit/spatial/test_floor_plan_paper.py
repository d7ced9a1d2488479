"""Floor plans as they come out of the printer: measured in the PDF."""

import io
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import shapely
from pypdf import PdfReader

from spatial.floorplan import service
from spatial.floorplan.rules import frame_of
from spatial.parcelmap import service as maps
from spatial.parcels.points import boundary_points
from tests.unit.spatial.floor_plan_cases import DAY, IMPRINT, duplex, flat, hall, in_a_slab
from tests.unit.spatial.test_parcel_map_paper import page_paths, sides_of

CASES = {"flat": flat, "duplex": duplex, "slab": in_a_slab, "hall": hall}
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
    [("flat", "A4", 200), ("duplex", "A4", 200), ("slab", "A4", 200), ("hall", "A3", 1200)],
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


def test_the_svg_is_the_same_drawing():
    _, drawing, _ = pdf_of("duplex")
    svg = maps.to_svg(drawing)
    assert svg.count('class="flat"') == 2
    assert f"房产分户图 {drawing.code} 1:200" in svg
    assert 'class="seal"' in svg
