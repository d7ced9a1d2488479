"""Writer of the multi-survey bundle: data, exchange text, and the manifest with the SHA-256 of each."""

import hashlib
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Final

from spatial.crs import CENTRAL_MERIDIAN_DEG, PLANE, ZONE
from spatial.survey.readers.bundle import FORMAT, MANIFEST
from spatial.survey.writers.boundary_txt import boundary_text
from spatial.survey.writers.geopackage import write_geopackage
from spatial.survey.writers.records import Result

DATA: Final = "data/survey.gpkg"
TEXT: Final = "data/boundary_points.txt"
SOFTWARE: Final = "宁图 Ningtu"
# A file that was not a bundle says nothing of these; the reader wants a word.
NOT_STATED: Final = "未填写"
_STATED: Final = (
    "project_code", "project_name", "survey_unit", "qualification_no", "surveyor", "checker", "height_datum",
    "accuracy_grade", "instrument",
)  # fmt: skip
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def bundle(result: Result) -> bytes:
    """Write a bundle: the GeoPackage as data, the boundary-point text as a source.

    Parameters
    ----------
    result : Result
        EPSG:4547; what its manifest does not state is written as not stated, never invented.
    """
    files = {DATA: geopackage_bytes(result), TEXT: boundary_text(result)}
    with tempfile.SpooledTemporaryFile() as sink:
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in {MANIFEST: _manifest(result, files), **files}.items():
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
        sink.seek(0)
        return sink.read()


def geopackage_bytes(result: Result) -> bytes:
    """Write a GeoPackage and return its bytes."""
    with tempfile.TemporaryDirectory(prefix="ningtu-write-") as folder:
        path = Path(folder) / "survey.gpkg"
        write_geopackage(result, path)
        return path.read_bytes()


def _manifest(result: Result, files: dict[str, bytes]) -> bytes:
    known = result.manifest
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "format_version": "1.0",
        **{name: known.get(name) or NOT_STATED for name in _STATED},
        "survey_date": known.get("survey_date") or result.made_on.isoformat(),
        "crs": f"EPSG:{PLANE}",
        "central_meridian": CENTRAL_MERIDIAN_DEG,
        "zone": ZONE,
        "items": known.get("items") or [NOT_STATED],
        "software": SOFTWARE,
        "version": known.get("version") or "1",
        "previous_version": known.get("previous_version"),
        "exported": known.get("exported"),
        "files": [
            {
                "path": name,
                "sha256": hashlib.sha256(data).hexdigest(),
                "bytes": len(data),
                "role": "data" if name == DATA else "source",
            }
            for name, data in files.items()
        ],
    }
    return json.dumps(manifest, ensure_ascii=False, indent=2, default=str).encode()
