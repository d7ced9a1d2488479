"""What a rule sees, and how it says what it found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.change_records import Change
from spatial.survey.objects.records import Objects
from spatial.survey.predicates import Vertices
from spatial.survey.readers.records import Note
from spatial.survey.records import (
    Features,
    Finding,
    Ground,
    Kind,
    Moment,
    Restrictions,
    Scope,
    Shapes,
)
from spatial.survey.rules.catalogue import RuleFacts

# A rule tells at most so many findings; the rest is counted.
MOST_FINDINGS: Final = 5_000


class NotRun(Exception):
    """A rule's precondition does not hold; the text is the code of the reason."""


@dataclass
class Context:
    """An upload, what the city knows around it, and what is computed once for all rules.

    Parameters
    ----------
    features : Features
        Draft parcels, EPSG:4547.
    ground : Ground
        The register around them.
    kind : Kind
        Decides severities.
    layer : str
        Layer of the register.
    replaced : frozenset of str
        Live parcels that the upload changes or ends; they are no neighbours of it.
    notes : list of Note
        Remarks of the reader.
    scope : Scope
        Whether the upload is all there is on its ground.
    moment : Moment
        Decides which rules are asked; upload, pre-check and approval ask the same.
    today : date or None
        Day of the check by the city's clock; set by the engine where it is not given.
    objects : Objects
        What came beside the parcels.
    changes : sequence of Change
        What the upload changes in the register.
    """

    features: Features
    ground: Ground
    kind: Kind
    layer: str
    replaced: frozenset[str] = frozenset()
    notes: list[Note] = field(default_factory=list)
    scope: Scope = Scope.PARTIAL
    moment: Moment = Moment.SUBMIT
    today: date | None = None
    objects: Objects = field(default_factory=Objects)
    changes: Sequence[Change] = ()

    @cached_property
    def index_of(self) -> dict[str, int]:
        """Index of each parcel code of the upload; the first where it is repeated."""
        codes = self.features.codes
        return {code: at for at, code in reversed(list(enumerate(codes))) if code}

    @cached_property
    def land(self) -> dict[str, shapely.Geometry]:
        """Valid shape of each parcel by code: of the upload, otherwise of the register, EPSG:4547."""
        codes, geoms = self.neighbours
        found = dict(zip(codes, geoms, strict=True))
        return found | {code: self.features.geoms[at] for code, at in self.index_of.items() if self.valid[at]}

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """Whether each feature has a polygon."""
        return np.array([geom is not None for geom in self.features.geoms], dtype=bool)

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """Whether each feature has a valid polygon."""
        valid: NDArray[np.bool_] = self.present & shapely.is_valid(self.features.geoms)
        return valid

    @cached_property
    def usable(self) -> NDArray[np.int64]:
        """Indices of the features with a valid polygon."""
        return np.flatnonzero(self.valid)

    @cached_property
    def polygons(self) -> NDArray[np.object_]:
        """The valid polygons, in the order of ``usable``."""
        found: NDArray[np.object_] = self.features.geoms[self.usable]
        return found

    @cached_property
    def vertices(self) -> Vertices:
        """All corners of all polygons."""
        return Vertices(self.features.geoms)

    @cached_property
    def neighbours(self) -> tuple[list[str], NDArray[np.object_]]:
        """Live parcels around the upload that stay as they are."""
        parcels = self.ground.parcels
        if parcels is None:
            return [], np.array([], dtype=object)
        kept = [at for at, code in enumerate(parcels.codes) if code not in self.replaced]
        return [parcels.codes[at] for at in kept], parcels.geoms[kept]

    @cached_property
    def columns(self) -> dict[str, str]:
        """Columns of the attributes as written, by their lower-case names."""
        return {key.lower(): key for row in self.features.rows[:50] for key in row}

    def texts(self, *names: str) -> list[str | None] | None:
        """Return the attribute of the first of these columns that the upload has, None without any.

        Parameters
        ----------
        *names : str
            Lower-case names of columns, the standard's first.

        Returns
        -------
        list of str or None
            One for each feature, without blanks around; None where nothing is written.
        """
        column = next((self.columns[name] for name in names if name in self.columns), None)
        if column is None:
            return None
        written = (row.get(column) for row in self.features.rows)
        return [None if value is None else str(value).strip() or None for value in written]

    @property
    def counties(self) -> Shapes:
        """Counties around the upload.

        Raises
        ------
        NotRun
            If none is known.
        """
        if not self.ground.counties:
            raise NotRun("counties_not_known")
        return self.ground.counties

    @property
    def subdistricts(self) -> Shapes:
        """Cadastral sub-districts around the upload.

        Raises
        ------
        NotRun
            If none is known.
        """
        if not self.ground.subdistricts:
            raise NotRun("subdistricts_not_known")
        return self.ground.subdistricts

    @property
    def register(self) -> Shapes:
        """Live parcels around and under the upload.

        Raises
        ------
        NotRun
            If the register is not at hand.
        """
        if self.ground.parcels is None:
            raise NotRun("register_not_known")
        return self.ground.parcels

    @property
    def restrictions(self) -> Restrictions:
        """Seizures, mortgages and open cases on what the upload changes and ends.

        Raises
        ------
        NotRun
            If the register of rights is not at hand.
        """
        if self.ground.restrictions is None:
            raise NotRun("register_not_known")
        return self.ground.restrictions

    @property
    def day(self) -> date:
        """Day of the check.

        Raises
        ------
        NotRun
            If it is not known.
        """
        if self.today is None:
            raise NotRun("day_not_known")
        return self.today

    def need_polygon(self) -> int:
        """Return how many features have no polygon.

        Raises
        ------
        NotRun
            If none has.
        """
        if not self.present.any():
            raise NotRun("no_polygon")
        return int((~self.present).sum())

    def need_table(self, *names: str) -> None:
        """Ask for one of some tables beside the parcels.

        Raises
        ------
        NotRun
            If the upload has none of them: ``no_table_`` and the standard's name of the first.
        """
        if not self.objects.tables & set(names):
            raise NotRun(f"no_table_{names[0]}")

    def need_valid(self) -> int:
        """Return how many features have to be left out for want of a valid polygon.

        Raises
        ------
        NotRun
            If none is left.
        """
        if not self.valid.any():
            raise NotRun("no_valid_polygon")
        return int((~self.valid).sum())


