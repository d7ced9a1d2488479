"""The audit at night asks the rules of registered parcels, a sub-district at a time."""

from datetime import date

import pytest
from shapely.geometry import Polygon

from data.access.records import SYSTEM
from spatial.survey.auditing import audit_parcels
from spatial.survey.bulk import load_file
from spatial.survey.records import Incoming, Kind, Order, Scope
from tests.database.spatial.survey.test_bulk import EAST, NORTH, SUBDISTRICT, codes, load, now, package, row


def told(db, **which):
    with db.transaction(SYSTEM) as conn:
        return list(audit_parcels(conn, now=now(), **which))


@pytest.fixture
def registered(db, tmp_path):
    """Three lots in a row, the last with a spike: an initial load lets it in with a warning."""
    lots = row(2)
    east = EAST + 40
    spiked = Polygon(
        [
            (east, NORTH), (east + 20, NORTH), (east + 20, NORTH + 30), (east + 10.002, NORTH + 30),
            (east + 10.001, NORTH + 40), (east + 10, NORTH + 30), (east, NORTH + 30),
        ]
    )  # fmt: skip
    load(db, tmp_path, package(tmp_path / "lots.gpkg", [*lots, spiked], codes(3)), "L1")
    return db


def test_what_is_registered_is_asked_again_at_night(registered):
    ((district, layer, report),) = told(registered)
    assert (district, layer, report.features) == (SUBDISTRICT, "use_surface", 3)
    # The file brought neither address nor use: at night that is asked, too.
    found = sorted({(finding.rule_id, finding.object_id) for finding in report.findings})
    assert found == [("T03", codes(3)[2]), *[("left_blank", code) for code in codes(3)]]
    states = {rule.rule_id: (rule.result, rule.reason) for rule in report.run.rules}
    assert states["T10"] == states["T31"] == ("passed", None)
    assert states["moved_boundary"] == ("not_run", "moment_not_meant")


def test_only_what_is_asked_for_is_audited(registered):
    assert len(told(registered, district=SUBDISTRICT[:6])) == 1
    assert told(registered, district="421281") == []
    assert told(registered, layer="forest") == []


def test_a_pair_of_layers_is_asked_once_and_of_one_layer_alone_from_its_side(registered, tmp_path):
    path = package(tmp_path / "plots.gpkg", row(1), [f"{SUBDISTRICT}JD00001"])
    order = Order("L2", "contract", Kind.INITIAL_LOAD, Scope.PARTIAL, date(2020, 1, 1))
    incoming = Incoming(path, path.name, order)
    load_file(registered, incoming, files_dir=tmp_path / "files", now=now, say=lambda *_: None)

    def pairs(**which):
        reports = [report for _, _, report in told(registered, **which)]
        return [one for report in reports for one in report.findings if one.rule_id == "layer_pair"]

    (found,) = pairs()
    assert {found.object_id, found.other_id} == {codes(1)[0], f"{SUBDISTRICT}JD00001"}
    assert [one.object_id for one in pairs(layer="use_surface")] == [codes(1)[0]]
