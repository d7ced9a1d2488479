"""Parcel maps as they come out of the printer: measured in the PDF and in the SVG."""

import io
import re
from functools import cache
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely
from pypdf import PdfReader
from pypdf.generic import ContentStream

from spatial.parcelmap import service
from spatial.parcelmap.drawing import STRUCTURES
from spatial.parcelmap.records import Imprint, Subject
from spatial.parcels.points import boundary_points
from tests.unit.spatial.parcel_map_cases import (
    DAY,
    IMPRINT,
    at_origin,
    building,
    code,
    parcel,
    star,
    with_holes,
)

RED = (0.901961, 0.0, 0.070588)
MM_PER_POINT = 25.4 / 72
HOLDERS = {code(1): "张三、李四", code(2): "王五"}


@cache
def simple():
    """Return a parcel with two buildings and two neighbours, drawn with and without holders."""
    geom = at_origin(shapely.Polygon([(0, 0), (31.2, 2), (30, 24.637), (12.118, 26), (0.5, 25)]))
    west = at_origin(shapely.box(-20, -5, 31, 40)).difference(geom)
    south = at_origin(shapely.box(-30, -30, 90, -5))
    houses = [building(1, at_origin(shapely.box(4, 4, 14, 16)), 6, "3")]
    return Subject(parcel(1, geom), [parcel(2, west), parcel(3, south)], houses)


@cache
def pdf_of(name):
    subject = {"simple": simple(), "holes": Subject(parcel(11, with_holes()))}[name]
    drawing = service.draw(subject, IMPRINT)
    return subject, drawing, service.to_pdf(drawing, drawn_on=DAY)


def page_paths(reader, page):
    """Yield the rings of each path of a page, millimetres on paper, with width and colour of its pen."""
    matrix, stack, drawn, width = np.eye(3), [], None, 0.0
    rings = []
    for values, operator in ContentStream(reader.pages[page].get_contents(), reader).operations:
        numbers = [float(value) for value in values if isinstance(value, int | float)]
        match operator:
            case b"q":
                stack.append((matrix, drawn, width))
            case b"Q":
                matrix, drawn, width = stack.pop()
            case b"cm":
                matrix = np.array(numbers).reshape(3, 2) @ matrix[:2, :2] + [[0, 0], [0, 0], matrix[2, :2]]
                matrix = np.column_stack([matrix, [0, 0, 1]])
            case b"RG":
                drawn = tuple(numbers)
            case b"w":
                width = numbers[0]
            case b"m":
                rings.append([numbers])
            case b"l":
                rings[-1].append(numbers)
            case b"S" | b"B*" | b"f*":
                yield (
                    [on_paper(ring, matrix) for ring in rings if len(ring) > 1],
                    pen_mm(width, matrix),
                    drawn,
                )
                rings = []


def on_paper(ring, matrix):
    return (np.column_stack([ring, np.ones(len(ring))]) @ matrix)[:, :2] * MM_PER_POINT


def pen_mm(width, matrix):
    return width * np.hypot(*matrix[0, :2]) * MM_PER_POINT


def drawn_rings(pdf):
    """Return the rings stroked in the boundary's red, millimetres on paper, and the width of the pen."""
    paths = page_paths(PdfReader(io.BytesIO(pdf)), 0)
    return next((rings, pen) for rings, pen, ink in paths if ink == pytest.approx(RED, abs=1e-4))


def sides_of(rings):
    return np.concatenate([np.hypot(*(np.roll(ring, -1, axis=0) - ring).T) for ring in rings])


@pytest.mark.parametrize("name", ["simple", "holes"])
def test_every_side_measured_on_the_pdf_is_the_side_on_the_ground(name):
    subject, drawing, pdf = pdf_of(name)
    rings, pen_mm = drawn_rings(pdf)
    truth_mm = np.array([point.side_m for point in boundary_points(subject.parcel.geom)]) * 1_000
    assert np.abs(sides_of(rings) - truth_mm / drawing.choice.scale).max() < 0.1
    assert np.abs(sides_of(rings) - truth_mm / drawing.choice.scale).max() < 0.001
    assert pen_mm == pytest.approx(0.3, abs=0.001)


def test_the_drawing_stands_upright_where_it_was_laid_out():
    subject, drawing, pdf = pdf_of("simple")
    ring = drawn_rings(pdf)[0][0]
    points = boundary_points(subject.parcel.geom)
    # In the PDF y grows upwards, as north does.
    for drawn, ground in ((ring[:, 0], "east_m"), (ring[:, 1], "north_m")):
        truth = np.array([getattr(point, ground) for point in points])
        assert np.corrcoef(drawn, truth)[0, 1] == pytest.approx(1.0)
    laid_out = next(path for path in drawing.pages[0].paths if path.kind == "boundary").rings[0]
    upwards = np.column_stack([laid_out[:, 0], drawing.choice.paper.height_mm - laid_out[:, 1]])
    assert np.abs(ring - upwards).max() < 0.01


