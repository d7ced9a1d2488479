"""What the search box finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hit:
    """A find.

    Attributes
    ----------
    kind : str
        ``unit``, ``parcel``, ``address``, ``building``, ``place`` or ``coordinates``.
    code : str or None
        Official code.
    label : str
        What people read.
    detail : str or None
        More about it.
    lon, lat : float or None
        A point inside, degrees (CGCS2000).
    """

    kind: str
    code: str | None
    label: str
    detail: str | None = None
    unit_code: str | None = None
    parcel_code: str | None = None
    county_code: str | None = None
    lon: float | None = None
    lat: float | None = None
