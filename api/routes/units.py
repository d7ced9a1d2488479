"""The register page of a real-estate unit: parcel, building, rights, restrictions, open cases, orders."""

from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint

from api.auth import needs, shown_name
from api.case_views import type_name
from api.context import actor, language, services
from api.place_views import parcel_feature, shown_geometry
from data.access import audit
from data.access.records import Actor
from data.messages import text
from registry.cases import service as cases
from registry.cases.records import OpenCase
from registry.handbook import service as handbook
from registry.payments import service as payments
from registry.rights import service as rights
from registry.rights.records import OWNING, ShownEntry, ShownHolder
from spatial.buildings import service as buildings
from spatial.buildings.records import StoredBuilding, Unit
from spatial.codes.rules import bare_land_unit, parse
from spatial.counties import register
from spatial.parcels import service as parcels
from spatial.parcels.store import Conn

bp = APIBlueprint("units", __name__, url_prefix="/api/v1")
_ORDERS_OF_CASES = 20


# Who reads the register page of a unit, and its floor plan.
READERS = ("clerk", "registrar", "reviewer", "supervisor", "finance_city", "finance_county", "admin")


@bp.get("/units/<code>")
@needs(*READERS)
def unit_page(code: str) -> dict[str, Any]:
    """Return the register page; each read is written to the audit trail."""
    day = services().today()
    parsed = parse(code)
    wanted = parsed.text if parsed.fixture else bare_land_unit(parsed.text)
    with services().db.transaction(actor()) as conn:
        unit = buildings.get_unit(conn, wanted)
        parcel = parcels.get_live(conn, unit.parcel_code)
        standing = buildings.buildings_of(conn, unit.parcel_code, at=day)
        decision = register.decision_for(conn, wanted)
        audit.record(conn, actor(), "unit.read", wanted)
        return {
            **_unit(unit),
            "drawn": wanted in buildings.drawn_codes(conn, [wanted]),
            "parcel": None if parcel is None else parcel_feature(parcel),
            "building": next((_building(b) for b in standing if b.building_code == unit.building_code), None),
            "units": _units_on_parcel(conn, unit, standing),
            "area_history": buildings.unit_history(conn, wanted),
            "decision_id": None if decision is None else decision.decision_id,
            **_register(conn, actor(), wanted),
        }


def _register(conn: Conn, who: Actor, unit_code: str) -> dict[str, Any]:
    """Return rights, restrictions, open cases and orders as the reader may see them."""
    found = rights.unit_page(conn, unit_code)
    certificates = cases.certificate_numbers(conn, unit_code)
    entries = [] if found is None else [_entry(entry, who, certificates) for entry in found.entries]
    open_cases = cases.open_cases(conn, unit_code)
    numbers = {case.case_no for case in open_cases}
    if found is not None:
        numbers |= {entry.case_no for entry in found.entries if entry.case_no}
    orders = [
        {"order_no": head.order_no, "amount_fen": head.amount_fen, "state": head.state, "case_no": number}
        for number in sorted(numbers, reverse=True)[:_ORDERS_OF_CASES]
        for head in payments.list_orders(conn, case_no=number)
    ]
    hidden = found is None and bool(rights.live_entries(conn, [unit_code]))
    return {
        "rights": [entry for entry in entries if entry["kind"] in OWNING],
        "restrictions": [entry for entry in entries if entry["kind"] not in OWNING],
        "register_hidden": hidden,
        "open_cases": [_open_case(conn, case) for case in open_cases],
        "orders": orders,
    }


def _unit(unit: Unit) -> dict[str, Any]:
    return {
        "unit_code": unit.unit_code,
        "parcel_code": unit.parcel_code,
        "county_code": unit.county_code,
        "kind": unit.kind,
        "layer": unit.layer,
        "use_code": unit.use_code,
        "housing": unit.housing,
        "address": unit.address,
        "area_m2": unit.area_m2,
        "building_code": unit.building_code,
        "floor_no": unit.floor_no,
        "room_no": unit.room_no,
        "point": shown_geometry(unit.geom_point),
    }


def _building(building: StoredBuilding) -> dict[str, Any]:
    return {
        "building_code": building.building_code,
        "name": building.name,
        "address": building.address,
        "floors": building.floors,
        "structure": building.structure,
        "built_year": building.built_year,
        "use_code": building.use_code,
        "geometry": shown_geometry(building.geom),
    }


def _units_on_parcel(conn: Conn, unit: Unit, standing: list[StoredBuilding]) -> list[dict[str, Any]]:
    """Return the units on the parcel: its bare land and those in its buildings."""
    land = buildings.find_unit(conn, unit.parcel_code)
    found: list[dict[str, Any]] = []
    if land is not None:
        found.append({"unit_code": land.unit_code, "address": land.address, "area_m2": land.area_m2})
    codes = [building.building_code for building in standing]
    for one in buildings.units_of(conn, codes, at=services().today()):
        area = one.measured_area_m2 or one.predicted_area_m2
        found.append({"unit_code": one.unit_code, "address": one.address, "area_m2": area})
    return found


def _open_case(conn: Conn, case: OpenCase) -> dict[str, Any]:
    _, entry = handbook.entry_version(conn, case.type_code, case.handbook_version)
    return {**asdict(case), "type_name": type_name(entry, language())}


def _entry(entry: ShownEntry, who: Actor, certificates: dict[int, str]) -> dict[str, Any]:
    return {
        "rrr_id": entry.rrr_id,
        "seq": entry.seq,
        "kind": entry.kind,
        "kind_name": text(f"right.{entry.kind}", language()),
        "right_type": entry.right_type,
        "status": "live" if entry.live else "ended",
        "status_code": entry.status,
        "on_rrr_id": entry.on_rrr_id,
        "case_no": entry.case_no,
        "certificate_no": certificates.get(entry.rrr_id),
        "amount_fen": entry.amount_fen,
        "area_m2": entry.area_m2,
        "term_from": entry.term_from,
        "term_to": entry.term_to,
        "cause": entry.cause,
        "transfer_ban": entry.transfer_ban,
        "registered_at": entry.registered_at,
        "ended_at": entry.ended_at,
        "holders": [_holder(holder, who) for holder in entry.holders],
    }


def _holder(holder: ShownHolder, who: Actor) -> dict[str, Any]:
    return {
        "name": shown_name(holder.name, who),
        "role": holder.role,
        "share": holder.share,
        "id_masked": holder.id_masked,
    }
