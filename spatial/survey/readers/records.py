"""What the readers hand over."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Unreadable(Exception):
    """A file that is refused as a whole; raised in the child process and carried to the parent.

    Parameters
    ----------
    code : str
        One of the codes of the contract: ``unreadable_file``, ``crs_missing``, ``crs_contradicted``,
        ``axes_swapped``, ``zone_prefix``, ``datum_refused``, ``archive_unsafe``, ``geometry_not_finite``,
        ``too_deep``, ``wrong_type``, ``too_large``.
    reason : str
        Finer reason, the code of a message text.
    **params
        Values of the text; ``line`` is the line number in a text file; ``suggestion`` is a form field that
        would make the file readable, ``{"parameter": …, "value": …}``, for the sender to accept.
    """

    def __init__(self, code: str, reason: str, **params: object) -> None:
        self.code = code
        self.reason = reason
        self.params = params
        super().__init__(code, reason, params)


@dataclass(frozen=True, slots=True)
class Note:
    """A remark of a reader on something it understood but found odd.

    ``feature_no`` counts from 1, None for the file; ``severity`` is ``warning`` or ``info``.
    """

    code: str
    severity: str
    feature_no: int | None = None
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """How a file is to be read.

    Parameters
    ----------
    source_layer : str or None
        Layer of parcels in the file; None when the file has only one.
    crs : str or None
        Coordinate system stated by the sender, for a file that names none.
    axes : {"swap"} or None
        The sender's word that north and east (latitude and longitude) stand in each other's place.
    """

    source_layer: str | None = None
    crs: str | None = None
    axes: str | None = None


@dataclass(frozen=True, slots=True)
class Subdistricts:
    """Cadastral sub-districts (地籍子区) of the file's layer ``subdistricts``, EPSG:4547."""

    codes: list[str]
    names: list[str | None]
    geoms: "NDArray[np.object_]"


@dataclass(frozen=True, slots=True)
class ObjectTable:
    """One table of a bundle beside its parcels, as written.

    ``geoms`` holds one geometry of any kind a row, EPSG:4547 (E, N) metres on the 1 mm grid, or None where
    the table has none; ``rows`` the attributes under the column names of the register standard.
    """

    geoms: "NDArray[np.object_]"
    rows: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the features come from."""

    driver: str
    layer: str
    epsg: int
    declared_crs: str
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a file.

    ``geoms`` holds MultiPolygon in EPSG:4547 (E, N) metres on the 1 mm grid, or None where the feature has no
    usable polygon; ``faults`` names why, by feature number from 1. ``rows`` holds the attributes as written.
    ``objects`` holds further tables by their standard name: JZD (boundary points), JZX (boundary lines), ZRZ
    (buildings), LJZ (logical buildings), C (floors), H (flats). ``manifest`` is the checked description of a
    bundle (成果说明), with the SHA-256 and size of every file in it.
    """

    source: Source
    geoms: "NDArray[np.object_]"
    rows: list[dict[str, Any]]
    faults: dict[int, str]
    notes: list[Note]
    subdistricts: Subdistricts | None = None
    resolution_m2: list[float | None] = field(default_factory=list)
    objects: dict[str, ObjectTable] = field(default_factory=dict)
    manifest: dict[str, Any] | None = None
