"""Reader of CASS drawings (DXF): closed lines of the parcel layers, their codes, and boundary points.

CASS writes parcel lines on layer JZD with the codes of its own as extended data of the application SOUTH:
the object's code (300000 for a parcel line), then the parcel's number, holder and use. Points lie on JZP.
"""

import math
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from spatial.survey.readers import sense
from spatial.survey.readers.layered import Layers, layered_content
from spatial.survey.readers.limits import Limits
from spatial.survey.readers.records import Asked, Content, Note, Unreadable
from spatial.survey.readers.tables import Table, judge_size

_APPLICATION: Final = "SOUTH"
_PARCEL_LINE: Final = "300000"
_PARCEL_LAYERS: Final = frozenset({"JZD", "JZX", "ZD", "宗地", "界址线", "权属线"})
_POINT_LAYERS: Final = frozenset({"JZP", "JZD", "界址点"})
_CODE: Final = re.compile(r"(?<![0-9A-Z])(\d{12}[A-Z]{2}\d{5})(W\d{8}|F\d{8})?(?![0-9A-Z])")
_CLOSED_M: Final = 0.0005
_MIN_POINTS: Final = 3
_STRING: Final = 1000  # group code of a string in extended data
_LONGEST: Final = 200
# An arc becomes chords that leave it by no more than this: the grid on which coordinates are kept.
_SAGITTA_M: Final = 0.001
_MOST_CHORDS: Final = 2_000

Vertex = tuple[float, float, float]  # (E, N) and the bulge of the edge that begins here


def dxf_content(path: Path, asked: Asked, limits: Limits) -> Content:
    """Read a CASS drawing.

    Parameters
    ----------
    path : Path
        Text DXF; the drawing's x is east, y north.
    asked : Asked
        The system must be stated, for a drawing names none; ``source_layer`` is the only layer of parcels.
    limits : Limits
        Entities and vertices.

    Returns
    -------
    Content
        One parcel a closed line; arcs become chords within 1 mm of them, each parcel of such with a note
        (rule T06). Points of the layers JZP and JZD are the table JZD.

    Raises
    ------
    Unreadable
    """
    with _damage_refused():
        entities = _entities(path, limits)
        table, notes = _parcels(entities, asked.source_layer, limits)
        points = _points(entities)
    content = layered_content(Layers("DXF", table, "utf-8", None, points), asked)
    content.notes.extend(notes)
    return content


@contextmanager
def _damage_refused() -> Iterator[None]:
    """Turn what ezdxf lets through of a damaged drawing, which may be anything, into a refusal."""
    try:
        yield
    except (Unreadable, MemoryError, RecursionError):
        raise
    except Exception as error:
        raise Unreadable("unreadable_file", "dxf_damaged") from error


def _entities(path: Path, limits: Limits) -> list[Any]:
    """Load the drawing; inserted blocks are not exploded, references to other files not followed."""
    from ezdxf.filemanagement import readfile

    space = list(readfile(path, errors="surrogateescape").modelspace())
    if len(space) > limits.features:
        raise Unreadable("too_large", "too_many_features", limit=limits.features)
    return [entity for entity in space if entity.dxf.hasattr("layer")]


def _parcels(entities: list[Any], layer: str | None, limits: Limits) -> tuple[Table, list[Note]]:
    """Return the parcels as drawn, and what is to be remarked on."""
    lines = [entity for entity in entities if entity.dxftype() in {"LWPOLYLINE", "POLYLINE"}]
    texts = _Texts(entities)
    shapes: list[shapely.Polygon | None] = []
    rows, faults, notes = [], {}, []
    for at, line in enumerate(_wanted(lines, layer), start=1):
        vertices, closed = _vertices(line)
        shape, arcs = _polygon(vertices, closed, limits)
        if isinstance(shape, str):
            faults[at] = shape
        elif arcs:
            params = {"arcs": arcs, "sagitta_mm": _SAGITTA_M * 1000}
            notes.append(Note("dxf_arcs_stroked", "warning", at, params))
        shapes.append(None if isinstance(shape, str) else shape)
        rows.append(_row(line, shapes[-1], texts))
    if not any(shape is not None for shape in shapes):
        raise Unreadable("wrong_type", "dxf_no_parcels", layers=sorted(_PARCEL_LAYERS))
    geoms = np.full(len(shapes), None, dtype=object)
    geoms[:] = shapes
    judge_size(geoms, limits)
    sense.need_measurable(shapely.get_coordinates(geoms))
    return Table("JZD", geoms, rows, faults, "", False), notes + _nested(geoms)


