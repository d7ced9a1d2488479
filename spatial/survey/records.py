"""Words of survey results: submissions, draft features, findings, runs, changes."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]
Box = tuple[float, float, float, float]


class Kind(StrEnum):
    """What a submission is for."""

    NEW = "new"
    RESURVEY = "resurvey"
    CORRECTION = "correction"
    INITIAL_LOAD = "initial_load"


class Scope(StrEnum):
    """Whether live parcels that the upload leaves out are to end."""

    PARTIAL = "partial"
    COMPLETE = "complete"


class Moment(StrEnum):
    """When rules are asked: pre-check, upload, approval, and the audit of the register at night.

    The first three judge an upload and answer the same; the audit judges what is registered.
    """

    PRECHECK = "precheck"
    SUBMIT = "submit"
    APPROVAL = "approval"
    NIGHTLY = "nightly"


class Status(StrEnum):
    """State of a submission (design: received > checking > checked | failed > submitted > …)."""

    RECEIVED = "received"
    CHECKING = "checking"
    CHECKED = "checked"
    FAILED = "failed"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    REGISTERED = "registered"
    CANCELLED = "cancelled"


class Severity(StrEnum):
    """错误 blocks, 警告 the reviewer must answer, 提示 informs."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Features:
    """Draft parcels of an upload as parallel columns.

    Parameters
    ----------
    geoms : array of MultiPolygon or None
        EPSG:4547 (E, N) metres, 1 mm grid, never repaired.
    codes, unit_codes : list of str or None
        Parcel code (19) and unit code (28) as written, normalised.
    declared_m2, resolution_m2 : list of float or None
        Declared area and half of its last decimal, square metres.
    faults : dict
        Number of a feature (from 1) without polygon -> why.
    """

    geoms: Geometries
    codes: list[str | None]
    unit_codes: list[str | None]
    declared_m2: list[float | None]
    resolution_m2: list[float | None]
    land_use: list[str | None]
    address: list[str | None]
    faults: dict[int, str] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.geoms)

    def object_id(self, at: int) -> str:
        """Return how people name the feature at an index: its code, otherwise its number."""
        return self.codes[at] or f"#{at + 1}"


@dataclass(frozen=True, slots=True)
class Shapes:
    """Named shapes of the register: parallel codes and polygons in EPSG:4547."""

    codes: list[str]
    geoms: Geometries

    def __len__(self) -> int:
        return len(self.codes)


def no_shapes() -> Shapes:
    """Return an empty set of shapes."""
    return Shapes([], np.array([], dtype=object))


@dataclass(frozen=True, slots=True)
class Registered:
    """What the register says of a live parcel beside its shape; area in square metres."""

    area_m2: float | None = None
    land_use: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Restrictions:
    """How many seizures (查封) in force, mortgages (抵押) and open cases lie on what an upload changes.

    By parcel code, with what lies on its buildings; ``ending_cases`` by the code of a flat that ends.
    """

    seizures: dict[str, int] = field(default_factory=dict)
    mortgages: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)
    ending_cases: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the city knows around an upload; None where it is not known (the rules then do not run).

    Parameters
    ----------
    counties : Shapes or None
        Counties in pieces (codes repeat), with the neighbours outside the city.
    city : frozenset of str
        Codes of the city's own counties.
    subdistricts : Shapes or None
        Cadastral sub-districts by their twelve digits.
    parcels : Shapes or None
        Live parcels of the same layer around and under the upload.
    areas_m2 : dict
        Registered area of live parcels by code, square metres.
    registered : dict
        What else the register says of live parcels by code.
    used_codes : frozenset of str or None
        Codes of the upload that once were parcels and are no more.
    buildings : frozenset of str or None
        Buildings in the register, of those that the upload's floors and flats name.
    others : dict
        Live parcels of each other layer around the upload; empty where no register is at hand.
    judgements : dict
        What an overlap with each other layer is: ``allow``, ``warn`` or ``error``.
    restrictions : Restrictions or None
        Of the live parcels that the upload changes.
    """

    counties: Shapes | None = None
    city: frozenset[str] = frozenset()
    subdistricts: Shapes | None = None
    parcels: Shapes | None = None
    areas_m2: dict[str, float] = field(default_factory=dict)
    registered: dict[str, Registered] = field(default_factory=dict)
    used_codes: frozenset[str] | None = None
    datum_verified: bool | None = None
    buildings: frozenset[str] | None = None
    others: dict[str, Shapes] = field(default_factory=dict)
    judgements: dict[str, str] = field(default_factory=dict)
    restrictions: Restrictions | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found.

    Parameters
    ----------
    place : geometry
        Where, EPSG:4547 (E, N) metres.
    measured, limit : float or None
        In ``unit``.
    message : str
        Code of the text, with ``params``.
    fix : geometry or None
        Proposed geometry of the object, EPSG:4547.
    """

    rule_id: str
    severity: Severity
    object_id: str
    message: str
    place: shapely.Geometry | None = None
    feature_no: int | None = None
    other_id: str | None = None
    measured: float | None = None
    limit: float | None = None
    unit: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    fix: shapely.Geometry | None = None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How one rule ended: ``passed``, ``found`` or ``not_run`` with the reason; ``skipped`` features."""

    rule_id: str
    result: str
    findings: int = 0
    skipped: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the checks."""

    rule_set_sha256: str
    tolerance_m: float
    base_revision: int | None
    started_at: datetime
    seconds: float
    rules: list[RuleResult]


@dataclass(frozen=True, slots=True)
class Report:
    """Findings and run of a check."""

    features: int
    findings: list[Finding]
    run: Run

    def counts(self) -> dict[str, int]:
        """Count features, findings by severity, and rules passed and not run."""
        return {
            "features": self.features,
            "errors": sum(finding.severity is Severity.ERROR for finding in self.findings),
            "warnings": sum(finding.severity is Severity.WARNING for finding in self.findings),
            "infos": sum(finding.severity is Severity.INFO for finding in self.findings),
            "rules_passed": sum(rule.result == "passed" for rule in self.run.rules),
            "rules_not_run": sum(rule.result == "not_run" for rule in self.run.rules),
        }


@dataclass(frozen=True, slots=True)
class Order:
    """What a sender wants done with a file.

    ``replaces`` is the version of the same project that this one takes the place of; ``sha256`` (hex) is what
    the sender says of the file.
    """

    project_code: str
    layer: str
    kind: Kind
    scope: Scope
    effective_on: date
    version: str = "1"
    source_layer: str | None = None
    crs: str | None = None
    axes: str | None = None
    replaces: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file on its way in: where its bytes are, its name as sent, and what is wanted."""

    path: Path
    name: str
    order: Order


@dataclass(frozen=True, slots=True)
class Submission:
    """A stored survey submission (多测合一成果提交)."""

    survey_id: int
    project_code: str
    version: str
    layer: str
    kind: str
    scope: str
    effective_on: date
    status: str
    file_name: str
    file_sha256: str
    file_bytes: int
    source: dict[str, Any]
    feature_count: int
    problem: dict[str, Any] | None
    job_id: int | None
    submitted_by: str
    created_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    comment: str | None
    registered_at: datetime | None
    replaces_id: int | None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that a reviewer lets pass, with the reason and, where it ends, the day."""

    finding_id: int
    reason: str
    until: date | None = None
    reason_code: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A reviewer's decision."""

    accept: bool
    comment: str
    waivers: tuple[Waiver, ...] = ()
    reason_codes: tuple[str, ...] = ()
