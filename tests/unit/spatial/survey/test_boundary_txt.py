import tarfile

import geopandas as gpd
import numpy as np
import pytest
import shapely

from spatial.survey.readers.boundary_txt import parse
from spatial.survey.readers.records import Asked, Unreadable
from spatial.survey.readers.text_content import text_content

HEAD = "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n带号=38\n[地块坐标]\n"
SQUARE = (
    "J1,1,3302420.000,38531000.000\nJ2,1,3302420.000,38531030.000\n"
    "J3,1,3302400.000,38531030.000\nJ4,1,3302400.000,38531000.000\n"
)
HOLE = (
    "J5,2,3302412.000,38531010.000\nJ6,2,3302408.000,38531010.000\n"
    "J7,2,3302408.000,38531014.000\nJ8,2,3302412.000,38531014.000\n"
)


def read(text, encoding="utf-8"):
    return text_content(text.encode(encoding), Asked())


def block(points=SQUARE, *, count=4, area="0.0600", head_tail="面,,住宅用地,0701"):
    return HEAD + f"{count},{area},421202001004GB00011,地块1,{head_tail},@\n" + points


def test_a_hole_is_cut_and_the_area_agrees():
    content = read(block(SQUARE + HOLE, count=8, area="0.0584"))
    assert content.geoms[0].area == pytest.approx(584.0)
    assert content.rows[0]["zddm"] == "421202001004GB00011"
    assert content.rows[0]["ZDMJ"] == 584.0
    assert content.notes == []


def test_numbers_of_points_may_begin_again_in_every_ring():
    again = HOLE.replace("J5", "J1").replace("J6", "J2").replace("J7", "J3").replace("J8", "J4")
    content = read(block(SQUARE + again, count=8, area="0.0584"))
    assert (content.geoms[0].area, content.notes) == (pytest.approx(584.0), [])


def test_a_second_ring_outside_is_a_second_part():
    far = HOLE.replace("385310", "385311")
    assert len(read(block(SQUARE + far, count=8, area="0.0616")).geoms[0].geoms) == 2


def test_two_outer_rings_may_both_be_numbered_one():
    closed = SQUARE + "J1,1,3302420.000,38531000.000\n"
    far = (HOLE + "J5,2,3302412.000,38531010.000\n").replace(",2,", ",1,").replace("385310", "385311")
    assert len(read(block(closed + far, count=10, area="0.0616")).geoms[0].geoms) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_encodings_are_told_apart(encoding):
    assert read(block(), encoding).rows[0]["name"] == "地块1"


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda text: text.replace("4,0.0600", "9,0.0600"), "txt_point_count"),
        (lambda text: text.replace("4,0.0600", "4,600.00"), "txt_area_square_metres"),
        (lambda text: text.replace("38531", "531"), "txt_prefix_absent"),
        (lambda text: text.replace("38531000", "531000", 1), "txt_prefix_mixed"),
        (lambda text: text.replace("坐标系=2000国家大地坐标系\n", ""), "txt_datum_assumed"),
        (lambda text: text.replace("0.0600", "约六百"), "txt_area_unreadable"),
        (lambda text: text.replace(",面", ""), "txt_shape_assumed"),
    ],
)
def test_odd_habits_are_accepted_and_noted(change, note):
    content = read(change(block()))
    assert [found.code for found in content.notes] == [note]
    assert content.geoms[0].area == pytest.approx(600.0)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: text.replace("\n", "\r\n\r\n"),
        lambda text: text.replace(",", "，").replace("[", "【").replace("]", "】"),
        lambda text: text.replace("0.0600", "0.0600公顷"),
        lambda text: text.replace("0.0600", "600.00平方米"),
        lambda text: text.replace("J", ""),
        lambda text: text.replace(",1,33", ",33"),
        lambda text: text.replace("4,0.0600", "5,0.0600"),
        lambda text: text + "J1,1,3302420.000,38531000.000\n",
        lambda text: text.replace("带号=38", "带号="),
        lambda text: text.replace("几度分带=3\n带号=38\n", ""),
        lambda text: text.replace("[属性描述]", "【属性描述】").replace("带号=38", "转换参数=,,,,,,"),
        lambda text: text.replace("0701,@", "@"),  # eight fields before the mark, not nine
        lambda text: text.replace(",", " , "),
        lambda text: text.replace("J3", "J1").replace("J4", "J2"),
    ],
)
def test_variants_mean_the_same(change):
    content = read(change(block()))
    assert content.notes == []
    assert content.geoms[0].area == pytest.approx(600.0)
    assert content.rows[0]["ZDMJ"] == pytest.approx(600.0)


def test_an_area_that_includes_the_hole_is_another_habit():
    content = read(block(SQUARE + HOLE, count=8, area="0.0600"))
    assert [note.code for note in content.notes] == ["txt_area_with_holes"]
    assert "ZDMJ" not in content.rows[0]


