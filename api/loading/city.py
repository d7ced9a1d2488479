"""Load the synthetic city through the services of the rooms."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from api.loading import store
from api.loading.errors import OtherCityLoaded
from api.loading.history import History, Numbers, Office
from api.loading.money import load_money
from data.access.records import SYSTEM
from data.clock import day_of
from data.db import Database
from data.reference import service as reference
from data.reference.store import note_loaded
from data.synthetic.city import CityOrder, make_city
from data.synthetic.records import Batch, CountyPart, SyntheticParcel, SyntheticUnit
from registry.fees.service import tariff_on
from registry.handbook.service import entry_at
from spatial.buildings.records import Building, BuildingUnit, FloorOutline
from spatial.buildings.service import load_buildings
from spatial.codes.records import PARCEL_LENGTH
from spatial.counties.records import LoadedSet, Subject
from spatial.counties.register import record_decision
from spatial.counties.service import boundary_set, decide
from spatial.districts.records import District
from spatial.districts.service import load_districts
from spatial.parcels.records import ChangeSet, Layer, NewVersion
from spatial.parcels.service import register
from tiles.service import build_overview

# Day from which the parcels, houses and districts of the city are in force; its oldest right is younger.
IN_FORCE_FROM = date(2016, 1, 1)
TYPES = ("land_use_first", "existing_house_transfer", "mortgage_first", "homestead_house_first")
SOURCE = "synthetic"
Progress = Callable[[int, int], None]
Step = tuple[CountyPart, Batch | None]


@dataclass(slots=True)
class CityLoaded:
    """How much of the city was loaded by this call."""

    parcels: int = 0
    buildings: int = 0
    units: int = 0
    rights: int = 0
    cases: int = 0
    orders: int = 0


def load_city(
    db: Database,
    order: CityOrder,
    *,
    search_key: bytes,
    now: datetime,
    progress: Progress = lambda _done, _total: None,
) -> CityLoaded:
    """Load the city; one that was stopped half way goes on, a complete one is left as it is.

    Parameters
    ----------
    db : Database
        With the reference data loaded and no parcels but the city's own.
    order : CityOrder
        Which city.
    search_key : bytes
        Key of the parties' search hash.
    now : datetime
        Aware instant from which the register knows the parcels.
    progress : callable
        Told the parcels done and the parcels in all after each batch.

    Raises
    ------
    OtherCityLoaded
        There are parcels that are not this city's.
    """
    with db.transaction(SYSTEM) as conn:
        done = _batches_done(conn, order)
        office = _office(conn, order, search_key)
    loaded = CityLoaded()
    number = seen = 0
    for part, batch in _ahead(_steps(order)):
        if batch is None:
            _load_districts(db, part)
            continue
        number += 1
        seen += len(batch.parcels)
        if number > done:
            with db.transaction(SYSTEM) as conn:
                store.allow_time(conn)
                _load_batch(conn, part.county_code, batch, office, now)
                note_loaded(conn, "city", _digest(order), number)
            _count(loaded, batch)
            progress(seen, order.parcels)
    loaded.orders = load_money(db, now=now)
    build_overview(db, day=day_of(now))
    return loaded


def _steps(order: CityOrder) -> Iterator[Step]:
    """Yield each county without a batch, then with each of its batches."""
    for part in make_city(order):
        yield part, None
        for batch in part.batches:
            yield part, batch


def _ahead(steps: Iterator[Step]) -> Iterator[Step]:
    """Yield the same steps; the next one is made while the database is busy with this one."""
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming = maker.submit(next, steps, None)
        while (step := coming.result()) is not None:
            coming = maker.submit(next, steps, None)
            yield step


def _digest(order: CityOrder) -> str:
    return hashlib.sha256(f"{order.parcels} {order.cases} {order.seed}".encode()).hexdigest()


def _batches_done(conn: store.Conn, order: CityOrder) -> int:
    known = store.loaded_batches(conn)
    if known is None:
        if store.any_parcels(conn):
            raise OtherCityLoaded
        return 0
    digest, done = known
    if digest != _digest(order):
        raise OtherCityLoaded
    return done


def _office(conn: store.Conn, order: CityOrder, search_key: bytes) -> Office:
    return Office(
        {name: entry_at(conn, name, order.until)[1] for name in TYPES},
        tariff_on(conn, order.until),
        reference.work_calendar(conn),
        search_key,
        {county.county_code: county.slug for county in reference.counties(conn)},
        boundary_set(conn, order.until),
    )


def _load_districts(db: Database, part: CountyPart) -> None:
    found = [District(item.code, item.name, item.geom, SOURCE) for item in part.districts]
    with db.transaction(SYSTEM) as conn:
        store.allow_time(conn)
        load_districts(conn, found, valid_from=IN_FORCE_FROM)


def _load_batch(conn: store.Conn, county_code: str, batch: Batch, office: Office, now: datetime) -> None:
    register(conn, ChangeSet(IN_FORCE_FROM, [_version(parcel) for parcel in batch.parcels]), now=now)
    load_buildings(
        conn,
        [
            Building(
                building.building_code,
                building.geom,
                building.name,
                building.address,
                building.floors,
                building.structure,
                building.built_year,
                building.use_code,
            )
            for building in batch.buildings
        ],
        [_unit(unit) for unit in batch.units],
        valid_from=IN_FORCE_FROM,
    )
    history = History(office, county_code, _numbers(conn, batch))
    for right in batch.rights:
        history.add_right(right)
    decisions = _decide(conn, batch, office.boundary)
    for case, decision_id in zip(batch.cases, decisions, strict=True):
        history.add_case(case, decision_id)
    history.write(conn)


def _decide(conn: store.Conn, batch: Batch, boundary: LoadedSet) -> list[int]:
    """Decide the county of each case's unit and record it; a new city has no earlier decisions."""
    shapes = {parcel.parcel_code: parcel.geom for parcel in batch.parcels}
    made = []
    for case in batch.cases:
        parcel_code = case.unit_code[:PARCEL_LENGTH]
        subject = Subject(shapes[parcel_code], parcel_code, case.unit_code)
        decision = decide(conn, subject, as_of=day_of(case.accepted_at), boundary=boundary)
        made.append(
            record_decision(conn, decision, subject=subject, decided_by="system", now=case.accepted_at)
        )
    return made


