"""What the reading child hands over arrives as it was."""

import numpy as np
import shapely

from spatial.survey.readers.records import Content, ObjectTable, Source
from spatial.survey.readers.wire import read_content, write_content


def test_tables_beside_the_parcels_arrive_with_their_geometries_and_gaps(tmp_path):
    square = shapely.multipolygons([shapely.box(531000, 3302400, 531030, 3302420)])
    points = np.array(
        [shapely.Point(531000.001, 3302400), None, shapely.Point(531030, 3302420)], dtype=object
    )
    rows = [{"JZDH": "J1"}, {"JZDH": "J2"}, {"JZDH": "J\0" + "3"}]
    content = Content(
        source=Source("bundle", "ZD", 4547, ""),
        geoms=np.array([square], dtype=object),
        rows=[{"ZDDM": "421202001004GB00011"}],
        faults={},
        notes=[],
        resolution_m2=[None],
        objects={"JZD": ObjectTable(points, rows), "H": ObjectTable(np.array([], dtype=object), [])},
    )
    write_content(tmp_path, content)
    arrived = read_content(tmp_path).objects
    assert set(arrived) == {"JZD", "H"}
    assert [None if geom is None else geom.wkt for geom in arrived["JZD"].geoms] == [
        "POINT (531000.001 3302400)",
        None,
        "POINT (531030 3302420)",
    ]
    assert arrived["JZD"].rows[2] == {"JZDH": "J3"}
    assert len(arrived["H"].geoms) == 0
