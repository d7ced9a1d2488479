"""Land in each county, and a boundary set that gives some of it to others from a day on.

Lands are named by the county they lie in at first. The new set hands three counties round: each has the shape
of the next.
"""

from dataclasses import dataclass, field
from datetime import timedelta

import shapely

from data.clock import day_of
from registry.clearing.rules import COUNTIES
from spatial.counties import register, service
from spatial.counties.records import BoundarySet, CountyShape, Subject
from spatial.crs import to_degrees

MOVED = COUNTIES[:3]
# Half a side of a land's square, metres.
HALF_M = 50.0


@dataclass
class Ground:
    """What lies where; ``since`` is the first day of the new set, ``lands`` a square within each county."""

    since: object = None
    lands: dict = field(default_factory=dict)

    def county(self, land, day):
        """Return whose a land is on a day, as it should be."""
        if self.since is None or day < self.since or land not in MOVED:
            return land
        return MOVED[MOVED.index(land) - 1]

    def publish(self, conn, now):
        """Publish the new set, in force from tomorrow on; once."""
        today = day_of(now)
        self.since = today + timedelta(days=1)
        used, known = service.counties(conn, today)
        shapes = {row["county_code"]: row["geom"] for row in known}
        self.lands = {code: _square(shapes[code]) for code in COUNTIES}
        after = {code: shapes[MOVED[(n + 1) % len(MOVED)]] for n, code in enumerate(MOVED)}
        conn.execute(
            "UPDATE spatial.boundary_set SET valid = daterange(lower(valid), %s) WHERE set_id = %s",
            [self.since, used.set_id],
        )
        facts = ("勘界成果", "咸民政〔2026〕9号", "—", "注意", "notice")
        boundary = BoundarySet("proof", self.since, None, used.accuracy_m, *facts, legal=False)
        made = [
            CountyShape(
                row["county_code"],
                row["name_zh"],
                row["name_en"],
                row["in_city"],
                shapely.transform(after.get(row["county_code"], row["geom"]), to_degrees),
            )
            for row in known
        ]
        service.load_boundary_set(conn, boundary, made)

    def decide(self, conn, land, now):
        """Let the product decide whose a land is; return the key of the decision and the county."""
        subject = Subject(geom=self.lands[land], filed_under=f"land {land}")
        found = service.decide(conn, subject, as_of=day_of(now))
        key = register.record_decision(conn, found, subject=subject, decided_by="proof", now=now)
        return key, found.county_code


def _square(shape):
    point = shape.representative_point()
    return shapely.box(point.x - HALF_M, point.y - HALF_M, point.x + HALF_M, point.y + HALF_M)


def forget(conn):
    """Take the new set back, and what was decided, by rule or by a ruling: raw orders' own decisions stay.

    A ruling about a raw order's line decides about the same subject, perhaps by the set that goes.
    """
    conn.execute("DELETE FROM spatial.county_decision WHERE subject <> 'proof' OR supersedes IS NOT NULL")
    conn.execute(
        "DELETE FROM spatial.county_boundary WHERE set_id IN (SELECT set_id FROM spatial.boundary_set"
        " WHERE name = 'proof')"
    )
    if conn.execute("DELETE FROM spatial.boundary_set WHERE name = 'proof'").rowcount:
        conn.execute("UPDATE spatial.boundary_set SET valid = daterange(lower(valid), NULL)")
