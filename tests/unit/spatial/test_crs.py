import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from spatial.city_window import Looks, looks
from spatial.crs import ACCEPTED, CrsProblem, facts, identify, to_degrees, to_plane


@pytest.mark.parametrize("epsg", ACCEPTED)
def test_accepted_systems_are_known_by_code_and_by_esri_text(epsg):
    assert identify(f"EPSG:{epsg}") == epsg
    assert identify(CRS.from_epsg(epsg).to_wkt("WKT1_ESRI")) == epsg
    assert facts(epsg).degrees == (epsg in {4490, 4326})


def test_a_plane_of_another_name_is_known_by_its_parameters():
    text = CRS.from_epsg(4547).to_wkt("WKT1_ESRI").replace("CGCS2000_3_Degree_GK_CM_114E", "MyCity")
    assert identify(text) == 4547


@pytest.mark.parametrize("epsg", [2362, 2383, 2414, 4610, 4214])
def test_old_datums_are_refused(epsg):
    with pytest.raises(CrsProblem) as problem:
        identify(CRS.from_epsg(epsg).to_wkt("WKT1_ESRI"))
    assert problem.value.code == "datum_refused"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("EPSG:4524", "crs_contradicted"),
        ("EPSG:3857", "crs_contradicted"),
        ("hello", "crs_missing"),
        ("", "crs_missing"),
        ("GCJ-02", "datum_refused"),
    ],
)
def test_what_is_not_the_citys_is_named(text, code):
    with pytest.raises(CrsProblem) as problem:
        identify(text)
    assert problem.value.code == code


def test_coordinates_are_told_by_the_citys_window():
    pairs = np.array(
        [
            [530_925.1, 3_302_420.2],
            [38_530_925.1, 3_302_420.2],
            [3_302_420.2, 530_925.1],
            [114.3, 29.8],
            [29.8, 114.3],
            [1, 2],
        ]
    )
    assert looks(pairs).tolist() == [
        Looks.PLANE, Looks.ZONED, Looks.PLANE_SWAPPED, Looks.DEGREES, Looks.DEGREES_SWAPPED, Looks.ELSEWHERE,
    ]  # fmt: skip


def test_the_sample_of_the_domain_text():
    plane = to_plane(np.array([[114.32, 29.84]]), 4490)
    assert plane.tolist() == [[530_925.1, 3_302_420.193]]
    assert to_plane(plane + np.array([38_000_000.0, 0.0]), 4526).tolist() == plane.tolist()


@given(st.floats(454_500, 594_200), st.floats(3_213_000, 3_355_700))
def test_there_and_back_is_within_a_millimetre(east, north):
    pair = np.round(np.array([[east, north]]), 3)
    assert np.abs(to_plane(to_degrees(pair), 4490) - pair).max() <= 0.0011


def test_the_six_degree_zones_beside_are_the_three_degree_ones():
    assert [identify(f"EPSG:{code}") for code in (4508, 4509)] == [4546, 4548]
