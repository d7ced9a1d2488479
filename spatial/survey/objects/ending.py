"""What a complete survey no longer names of the buildings and flats on its parcels."""

from psycopg import Connection
from psycopg.rows import TupleRow

from spatial.buildings.ending import standing_on
from spatial.survey.change_records import Ended, Plan
from spatial.survey.objects.records import Objects
from spatial.survey.records import Features, Order, Scope

Conn = Connection[TupleRow]


def ended_objects(conn: Conn, features: Features, objects: Objects, order: Order, plan: Plan) -> Ended:
    """Return the registered buildings and flats that a complete upload ends.

    They stand on parcels that it names or retires. A table that did not come says nothing: without ZRZ no
    building ends, without H only the flats of ended buildings.

    Parameters
    ----------
    conn : Connection
        Open transaction; nothing is written.
    features, objects : Features, Objects
        Upload.
    order : Order
        Scope, and the day of effect.
    plan : Plan
        Its parcels against the register.
    """
    tables = objects.tables & {"ZRZ", "H"}
    if order.scope is not Scope.COMPLETE or not tables:
        return Ended()
    parcels = sorted({code for code in features.codes if code} | set(plan.retired))
    named = {building.building_code for building in objects.buildings}
    kept = {flat.unit_code for flat in objects.flats}
    told = named | {flat.building_code for flat in objects.flats}
    buildings, flats = [], []
    for building, units in standing_on(conn, parcels, day=order.effective_on).items():
        if "ZRZ" in tables and building not in told:
            buildings.append(building)
            flats.extend(units)
        elif "H" in tables and building in told:
            flats.extend(unit for unit in units if unit not in kept)
    return Ended(tuple(buildings), tuple(flats))