def _wanted(lines: list[Any], layer: str | None) -> list[Any]:
    """Choose the lines that are parcels: of the layer named, else so marked or closed on a parcel layer."""
    if layer is not None:
        found = [line for line in lines if _layer(line) == layer]
        if not found:
            names = sorted({_layer(line) for line in lines})[:50]
            raise Unreadable("source_layer_unknown", "source_layer_choose", layers=names)
        return found
    marked = [line for line in lines if _marks(line)[:1] == [_PARCEL_LINE]]
    closed = [line for line in lines if _layer(line).upper() in _PARCEL_LAYERS and _vertices(line)[1]]
    chosen = {id(line) for line in [*marked, *closed]}
    return [line for line in lines if id(line) in chosen]


def _layer(entity: Any) -> str:
    return _clean(str(entity.dxf.layer))


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").strip()[:_LONGEST]


def _marks(entity: Any) -> list[str]:
    """Return the strings of the extended data of CASS."""
    if not entity.has_xdata(_APPLICATION):
        return []
    return [_clean(str(tag.value)) for tag in entity.get_xdata(_APPLICATION) if tag.code == _STRING]


def _vertices(line: Any) -> tuple[list[Vertex], bool]:
    """Return the corners of a line and whether it is closed, by its flag or by its last corner."""
    if line.dxftype() == "LWPOLYLINE":
        found = [(float(x), float(y), float(bulge)) for x, y, bulge in line.get_points("xyb")]
        closed = bool(line.closed)
    else:
        found = [
            (float(vertex.dxf.location.x), float(vertex.dxf.location.y), float(vertex.dxf.get("bulge", 0.0)))
            for vertex in line.vertices
        ]
        closed = bool(line.is_closed)
    if len(found) > _MIN_POINTS and math.dist(found[0][:2], found[-1][:2]) <= _CLOSED_M:
        return found[:-1], True
    return found, closed


def _polygon(vertices: list[Vertex], closed: bool, limits: Limits) -> tuple[shapely.Polygon | str, int]:
    """Return the polygon and its number of arcs; the code of a fault where it is none."""
    if not np.isfinite(np.array(vertices, dtype=float)).all():
        raise Unreadable("geometry_not_finite", "not_finite")
    if not closed:
        return "ring_open", 0
    arcs = sum(vertex[2] != 0.0 for vertex in vertices)
    ring: list[tuple[float, float]] = []
    for begin, end in zip(vertices, [*vertices[1:], *vertices[:1]], strict=True):
        ring.extend(_stroked(begin, end))
        if len(ring) > limits.vertices:
            raise Unreadable("too_large", "too_many_vertices", limit=limits.vertices)
    if len(set(ring)) < _MIN_POINTS:
        return "ring_short", 0
    return shapely.Polygon(ring), arcs


def _stroked(begin: Vertex, end: Vertex) -> list[tuple[float, float]]:
    """Return an edge without its end: its beginning, and of an arc the corners of its chords.

    The bulge is the tangent of a quarter of the arc's angle, positive counter-clockwise.
    """
    (x, y, bulge), chord = begin, math.dist(begin[:2], end[:2])
    if bulge == 0.0 or chord == 0.0:
        return [(x, y)]
    angle = 4.0 * math.atan(bulge)
    radius = chord / (2.0 * abs(math.sin(angle / 2.0))) if math.sin(angle / 2.0) else math.inf
    if not math.isfinite(radius):
        return [(x, y)]
    step = 2.0 * math.acos(max(-1.0, 1.0 - _SAGITTA_M / radius)) if radius > _SAGITTA_M else math.pi / 2
    count = min(max(1, math.ceil(abs(angle) / step)), _MOST_CHORDS)
    middle_x, middle_y = (x + end[0]) / 2.0, (y + end[1]) / 2.0
    apothem = (1.0 - bulge * bulge) / (4.0 * bulge)  # distance of the centre from the chord over its length
    centre_x = middle_x - apothem * (end[1] - y)
    centre_y = middle_y + apothem * (end[0] - x)
    first = math.atan2(y - centre_y, x - centre_x)
    turned = [first + angle * at / count for at in range(1, count)]
    return [(x, y), *((centre_x + radius * math.cos(a), centre_y + radius * math.sin(a)) for a in turned)]


