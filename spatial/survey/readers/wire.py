"""How a child hands its content to the parent: plain JSON and numpy arrays, nothing that runs code."""

import itertools
import json
import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.readers.records import Content, Note, ObjectTable, Source, Subdistricts, Unreadable

_ARRAYS: Final = "content.npz"
_TEXT: Final = "content.json"
_PROBLEM: Final = "problem.json"


def read_problem(folder: Path) -> Unreadable | None:
    """Return why the file was refused, or None."""
    path = folder / _PROBLEM
    if not path.is_file():
        return None
    body = _read(path)
    return Unreadable(body["code"], body["reason"], **body["params"])


def write_content(folder: Path, content: Content) -> None:
    """Write a content (child's side)."""
    arrays = _packed("parcels", content.geoms)
    if content.subdistricts is not None:
        arrays |= _packed("subdistricts", content.subdistricts.geoms)
    for name, table in content.objects.items():
        arrays |= _as_wkb(f"object_{name}", table.geoms)
    np.savez(folder / _ARRAYS, **arrays)  # type: ignore[arg-type]  # keyword arrays
    body = {
        "source": [
            content.source.driver,
            content.source.layer,
            content.source.epsg,
            content.source.declared_crs,
            content.source.encoding,
        ],
        "rows": content.rows,
        "faults": content.faults,
        "notes": [[note.code, note.severity, note.feature_no, note.params] for note in content.notes],
        "resolution_m2": content.resolution_m2,
        "objects": {name: table.rows for name, table in content.objects.items()},
        "manifest": content.manifest,
        "subdistricts": None
        if content.subdistricts is None
        else [content.subdistricts.codes, content.subdistricts.names],
    }
    _write(folder / _TEXT, body)


def read_content(folder: Path) -> Content:
    """Read a content (parent's side)."""
    body = _read(folder / _TEXT)
    with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
        geoms = _unpacked("parcels", arrays)
        districts = (
            None
            if body["subdistricts"] is None
            else Subdistricts(
                codes=body["subdistricts"][0],
                names=body["subdistricts"][1],
                geoms=_unpacked("subdistricts", arrays),
            )
        )
        objects = {
            name: ObjectTable(_from_wkb(f"object_{name}", arrays), rows)
            for name, rows in body["objects"].items()
        }
    return Content(
        source=Source(*body["source"]),
        geoms=geoms,
        rows=body["rows"],
        faults={int(number): str(reason) for number, reason in body["faults"].items()},
        notes=[Note(*note) for note in body["notes"]],
        subdistricts=districts,
        resolution_m2=body["resolution_m2"],
        objects=objects,
        manifest=body["manifest"],
    )


def _write(path: Path, body: dict[str, Any]) -> None:
    text = json.dumps(body, ensure_ascii=False, default=str)
    path.write_text(text, encoding="utf-8", errors="surrogatepass")


def _read(path: Path) -> dict[str, Any]:
    body: dict[str, Any] = _clean(json.loads(path.read_text(encoding="utf-8", errors="surrogatepass")))
    return body


def _clean(value: Any) -> Any:
    """Take out what PostgreSQL cannot store: NUL, lone surrogates, numbers without end, wherever they are."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {_clean(key): _clean(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_clean(member) for member in value]
    return value


def _packed(name: str, geoms: NDArray[np.object_]) -> dict[str, NDArray[Any]]:
    present = np.array([geom is not None for geom in geoms], dtype=bool)
    if not present.any():  # of a file whose features went ahead in parts
        return {f"{name}_present": present}
    kind, coordinates, offsets = shapely.to_ragged_array(geoms[present])
    if kind != shapely.GeometryType.MULTIPOLYGON:
        raise TypeError(kind)
    packed = {f"{name}_present": present, f"{name}_coordinates": coordinates}
    return packed | {f"{name}_offsets_{level}": offset for level, offset in enumerate(offsets)}


def _unpacked(name: str, arrays: Any) -> NDArray[np.object_]:
    present = arrays[f"{name}_present"]
    if not present.any():
        return np.full(len(present), None, dtype=object)
    offsets = tuple(arrays[f"{name}_offsets_{level}"] for level in range(3))
    geoms = np.full(len(present), None, dtype=object)
    geoms[present] = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON, arrays[f"{name}_coordinates"], offsets
    )
    return geoms


def _as_wkb(name: str, geoms: NDArray[np.object_]) -> dict[str, NDArray[Any]]:
    """Pack geometries of any kind as one run of bytes and where each ends; one of no length is none."""
    texts = [b"" if geom is None else shapely.to_wkb(geom) for geom in geoms]
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    return {f"{name}_wkb": np.frombuffer(b"".join(texts), dtype=np.uint8), f"{name}_ends": ends}


def _from_wkb(name: str, arrays: Any) -> NDArray[np.object_]:
    run, ends = arrays[f"{name}_wkb"].tobytes(), arrays[f"{name}_ends"].tolist()
    geoms = np.full(len(ends), None, dtype=object)
    for at, (begin, end) in enumerate(itertools.pairwise([0, *ends])):
        if end > begin:
            geoms[at] = shapely.from_wkb(run[begin:end])
    return geoms
