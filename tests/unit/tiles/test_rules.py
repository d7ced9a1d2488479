from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.benchmarks.bench_tiles import choose, pgbench_script
from tiles.errors import LayerHasNoPast, LayerUnknown, TileOutside
from tiles.records import Address, Change, Request
from tiles.rules import (
    LAYERS,
    PARCEL_ZOOM,
    address_of,
    box_of,
    is_stale,
    query_of,
    screened,
    tilejson,
    touches,
)

DESIGNED = {
    "counties",
    "townships",
    "districts",
    "parcels",
    "buildings",
    "collective",
    "contract_land",
    "forest",
    "survey_draft",
    "findings",
    "cases",
    "heat",
}


def test_the_designed_layers_are_there():
    assert set(LAYERS) == DESIGNED


@pytest.mark.parametrize(
    "address",
    [
        ("-1", "0", "0"),
        ("99", "0", "0"),
        ("3", "8", "0"),
        ("3", "0", "8"),
        ("1.5", "0", "0"),
        ("０", "0", "0"),
        ("3", "+1", "0"),
        ("3", " 1", "0"),
        ("3", "01", "0"),
        ("14", "1000000000", "0"),
        ("", "0", "0"),
    ],
)
def test_an_address_outside_the_grid_is_no_tile(address):
    with pytest.raises(TileOutside):
        address_of(*address)


def test_a_tile_of_the_city_has_its_box():
    left, bottom, right, top = box_of(address_of("10", "836", "424"))
    assert right - left == pytest.approx(39135.758, abs=0.001)
    assert top - bottom == pytest.approx(39135.758, abs=0.001)
    assert (left, top) == pytest.approx((12680034.0, 3443907.0), abs=20000)


@pytest.mark.parametrize(("layer", "zoom"), [("parcels", 6), ("buildings", 13), ("counties", 15)])
def test_a_zoom_outside_the_layer_is_no_tile(layer, zoom):
    with pytest.raises(TileOutside):
        screened(Request(layer, Address(zoom, 0, 0)))


def test_an_unknown_layer_is_told():
    with pytest.raises(LayerUnknown):
        screened(Request("secrets", Address(10, 0, 0)))


def test_only_dated_layers_have_a_past():
    from datetime import date

    with pytest.raises(LayerHasNoPast):
        screened(Request("townships", Address(10, 0, 0), date(2020, 1, 1)))
    assert screened(Request("parcels", Address(14, 0, 0), date(2020, 1, 1))).name == "parcels"


@pytest.mark.parametrize(
    ("zoom", "query"),
    [(12, "parcel_cells"), (13, "parcels"), (15, "parcels"), (16, "parcels_labelled")],
)
def test_cells_stand_for_parcels_below_zoom_13(zoom, query):
    request = Request("parcels", Address(zoom, 0, 0))
    assert query_of(LAYERS["parcels"], request) == query
    earlier = replace(request, known_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert query_of(LAYERS["parcels"], earlier) == (query if zoom < 13 else f"{query}@known")


def test_a_change_makes_the_tiles_stale_that_its_box_meets():
    tile = Address(15, 26762, 13580)
    left, bottom, right, top = box_of(tile)
    inside = Change(1, "use_surface", (left + 1, bottom + 1, left + 2, bottom + 2))
    far = Change(2, "use_surface", (right + 9000, top + 9000, right + 9001, top + 9001))
    other = Change(3, "forest", inside.box)
    assert is_stale(LAYERS["parcels"], tile, inside)
    assert not is_stale(LAYERS["parcels"], tile, far)
    assert not is_stale(LAYERS["parcels"], tile, other)
    assert is_stale(LAYERS["parcels"], tile, Change(4, "use_surface", None))


def test_cells_are_stale_when_built_anew_only():
    tile = Address(PARCEL_ZOOM - 1, 3345, 1697)
    assert not is_stale(LAYERS["parcels"], tile, Change(1, "use_surface", None))
    assert is_stale(LAYERS["parcels"], tile, Change(2, "overview", None))
    assert not is_stale(LAYERS["counties"], tile, Change(3, "overview", None))


def test_a_box_in_the_margin_of_a_tile_touches_it():
    tile = Address(15, 26762, 13580)
    left, bottom, _, _ = box_of(tile)
    side = box_of(tile)[2] - left
    just_beside = (left - side * 0.01, bottom, left - side * 0.005, bottom + 1)
    farther = (left - side * 0.03, bottom, left - side * 0.02, bottom + 1)
    assert touches(tile, just_beside)
    assert not touches(tile, farther)


def test_tilejson_names_every_part_of_the_tile():
    document = tilejson(LAYERS["parcels"], "http://x/{z}/{x}/{y}", "notice")
    assert [part["id"] for part in document["vector_layers"]] == ["parcels", "parcels_cells", "parcels_label"]
    assert document["minzoom"] == 7
    assert document["attribution"] == "notice"


@pytest.mark.parametrize("name", ["survey_draft", "findings"])
def test_whoever_may_send_surveys_in_sees_the_own_ones_on_the_map(name):
    assert {"surveyor", "partner"} <= LAYERS[name].roles
    assert "clerk" not in LAYERS[name].roles


def test_the_benchmark_draws_with_every_value_filled_in():
    """It repeats how the server fills its queries in, so it breaks when they change."""
    assert "%(" not in pgbench_script(choose(1_000))