def test_what_the_map_says():
    subject, drawing, pdf = pdf_of("simple")
    reader = PdfReader(io.BytesIO(pdf))
    said = reader.pages[0].extract_text()
    for part in (
        "宗地图",
        code(1),
        "GB00001",
        "0701",
        f"{subject.parcel.official_area_m2} m²",
        "H50K12570120",
        f"1:{drawing.choice.scale}",
        "2000国家大地坐标系",
        "制图日期：2026年11月25日",
        "不作为划界依据",
        "审图号",
        "GB00002",
        "GB00003",
        f"{STRUCTURES['3']}6",
        "3300024.637",
        "北",
    ):
        assert part in said
    assert said.split().count("J1") == 3  # at the point, in the first row, in the last
    assert "土地权利人" not in said
    assert reader.pages[0].mediabox.width == pytest.approx(210 / MM_PER_POINT, abs=0.1)


def test_holders_are_named_for_who_may_see_them():
    shown = service.draw(simple(), Imprint("登记中心", DAY, holders=HOLDERS))
    texts = [text.text for text in shown.pages[0].texts]
    assert {"土地权利人", "张三、李四", "王五"} <= set(texts)
    hidden = service.draw(simple(), IMPRINT)
    assert not {"土地权利人", "张三、李四", "王五"} & {text.text for text in hidden.pages[0].texts}


def test_many_holders_are_written_whole():
    holders = "咸宁市某某城市建设投资开发有限责任公司、湖北省某某地理空间信息技术服务中心（有限合伙）"
    drawing = service.draw(simple(), Imprint("登记中心", DAY, holders={code(1): holders}))
    texts = drawing.pages[0].texts
    first = next(number for number, text in enumerate(texts) if holders.startswith(text.text[:9]))
    assert texts[first].text + texts[first + 1].text == holders


def test_fonts_are_embedded():
    _, _, pdf = pdf_of("simple")
    fonts = PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]["/Font"]
    assert fonts
    for font in fonts.values():
        inner = font.get_object()["/DescendantFonts"][0].get_object()
        assert "Noto-Sans-CJK-SC" in inner["/BaseFont"]
        assert inner["/FontDescriptor"].get_object().keys() & {"/FontFile2", "/FontFile3"}


def test_the_same_map_gives_the_same_bytes():
    _, drawing, pdf = pdf_of("simple")
    assert service.to_pdf(drawing, drawn_on=DAY) == pdf


def test_two_hundred_points_have_a_table_of_their_own():
    drawing = service.draw(Subject(parcel(21, star(200))), IMPRINT)
    pdf = service.to_pdf(drawing, drawn_on=DAY)
    first, second = (page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "界址点坐标表见附页" in first
    assert "点号和边长见坐标表" in first
    words = second.split()
    assert {f"J{number}" for number in range(1, 201)} <= set(words)
    assert words.count("J1") == 2
    assert "宗地面积" in second


@pytest.mark.parametrize(("name", "scale"), [("simple", 500), ("holes", None), ("star", None)])
def test_the_svg_has_the_same_lengths(name, scale):
    subject = {
        "simple": simple(),
        "holes": Subject(parcel(11, with_holes())),
        "star": Subject(parcel(21, star(200))),
    }[name]
    drawing = service.draw(subject, IMPRINT, scale=scale)
    root = ET.fromstring(service.to_svg(drawing))
    paper = drawing.choice.paper
    assert root.attrib["width"] == f"{paper.width_mm}mm"
    assert root.attrib["height"] == f"{paper.height_mm * len(drawing.pages)}mm"
    assert root.attrib["viewBox"].split()[2:] == [
        f"{paper.width_mm}",
        f"{paper.height_mm * len(drawing.pages)}",
    ]
    path = root.find(".//{*}path[@class='boundary']").attrib["d"]
    rings = [
        np.array([pair.split() for pair in re.split(r"[ML]", ring) if pair.strip()], dtype=float)
        for ring in path.split("Z")
        if ring.strip()
    ]
    truth_mm = np.array([point.side_m for point in boundary_points(subject.parcel.geom)]) * 1_000
    assert np.abs(sides_of(rings) - truth_mm / drawing.choice.scale).max() < 0.001


def test_a_name_with_marks_stays_a_name():
    holders = {code(1): "<script>&"}
    svg = service.to_svg(service.draw(simple(), Imprint("登记中心", DAY, holders=holders)))
    assert "<script>&" in [text.text for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_thousands_of_points_are_left_to_the_exchange_file():
    drawing = service.draw(Subject(parcel(31, star(3_000, radius=2_000.0))), IMPRINT)
    assert len(drawing.pages) == 1
    assert any("坐标见界址点文件" in text.text for text in drawing.pages[0].texts)
    assert len(next(path for path in drawing.pages[0].paths if path.kind == "boundary").rings[0]) == 3_000
    shown = [text for text in drawing.pages[0].texts if text.kind in {"number", "side"}]
    assert shown
    assert drawing.hidden_labels == 2 * 3_000 - len(shown)


def test_the_svg_needs_no_style_sheet():
    # Answers of the interface forbid inline styles; a browser would fill every line with black.
    root = ET.fromstring(service.to_svg(service.draw(simple(), IMPRINT)))
    assert root.find(".//{*}style") is None
    paths = root.findall(".//{*}path")
    assert all({"fill", "stroke", "stroke-width"} <= path.attrib.keys() for path in paths)
    assert root.find(".//{*}path[@class='boundary']").attrib["stroke-width"] == "0.3"
