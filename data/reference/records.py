"""What the readers of the reference files give, and what the tables answer."""

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from shapely.geometry import MultiPolygon

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """Rows of one table of schema ``ref``, read from a file.

    Attributes
    ----------
    name : str
        Table, and name of the set.
    key : tuple of str
        Columns that say which row it is.
    rows : list of dict
        Column to value.
    sha256 : str
        Hex digest of the file's bytes.
    keep_edited : bool
        Rows already in the table are left alone: people edit them.
    """

    name: str
    key: tuple[str, ...]
    rows: list[Row]
    sha256: str
    keep_edited: bool = False


@dataclass(frozen=True, slots=True)
class HandbookFile:
    """An entry of the handbook as it stands in its file (TOML)."""

    type_code: str
    version: int
    content: bytes
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BoundaryCounty:
    """A county or neighbouring county of a boundary set.

    Attributes
    ----------
    geom : MultiPolygon
        EPSG:4547 (E, N) metres, 1 mm grid.
    """

    county_code: str
    name: str
    in_city: bool
    geom: MultiPolygon


@dataclass(frozen=True, slots=True)
class BoundaryFile:
    """A boundary set with what must be said about it wherever it is shown.

    Attributes
    ----------
    accuracy_m : int
        Within this distance of a line (metres) the set cannot decide a county.
    """

    set_code: str
    name_zh: str
    name_en: str
    accuracy_m: int
    legal: bool
    valid_from: date
    source_doc: str
    verified: bool
    notice_zh: str
    notice_en: str
    provenance: str
    sha256: str
    counties: tuple[BoundaryCounty, ...]


@dataclass(frozen=True, slots=True)
class County:
    """A county (县、市、区) of the city."""

    county_code: str
    slug: str
    name_zh: str
    name_en: str
    certificate_name: str
    registrar_name: str


@dataclass(frozen=True, slots=True)
class CountyAccount:
    """The account a county's money of one kind (``nontax`` or ``tax``) is paid to."""

    county_code: str
    kind: str
    owner_code: str
    name: str
    bank: str
    number: str
    cnaps: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class ClearingHours:
    """Cut-offs of a clearing day, Asia/Shanghai: the first run's, and the end of the late window."""

    cutoff: time
    late_cutoff: time


@dataclass(frozen=True, slots=True)
class CountyPolicy:
    """What the city chose for money whose county is not plain.

    Attributes
    ----------
    dispute_days : int
        Days after payment or clearing in which a county may dispute a line.
    area_split : bool
        Whether fees of a parcel in several counties are split by area instead of waiting for a person.
    """

    dispute_days: int
    area_split: bool


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a list with its names."""

    code: str
    name_zh: str
    name_en: str
    attributes: dict[str, Any]

    def name(self, lang: str) -> str:
        """Return the name in a language."""
        return self.name_en if lang == "en" else self.name_zh


@dataclass(frozen=True, slots=True)
class SecondReviewRule:
    """When a survey result is accepted by two people; all conditions that are given must hold.

    Attributes
    ----------
    kinds : list of str
        Kinds of submissions; empty for all.
    min_area_m2 : Decimal or None
        Area of all its parcels, square metres in the plane of EPSG:4547.
    min_waivers : int or None
        Errors let pass.
    """

    rule_id: str
    kinds: list[str]
    min_features: int | None
    min_area_m2: Decimal | None
    min_waivers: int | None
    straddles_county: bool
    reason_zh: str
    reason_en: str

    def reason(self, lang: str) -> str:
        """Return why, in a language."""
        return self.reason_en if lang == "en" else self.reason_zh
