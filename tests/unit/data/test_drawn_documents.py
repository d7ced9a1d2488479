"""Pages that are drawn: read back from the PDF with another library, and as a printer sees them."""

import io
import re
import shutil
import subprocess
from datetime import datetime

import pytest
from pypdf import PdfReader

from data.clock import SHANGHAI
from data.documents import faces, service
from data.documents.canvas import POINTS_PER_MM, Canvas
from data.documents.listing import wrap
from data.documents.records import Attachment, Pen

AT = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
# 鿰 is in the second face only, 䶮 in the first.
TEXT = "宗地图 䶮鿰𠀎 12.34"
RED = Pen("#e60012", None, 0.3)


def page(*, angle=0.0, anchor="start"):
    canvas = Canvas(100.0, 50.0)
    canvas.path([[(10, 10), (90, 10), (90, 40)]], RED, closed=True)
    canvas.circle(50, 25, 5, Pen("#000", "#0f0", 0.2))
    canvas.text(50, 45, TEXT, size=4.0, anchor=anchor, angle=angle)
    return canvas


def written(*pages):
    return service.draw_pdf(pages, title="图 <&>", created=AT)


@pytest.fixture(scope="module")
def reader():
    return PdfReader(io.BytesIO(written(page(), page())))


def test_same_pages_same_bytes():
    assert written(page()) == written(page())
    assert written(page()) != written(page(angle=1.0))


def test_texts_read_back_from_two_faces(reader):
    assert reader.pages[0].extract_text() == TEXT
    fonts = reader.pages[0]["/Resources"]["/Font"]
    inner = {name: font["/DescendantFonts"][0].get_object() for name, font in fonts.items()}
    assert {(name, font["/Subtype"]) for name, font in inner.items()} == {
        ("/F0", "/CIDFontType0"),
        ("/F1", "/CIDFontType2"),
    }
    assert "/FontFile3" in inner["/F0"]["/FontDescriptor"]
    assert "/FontFile2" in inner["/F1"]["/FontDescriptor"]


@pytest.mark.parametrize("character", ["\U0001f600", "\ue000", "\ufe00", "\U00010380"])
def test_what_no_face_has_is_an_empty_box_among_letters(character):
    canvas = Canvas(100.0, 50.0)
    canvas.text(50, 45, f"交款人 {character} 12.34", size=4.0)
    (only,) = PdfReader(io.BytesIO(written(canvas))).pages
    assert set(only["/Resources"]["/Font"]) == {"/F0"}
    assert "交款人" in only.extract_text()
    assert "12.34" in only.extract_text()


def test_letters_found_by_two_threads_at_first_use_are_of_one_face():
    before, _, _ = faces.find("宗")
    faces.faces.cache_clear()
    faces.find.cache_clear()
    after, _, _ = faces.find("宗")
    assert before.font is not after.font
    assert before == after


def test_widths_are_those_of_the_faces(reader):
    inner = reader.pages[0]["/Resources"]["/Font"]["/F0"]["/DescendantFonts"][0].get_object()
    widths = {wide[0] for wide in inner["/W"][1::2]}
    assert {1000, faces.width("1")} <= widths
    assert faces.width("宗地") == 2000


@pytest.mark.parametrize(("anchor", "part"), [("start", 0.0), ("middle", 0.5), ("end", 1.0)])
def test_a_text_begins_ends_or_has_its_middle_at_its_place(anchor, part):
    content = PdfReader(io.BytesIO(written(page(anchor=anchor)))).pages[0].get_contents().get_data()
    first = re.search(rb"([-\d.]+) ([-\d.]+) Tm", content)
    wide = faces.width(TEXT) * 4.0 / 1000
    assert float(first[1]) == pytest.approx(50 - part * wide, abs=0.001)
    assert float(first[2]) == pytest.approx(45)


