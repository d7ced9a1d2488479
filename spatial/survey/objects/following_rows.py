"""Rows of a table of boundary points or lines while they follow their parcel."""

from collections import defaultdict
from typing import Any, Final

import numpy as np
import shapely

from spatial.survey.objects.columns import Cells
from spatial.survey.readers.records import ObjectTable

_PARCEL: Final = ("ZDZHDM", "ZDDM")
_NORTH, _EAST = "XZBZ", "YZBZ"


class Rows:
    """A copy of a table; rows are named by their place in it, new ones come at the end."""

    def __init__(self, table: ObjectTable) -> None:
        missing = len(table.rows) - len(table.geoms)
        self._geoms: list[shapely.Geometry | None] = [*table.geoms, *[None] * missing]
        self._rows = [dict(row) for row in table.rows]
        self._columns = {key.lower(): key for row in self._rows for key in row}
        self._gone: set[int] = set()
        self._of: dict[str, list[int]] = defaultdict(list)
        cells = Cells("", self._rows)
        for row in range(len(self._rows)):
            self._of[cells.code(row, *_PARCEL) or ""].append(row)

    def of(self, code: str) -> list[int]:
        """Return the rows of a parcel."""
        return [row for row in self._of.get(code, []) if row not in self._gone]

    def geom(self, row: int) -> shapely.Geometry | None:
        """Return the shape of a row, EPSG:4547."""
        return self._geoms[row]

    def place(self, row: int) -> shapely.Point | None:
        """Return the point of a row, None where it has none or another shape."""
        geom = self._geoms[row]
        return geom if geom is not None and geom.geom_type == "Point" and not geom.is_empty else None

    def text(self, row: int, *names: str) -> str | None:
        """Return the first cell with something in it."""
        return Cells("", [self._rows[row]]).text(0, *names)

    def whole(self, row: int, *names: str) -> int | None:
        """Return a whole number, None where none is written."""
        return Cells("", [self._rows[row]]).whole(0, *names, least=1, most=1_000_000)

    def number(self, row: int, *names: str) -> float | None:
        """Return a number, None where none is written."""
        return Cells("", [self._rows[row]]).number(0, *names)

    def write(self, row: int, value: Any, *names: str) -> None:
        """Write a cell where the table has such a column."""
        column = next((self._columns[name.lower()] for name in names if name.lower() in self._columns), None)
        if column is not None:
            self._rows[row][column] = value

    def move(self, row: int, geom: shapely.Geometry) -> None:
        """Give a row another shape; coordinates that are written move by as much."""
        old = self.place(row)
        self._geoms[row] = geom
        if old is not None:
            for name, by in ((_NORTH, geom.y - old.y), (_EAST, geom.x - old.x)):
                written = self.number(row, name)
                if written is not None:
                    self.write(row, round(written + by, 3), name)

    def add(self, code: str, geom: shapely.Geometry) -> int:
        """Add a row of a parcel; it states its parcel and, where others do, its coordinates."""
        pattern = self.of(code)[0]
        row = len(self._rows)
        self._rows.append({})
        self._geoms.append(self._geoms[pattern])
        for name in _PARCEL:
            if (stated := self.text(pattern, name)) is not None:
                self.write(row, stated, name)
        for name in (_NORTH, _EAST):
            if (written := self.number(pattern, name)) is not None:
                self.write(row, written, name)
        self._of[code].append(row)
        self.move(row, geom)
        return row

    def drop(self, row: int) -> None:
        """Leave a row out."""
        self._gone.add(row)

    def table(self) -> ObjectTable:
        """Return the table as it is now."""
        left = [row for row in range(len(self._rows)) if row not in self._gone]
        geoms = np.full(len(left), None, dtype=object)
        for at, row in enumerate(left):
            geoms[at] = self._geoms[row]
        return ObjectTable(geoms, [self._rows[row] for row in left])