@pytest.mark.parametrize(
    ("change", "code", "line"),
    [
        (lambda text: text.replace("3302400.000,38531030.000", "33024"), "unreadable_file", 9),
        (lambda text: text.replace("3302400.000,38531030.000", "abc,38531030.000"), "unreadable_file", 9),
        (lambda text: text.replace("3302400.000,38531030.000", "NaN,38531030.000"), "geometry_not_finite", 9),
        (lambda text: text.replace("带号=38", "带号=37"), "crs_contradicted", 4),
        (lambda text: text.replace("几度分带=3", "几度分带=6"), "crs_contradicted", 3),
        (lambda text: text.replace("2000国家大地坐标系", "1954年北京坐标系"), "datum_refused", 2),
        (lambda text: text.replace("38531", "37531"), "zone_prefix", 7),
        (lambda text: text.replace("面,", "线,"), "wrong_type", 6),
        (lambda text: text.replace("J3", "x,y\nJ3"), "unreadable_file", 9),
        (lambda text: text.replace("带号=38", "what is this"), "unreadable_file", 4),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_line(change, code, line):
    with pytest.raises(Unreadable) as refused:
        read(change(block()))
    assert (refused.value.code, refused.value.params["line"]) == (code, line)


def test_swapped_axes_are_refused_with_the_line_of_the_first_point():
    swapped = HEAD + "4,0.06,1,a,面,,,,@\n"
    for row in SQUARE.splitlines():
        number, ring, north, east = row.split(",")
        swapped += f"{number},{ring},{east},{north}\n"
    with pytest.raises(Unreadable) as refused:
        read(swapped)
    assert (refused.value.code, refused.value.params["line"]) == ("axes_swapped", 7)


def test_binary_zeros_are_no_text():
    with pytest.raises(Unreadable, match="txt_binary"):
        parse(b"[\0]")


# ---------------------------------------------------------------- the corpus of derived files

TRUTH = {
    "01_standard_gbk": ["A", "B"],
    "02_utf8_bom": ["A"],
    "03_hole_ring2": ["hole"],
    "04_no_zone_prefix": ["A"],
    "06_not_closed": ["A"],
    "08_point_count_wrong": ["A"],
    "09_area_wrong": ["A"],
    "10_cad_brackets": ["A"],
    "11_no_J_crlf_blank_lines": ["B"],
    "12_straddles_two_counties": ["straddle"],
    "14_adjacent_plots": ["A", "neighbour"],
    "20_twelve_columns": ["A"],
    "21_comma_in_name": ["A"],
    "22_three_columns": ["A"],
    "24_clockwise": ["A"],
    "25_multipart": [("A", "B")],
}
REFUSED = {
    "05_axes_swapped": ("axes_swapped", 14),
    "07_wrong_zone_header_37": ("crs_contradicted", 9),
    "17_truncated_line": ("unreadable_file", 25),
    "18_xian80_header": ("datum_refused", 5),
    "19_degrees_in_coords": ("crs_contradicted", 8),
    "23_header_only": ("unreadable_file", None),
}
# Readable, but their shapes are faulty on purpose: for the rules to find.
FAULTY = {"13_overlapping_plots": 2, "15_self_intersecting": 1, "16_dup_vertex_and_spike": 1}


@pytest.fixture(scope="module")
def corpus(shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("txt")
    with tarfile.open(shared_data / "boundary_txt.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "boundary_txt"


@pytest.fixture(scope="module")
def truth(corpus):
    frame = gpd.read_file(corpus / "truth.geojson").set_index("key").geometry
    return {key: shapely.transform(geom, lambda xy: np.round(xy, 3)) for key, geom in frame.items()}


@pytest.mark.shared_data
def test_the_corpus_is_the_one_known(corpus):
    names = {path.stem for path in corpus.glob("*.txt")}
    assert names == TRUTH.keys() | REFUSED.keys() | FAULTY.keys()


@pytest.mark.shared_data
@pytest.mark.parametrize(("name", "keys"), TRUTH.items())
def test_a_file_of_the_corpus_gives_the_true_shapes(corpus, truth, name, keys):
    content = text_content((corpus / f"{name}.txt").read_bytes(), Asked())
    assert len(content.geoms) == len(keys)
    for geom, key in zip(content.geoms, keys, strict=True):
        names = key if isinstance(key, tuple) else (key,)
        expected = shapely.normalize(shapely.MultiPolygon([truth[one] for one in names]))
        assert shapely.equals_exact(shapely.normalize(geom), expected, 0.0005)


@pytest.mark.shared_data
@pytest.mark.parametrize(("name", "expected"), REFUSED.items())
def test_a_file_of_the_corpus_is_refused_by_name_and_line(corpus, name, expected):
    with pytest.raises(Unreadable) as refused:
        text_content((corpus / f"{name}.txt").read_bytes(), Asked())
    assert (refused.value.code, refused.value.params.get("line")) == expected


@pytest.mark.shared_data
@pytest.mark.parametrize(("name", "count"), FAULTY.items())
def test_a_faulty_shape_is_handed_on_as_it_is(corpus, name, count):
    content = text_content((corpus / f"{name}.txt").read_bytes(), Asked())
    assert len(content.geoms) == count
    assert all(geom is not None for geom in content.geoms)


def test_a_number_that_nothing_can_be_measured_with_is_refused():
    with pytest.raises(Unreadable) as error:
        read(block(SQUARE.replace("3302420.000", "3302420000000000.000", 1)))
    assert (error.value.code, error.value.reason) == ("geometry_not_finite", "coordinate_beyond")
