"""Handing a file over through a pipe; runs in the child process only.

A GeoPackage, alone or in an archive, goes over part by part. What the whole reading does to all features at
once is done to each part: the coordinates are judged, brought to EPSG:4547 on the 1 mm grid, and the polygons
checked for validity. Files of other formats are read whole; through the pipe goes only how far that is.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.city_window import Looks, in_window
from spatial.crs import PLANE
from spatial.survey.features import known_columns
from spatial.survey.objects.land import LAND_COLUMNS, LAND_SIGNS, add_land_tables
from spatial.survey.predicates import crowded
from spatial.survey.readers import geopackage, sense, standard, tables, wire
from spatial.survey.readers.ahead import ahead
from spatial.survey.readers.columns import Column
from spatial.survey.readers.containers import chosen_rows
from spatial.survey.readers.content import content_of
from spatial.survey.readers.encoding import documents, doubles, encoded
from spatial.survey.readers.layered import beside, layer_notes, subdistricts
from spatial.survey.readers.limits import Limits
from spatial.survey.readers.parts import AT_ONCE, Columns, Part, extents_of, part_of, write_part, write_said
from spatial.survey.readers.records import Asked, Content, Note, Source, Unreadable
from spatial.survey.readers.telling import METER

_MOST_FIELDS: Final = 200
_POLYGON: Final = 3
_LITTLE: Final = b"\x01"
_SRID: Final = PLANE.to_bytes(4, "little")
_MULTI: Final = _LITTLE + (0x20000006).to_bytes(4, "little") + _SRID
_MULTI_OF_ONE: Final = _MULTI + (1).to_bytes(4, "little")
_PLAIN_HEADS: Final = frozenset(_LITTLE + kind.to_bytes(4, "little") for kind in (3, 6))
_HEAD: Final = itemgetter(slice(5))


def hand_over(path: Path, kind: str, asked: Asked, limits: Limits, *, folder: Path, parts_to: int) -> None:
    """Write the features of a file into a pipe, where they can go in parts, and all else into the folder.

    Raises
    ------
    Unreadable
    """
    with os.fdopen(parts_to, "wb", buffering=1 << 20) as sink:
        METER.listener = partial(write_said, sink)
        content = content_of(path, kind, asked, limits, folder, packages=partial(_in_parts, sink))
        if len(content.geoms) and crowded(content.geoms):
            raise Unreadable("too_large", "too_crowded")
        wire.write_content(folder, content)


def _in_parts(sink: BinaryIO, path: Path, asked: Asked, limits: Limits) -> Content:
    """Write the parcels of a GeoPackage into the pipe; return what stands beside them."""
    geopackage.inspect(path)
    found = tables.layers(path, "gpkg")
    chosen = standard.choose(found, asked.source_layer)
    METER.begin("reading", chosen_rows(path, "gpkg", found, chosen))
    reading = _Reading(asked, limits)
    with tables.batches(path, "gpkg", chosen.parcels, limits=limits, at_once=AT_ONCE) as (meta, batches):
        settled = reading.write_all(sink, meta, batches)
    content = Content(
        source=Source("GPKG", chosen.parcels, settled.epsg, reading.declared[:200]),
        geoms=np.array([], dtype=object),
        rows=reading.land,
        faults={},
        notes=[*layer_notes(reading.has_z, chosen.left), *settled.notes, *reading.notes],
    )
    if standard.SUBDISTRICTS in found:
        table = tables.read(path, "gpkg", standard.SUBDISTRICTS, encoding=None, limits=limits)
        content = replace(content, subdistricts=subdistricts(table, asked, settled))
    for name, layer in chosen.objects.items():
        table = tables.read_beside(path, "gpkg", layer, encoding=None, limits=limits)
        content.objects[name] = beside(table, asked, settled)
    add_land_tables(content)
    return replace(content, rows=[])


class _Shapes(NamedTuple):
    """Shapes of a batch: EWKB, why some are absent, how many are not valid, boxes (E, N, E, N; NaN: none)."""

    written: list[bytes | None]
    faults: dict[int, str]
    invalid: int
    boxes: NDArray[np.float64]


class _Reading:
    """What is known of a file while its parts go by."""

    def __init__(self, asked: Asked, limits: Limits) -> None:
        self.asked = asked
        self.limits = limits
        self.settled: sense.Settled | None = None
        self.has_z = False
        self.notes: list[Note] = []
        self.land: list[dict[str, Any]] = []
        self.declared = ""
        self.first = 1
        self.absent = True
        self.bounds: list[NDArray[np.float64]] = []

    def write_all(self, sink: BinaryIO, meta: dict[str, Any], batches: Iterator[Any]) -> sense.Settled:
        """Write every part; return how the coordinates were taken."""
        self.declared = str(meta.get("crs") or "")
        self.has_z = str(meta.get("geometry_type") or "").endswith(" Z")
        names = [str(name) for name in meta["fields"]][:_MOST_FIELDS]
        shape = str(meta["geometry_name"] or "wkb_geometry")
        shaped = ((batch, self.shapes(batch.column(shape))) for batch in batches)
        with closing(ahead(shaped)) as parts:
            for batch, shapes in parts:
                write_part(sink, self.part(batch, names, shapes))
                METER.advance(batch.num_rows)
        if self.first == 1:
            raise Unreadable("unreadable_file", "no_features")
        if self.settled is None:
            raise tables.no_polygon(self.absent)
        if _crowded(np.concatenate(self.bounds)):
            raise Unreadable("too_large", "too_crowded")
        return self.settled

    def part(self, batch: Any, names: list[str], shapes: "_Shapes") -> Part:
        """Turn a batch of Arrow, whose shapes are done, into a part."""
        count, faults = batch.num_rows, shapes.faults
        columns = {name: Column(batch.column(name).to_pylist()) for name in names}
        known = known_columns(names, columns.__getitem__, count, first=self.first)
        self.note(known.notes)
        self.keep_land(columns)
        written = Columns(
            shapes=shapes.written,
            codes=encoded(known.codes),
            unit_codes=encoded(known.unit_codes),
            declared_m2=doubles(known.declared_m2),
            resolution_m2=[None] * count,
            land_use=encoded(known.land_use),
            address=encoded(known.address),
            faults=encoded([faults.get(at + 1) for at in range(count)] if faults else [None] * count),
            rows=documents(names, columns, count),
        )
        extents = extents_of(shapes.boxes, self.first)
        part = part_of(written, extents, first=self.first, invalid=shapes.invalid)
        self.first += count
        return part

    def note(self, notes: list[Note]) -> None:
        """Keep one note of a kind for the file, with the sum of what it counts."""
        for note in notes:
            same = next((kept for kept in self.notes if kept.code == note.code), None)
            if same is None:
                self.notes.append(note)
            else:
                same.params["count"] += note.params["count"]

    def keep_land(self, columns: dict[str, Column]) -> None:
        """Keep what parcels say of plots and stands in columns of their own; few files have any."""
        names = [name for name in columns if name.lower() in LAND_COLUMNS]
        if LAND_SIGNS.isdisjoint(name.lower() for name in names):
            return
        for row in zip(*(columns[name] for name in names), strict=True):
            self.land.append({name: tables.plain(value) for name, value in zip(names, row, strict=True)})

    def shapes(self, column: Any) -> "_Shapes":
        """Bring the shapes of a batch to EPSG:4547; tell why some are absent, and how many are not valid.

        Runs in a thread, one batch ahead of the rest.

        Raises
        ------
        Unreadable
        """
        wkb = np.full(len(column), None, dtype=object)
        wkb[:] = column.to_pylist()
        geoms, faults = tables.some_polygons(wkb, self.limits)
        self.absent = self.absent and all(fault == "geometry_absent" for fault in faults.values())
        present = np.flatnonzero(shapely.is_geometry(geoms))
        found: list[bytes | None] = [None] * len(wkb)
        boxes = np.full((len(wkb), 4), np.nan)
        if not len(present):
            return _Shapes(found, faults, 0, boxes)
        written, geoms = wkb[present], geoms[present]
        coordinates = shapely.get_coordinates(geoms)
        settled = self.judge(coordinates)
        if not self.stays(settled, coordinates, written):
            geoms = shapely.transform(geoms, settled.plane)
            written = shapely.to_wkb(geoms, output_dimension=2, byte_order=1)
        single = shapely.get_type_id(geoms) == _POLYGON
        for at, alone, raw in zip(present.tolist(), single.tolist(), written.tolist(), strict=True):
            found[at] = _MULTI_OF_ONE + raw if alone else _MULTI + raw[5:]
        boxes[present] = shapely.bounds(geoms)
        self.bounds.append(boxes[present])
        return _Shapes(found, faults, int((~shapely.is_valid(geoms)).sum()), boxes)

    def judge(self, coordinates: NDArray[np.float64]) -> sense.Settled:
        """Judge the coordinates of a part; the first decides how all are taken, none may contradict it.

        Raises
        ------
        Unreadable
        """
        if self.settled is None:
            self.settled = sense.settle(coordinates, self.asked, self.declared)
            return self.settled
        sense.need_measurable(coordinates)
        if in_window(self.settled.plane(coordinates)).all():
            return self.settled
        taken = coordinates[:, ::-1] if self.settled.swap else coordinates
        # A part that lies elsewhere altogether says nothing of the system: its features are strays.
        if sense.majority(taken) is not Looks.ELSEWHERE:
            sense.settle(coordinates, self.asked, self.declared)
        return self.settled

    def stays(
        self, settled: sense.Settled, coordinates: NDArray[np.float64], written: NDArray[np.object_]
    ) -> bool:
        """Tell whether shapes as written are already what is wanted: plane, on the grid, two ordinates."""
        if settled.epsg != PLANE or settled.swap or self.has_z:
            return False
        on_grid = bool((np.round(coordinates, 3) == coordinates).all())
        return on_grid and _PLAIN_HEADS.issuperset(map(_HEAD, written))


_SAMPLE: Final = 100
_EXACT: Final = 50_000


def _crowded(bounds: NDArray[np.float64]) -> bool:
    """Tell whether more boxes meet than in a real layer of parcels; of a large file by a sample of boxes."""
    if len(bounds) <= _EXACT:
        return crowded(shapely.box(*bounds.T))
    from spatial.survey.tolerances import CROWDED_NEIGHBOURS, CROWDED_PAIRS

    # Only boxes that begin as far west as the widest may reach can meet one.
    bounds = bounds[np.argsort(bounds[:, 0])]
    west, widest = bounds[:, 0].copy(), (bounds[:, 2] - bounds[:, 0]).max()
    step = len(bounds) // _SAMPLE
    met = 0
    for box in bounds[::step]:
        low, high = np.searchsorted(west, [box[0] - widest, np.nextafter(box[2], np.inf)])
        near = bounds[low:high]
        meets = (near[:, 2] >= box[0]) & (near[:, 1] <= box[3]) & (near[:, 3] >= box[1])
        met += int(np.count_nonzero(meets))
    return met * step > CROWDED_PAIRS + CROWDED_NEIGHBOURS * len(bounds)
