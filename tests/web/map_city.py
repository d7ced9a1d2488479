"""A small city for tests of the map: five parcels near Xian'an, cases and accounts."""

import math
from datetime import date, datetime

from data.access import service as access
from data.access.records import SYSTEM
from data.clock import SHANGHAI
from spatial.crs import to_degrees
from spatial.parcels.service import register
from tests.database.spatial.parcel_cases import change, code, parcel, square
from tests.web.people import PASSWORD

OLD_DAY = date(2015, 1, 1)
NEW_DAY = date(2020, 1, 1)
NOW = datetime(2026, 1, 1, 12, tzinfo=SHANGHAI)
# Four parcels of 10 m side by side since 2015, a fifth since 2020.
OLD = [code(serial) for serial in (1, 2, 3, 4)]
NEW = code(5)

USERS = (
    ("boss", ["admin"], "city"),
    ("watch", ["supervisor"], None),
    ("tom", ["clerk"], "tongshan"),
    ("ann", ["registrar"], "xianan"),
    ("stranger", ["partner"], None),
)


def fill(db):
    """Register the parcels and write users and cases."""
    with db.transaction(SYSTEM) as conn:
        register(
            conn,
            change(
                *(
                    parcel(serial, square(20 * serial, 0), land_use="0701", address=f"样例路{serial}号")
                    for serial in (1, 2, 3, 4)
                ),
                valid_from=OLD_DAY,
            ),
            now=NOW,
        )
        register(conn, change(parcel(5, square(100, 0), land_use="0501"), valid_from=NEW_DAY), now=NOW)
        for login, roles, office in USERS:
            access.create_user(conn, login=login, name=login, roles=roles, office=office, password=PASSWORD)
        _cases(conn)


def _cases(conn):
    """Write cases at the parcels: six in Xian'an, four in Tongshan (numbers need not be places')."""
    for serial in range(10):
        county, office = ("421202", "xianan") if serial < 6 else ("421224", "tongshan")
        day = date(2026, 1 + serial, 10)
        conn.execute(
            "INSERT INTO registry.case (case_no, type_code, handbook_version, status, node, accept_office,"
            " decide_office, county_code, unit_count, place, applicant, address, accepted_by, accepted_at,"
            " accepted_on, due_on, node_since, fee_total_fen)"
            " VALUES (%s, 'land_use_first', 1, 'accepted', 'accept', %s, %s, %s, 1,"
            " ST_SetSRID(ST_MakePoint(%s, 3300005), 4547), '张三', '样例路', 'x', %s, %s, %s, %s, 55000)",
            [
                f"YW{day:%Y%m%d}{serial:06d}",
                office,
                office,
                county,
                530025 + 20 * serial,
                datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI),
                day,
                day,
                datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI),
            ],
        )


def tile_at(zoom, east=530025.0, north=3300005.0):
    """Return x/y of the tile over a point of EPSG:4547."""
    import numpy as np

    lon, lat = to_degrees(np.array([[east, north]]))[0]
    side = 1 << zoom
    x = int((lon + 180) / 360 * side)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side)
    return x, y