def _numbers(conn: store.Conn, batch: Batch) -> Numbers:
    parties = len(batch.rights) + 2 * len(batch.cases)
    entries = len(batch.rights) + len(batch.cases)
    return Numbers(
        iter(store.reserve(conn, "party_party_id_seq", parties)),
        iter(store.reserve(conn, "rrr_rrr_id_seq", entries)),
        iter(store.reserve(conn, "case_serial", len(batch.cases))),
    )


def _version(parcel: SyntheticParcel) -> NewVersion:
    return NewVersion(
        parcel.parcel_code,
        Layer(parcel.layer),
        parcel.geom,
        land_use=parcel.land_use,
        address=parcel.address,
        unit_code=parcel.unit_code,
    )


def _unit(unit: SyntheticUnit) -> BuildingUnit:
    built = Decimal(unit.inside_dm2 + unit.shared_dm2).scaleb(-2)
    return BuildingUnit(
        unit.unit_code,
        unit.floor_no,
        unit.room_no,
        unit.address,
        unit.use_code,
        unit.housing,
        measured_area_m2=built,
        inside_area_m2=Decimal(unit.inside_dm2).scaleb(-2),
        shared_area_m2=Decimal(unit.shared_dm2).scaleb(-2),
        outlines=[FloorOutline(floor, geom) for floor, geom in unit.outlines],
    )


def _count(loaded: CityLoaded, batch: Batch) -> None:
    loaded.parcels += len(batch.parcels)
    loaded.buildings += len(batch.buildings)
    loaded.units += len(batch.units)
    loaded.rights += len(batch.rights)
    loaded.cases += len(batch.cases)