class Told:
    """Collects the findings of one rule: the first of them, and how many there were."""

    def __init__(self, rule: RuleFacts, context: Context) -> None:
        self.rule = rule
        self.context = context
        self.findings: list[Finding] = []
        self.count = 0
        self.skipped = 0

    @property
    def full(self) -> bool:
        """Whether further findings are only counted."""
        return self.count >= MOST_FINDINGS

    def add(
        self,
        at: int | None,
        message: str,
        grade: str = "major",
        *,
        place: shapely.Geometry | None = None,
        measured: float | None = None,
        **more: Any,
    ) -> None:
        """Tell of the feature at an index (None for the whole file).

        Further arguments: ``other_id``, ``params``, ``fix``, ``object_id``, ``limit``.
        """
        self.count += 1
        if self.count > MOST_FINDINGS:
            return
        features = self.context.features
        if place is None and at is not None:
            place = _place_of(features, at)
        limit = more.pop("limit", self.rule.limits.get(grade))
        name = more.pop("object_id", None) or (features.object_id(at) if at is not None else "")
        self.findings.append(
            Finding(
                rule_id=self.rule.rule_id,
                severity=self.rule.severity(self.context.kind, grade, self.context.moment),
                object_id=name,
                message=message,
                place=place,
                feature_no=None if at is None else at + 1,
                measured=None if measured is None else round(measured, 6),
                limit=None if measured is None else limit,
                unit=self.rule.unit or None if measured is not None else None,
                **more,
            )
        )


def _place_of(features: Features, at: int) -> shapely.Geometry | None:
    geom = features.geoms[at]
    if geom is None:
        return None
    return shapely.Point(shapely.get_coordinates(geom)[0])