def test_the_file_says_what_archives_ask(reader):
    root = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_data().decode()
    assert 'pdfaid:part="3" pdfaid:conformance="B"' in xmp
    assert reader.xmp_metadata.dc_title == {"x-default": "图 <&>"}
    assert reader.metadata.title == "图 <&>"
    assert reader.metadata.creation_date == AT
    assert reader.xmp_metadata.xmp_create_date.replace(tzinfo=None) == AT.replace(hour=2, tzinfo=None)
    profile = root["/OutputIntents"][0]["/DestOutputProfile"]
    assert profile.get_data()[36:40] == b"acsp"
    assert "/ID" in reader.trailer
    assert [float(side) for side in reader.pages[0].mediabox[2:]] == pytest.approx(
        [100 * POINTS_PER_MM, 50 * POINTS_PER_MM], abs=0.001
    )


def test_a_printer_puts_it_where_it_was_drawn(tmp_path):
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm is not installed")
    from PIL import Image

    (tmp_path / "page.pdf").write_bytes(written(page(anchor="middle")))
    # 254 dots an inch: ten a millimetre.
    command = ["pdftoppm", "-r", "254", "-png", "-singlefile", tmp_path / "page.pdf", tmp_path / "page"]
    subprocess.run(command, check=True)
    with Image.open(tmp_path / "page.png") as image:
        assert image.size == pytest.approx((1000, 500), abs=1)
        assert image.getpixel((300, 100)) == (230, 0, 18)
        assert image.getpixel((500, 250)) == (0, 255, 0)
        assert image.getpixel((100, 300)) == (255, 255, 255)
        # The text stands on its base line, with its middle in the middle.
        left, top, right, bottom = (
            image.crop((0, 405, 1000, 500)).convert("L").point(lambda grey: 255 * (grey < 128)).getbbox()
        )
    wide = faces.width(TEXT) * 4.0 / 100
    assert (left + right) / 2 == pytest.approx(500, abs=6)
    assert right - left == pytest.approx(wide, abs=12)
    assert top + 405 == pytest.approx(450 - 34, abs=4)
    assert bottom + 405 == pytest.approx(455, abs=5)


def test_files_are_carried_as_data_of_the_document():
    files = [Attachment("b.xml", b"<b/>", "乙"), Attachment("a.xml", b"<a/>", "甲", "Source")]
    first, second = (service.draw_pdf([page()], title="图", created=AT, attachments=files) for _ in range(2))
    assert first == second
    reader = PdfReader(io.BytesIO(first))
    assert {name: reader.attachments[name] for name in reader.attachments} == {
        "a.xml": [b"<a/>"],
        "b.xml": [b"<b/>"],
    }
    stated = [file.get_object() for file in reader.trailer["/Root"]["/AF"]]
    assert [(file["/UF"], file["/Desc"], file["/AFRelationship"]) for file in stated] == [
        ("a.xml", "甲", "/Source"),
        ("b.xml", "乙", "/Data"),
    ]
    assert {file["/EF"]["/F"]["/Subtype"] for file in stated} == {"/text/xml"}


def test_other_files_other_identifier():
    def identifier(content):
        pdf = service.draw_pdf(
            [page()], title="图", created=AT, attachments=[Attachment("a.xml", content, "")]
        )
        return PdfReader(io.BytesIO(pdf)).trailer["/ID"][0]

    assert identifier(b"<a/>") != identifier(b"<b/>")


@pytest.mark.parametrize(
    "text", ["界址点与已登记宗地重叠，超过限值 12.34 平方米。", "word " * 20, "x" * 90, "", "a\nb"]
)
def test_wrapped_lines_fit_and_lose_no_letter(text):
    lines = wrap(text, 10.0)
    assert "".join(lines) == text.replace("\n", " ")
    assert all(faces.width(line.rstrip()) <= 10_000 for line in lines)


def test_a_narrow_word_goes_whole_to_the_next_line():
    assert wrap("aaaa bbbb", 3.0) == ["aaaa ", "bbbb"]


def test_no_line_begins_with_a_comma():
    assert wrap("一二三四，五", 4.0) == ["一二三", "四，五"]