class _Texts:
    """The texts of a drawing that hold a parcel code, found by their places."""

    def __init__(self, entities: Iterable[Any]) -> None:
        self._codes: list[re.Match[str]] = []
        places = []
        for entity in entities:
            if entity.dxftype() not in {"TEXT", "MTEXT"}:
                continue
            written = entity.plain_text()
            text = _clean("".join(written) if isinstance(written, list) else str(written))
            place, code = entity.dxf.insert, _CODE.search(text)
            if code and math.isfinite(place.x) and math.isfinite(place.y):
                self._codes.append(code)
                places.append(shapely.Point(place.x, place.y))
        self._tree = shapely.STRtree(places)

    def only_code(self, shape: shapely.Polygon) -> "re.Match[str] | None":
        """Return the code written inside a shape, None where there is none or another beside it."""
        inside = {self._codes[at][0]: self._codes[at] for at in self._tree.query(shape, predicate="contains")}
        return next(iter(inside.values())) if len(inside) == 1 else None


def _row(line: Any, shape: shapely.Polygon | None, texts: _Texts) -> dict[str, Any]:
    """Return the attributes of a parcel: from the line's own marks, else from the one code written inside."""
    marks = _marks(line)
    row: dict[str, Any] = {"layer": _layer(line)}
    row |= dict(zip(("south_code", "number", "holder", "land_use"), marks, strict=False))
    code = next((match for mark in marks if (match := _CODE.search(mark))), None)
    if code is None and shape is not None and shape.is_valid:
        code = texts.only_code(shape)
    if code is not None:
        row["zddm"] = code[1]
        if code[2]:
            row["bdcdyh"] = code[0]
    return row


def _nested(geoms: Any) -> list[Note]:
    """Remark on a closed line inside another: a hole or a parcel, which the drawing does not say."""
    sound = np.flatnonzero(shapely.is_valid(geoms))
    tree = shapely.STRtree(geoms[sound])
    inner, outer = tree.query(geoms[sound], predicate="within")
    pairs = [(sound[a], sound[b]) for a, b in zip(inner, outer, strict=True) if a != b]
    return [Note("dxf_line_inside", "warning", int(a) + 1, {"outer": int(b) + 1}) for a, b in pairs]


def _points(entities: Iterable[Any]) -> dict[str, Table]:
    """Return the boundary points: points, inserted symbols and circles of the point layers."""
    places, rows = [], []
    for entity in entities:
        place = _place(entity) if _layer(entity).upper() in _POINT_LAYERS else None
        if place is not None and math.isfinite(place[0]) and math.isfinite(place[1]):
            places.append(shapely.Point(place))
            rows.append(_point_row(entity, place))
    if not places:
        return {}
    geoms = np.full(len(places), None, dtype=object)
    geoms[:] = places
    return {"JZD": Table("JZD", geoms, rows, {}, "", False)}


def _place(entity: Any) -> tuple[float, float] | None:
    where = {"POINT": "location", "INSERT": "insert", "CIRCLE": "center"}.get(entity.dxftype())
    if where is None:
        return None
    place = entity.dxf.get(where)
    return float(place.x), float(place.y)


def _point_row(entity: Any, place: tuple[float, float]) -> dict[str, Any]:
    marks = _marks(entity)
    row: dict[str, Any] = {"XZBZ": place[1], "YZBZ": place[0]}
    attributes = {}
    if entity.dxftype() == "INSERT":
        attributes = {_clean(str(one.dxf.tag)).upper(): _clean(str(one.dxf.text)) for one in entity.attribs}
    number = attributes.get("JZDH") or attributes.get("点号") or (marks[1] if len(marks) > 1 else None)
    if number:
        row["JZDH"] = number
    return row
