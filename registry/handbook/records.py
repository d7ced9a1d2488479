"""Format of a handbook entry (design: domain 3.3), strict, and the published version of one."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Facts of a case that make a material necessary: found by us, or stated in ``declares``.
FACTS = frozenset(
    {
        "agent",
        "organisation",
        "co_owned",
        "mortgaged",
        "mortgage_forbids_transfer",
        "objection",
        "granted",
        "maximum_amount",
        "notice_done",
    }
)
# What an action may ask for before it is allowed.
CONDITIONS = frozenset(
    {
        "materials_complete",
        "county_decided",
        "review_points_pass",
        "tax_paid",
        "fee_paid",
        "notice_period_over",
    }
)
ENDS = ("refused", "withdrawn", "archived")
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Name = Annotated[str, Field(min_length=1, max_length=500)]
Role = Literal["holder", "transferor", "transferee", "mortgagor", "mortgagee", "agent"]
Status = Literal[
    "draft",
    "accepted",
    "supplement",
    "notice",
    "review",
    "registered",
    "certified",
    "issued",
    "archived",
    "refused",
    "withdrawn",
    "suspended",
]


class Strict(BaseModel):
    """Base of the format: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Applicant(Strict):
    """A role that applies; ``at_least`` 0 when it may be absent."""

    role: Role
    name: Name
    at_least: Annotated[int, Field(ge=0)]


class Material(Strict):
    """A document to hand in; always needed when ``required_when`` is None."""

    code: Code
    name: Name
    original: bool
    copies: Annotated[int, Field(ge=0, le=99)]
    source_dept: str | None = None
    shared_from: str | None = None
    required_when: str | None = None


class NodeAction(Strict):
    """A step people may take at a node; ``to`` is a node, or ``refused``, ``withdrawn``, ``archived``.

    ``comment`` tells that words are needed, ``requires`` names conditions.
    """

    action: Code
    label: Name
    to: Code
    primary: bool
    requires: tuple[str, ...] = ()
    comment: bool = False


class Node(Strict):
    """A place where a case stands: who works there, at the accepting or the deciding office."""

    code: Code
    name: Name
    role: Literal["clerk", "registrar"]
    office: Literal["accept", "decide"]
    limit_days: Annotated[int, Field(ge=0)]
    status: Status
    clock_stops: bool = False
    actions: tuple[NodeAction, ...]

    @model_validator(mode="after")
    def _one_way_on(self) -> "Node":
        names = [action.action for action in self.actions]
        if len(set(names)) != len(names):
            raise ValueError(f"node {self.code}: an action twice")
        if sum(action.primary for action in self.actions) > 1:
            raise ValueError(f"node {self.code}: more than one primary action")
        return self


class ReviewPoint(Strict):
    """A point of the review; an automatic one names its rule."""

    id: Annotated[str, Field(pattern=r"^[A-Z][0-9]{2,3}$")]
    text: Name
    kind: Literal["auto", "manual"]
    rule_ref: str | None = None

    @model_validator(mode="after")
    def _rule_named(self) -> "ReviewPoint":
        if (self.kind == "auto") != (self.rule_ref is not None):
            raise ValueError(f"review point {self.id}: automatic if and only if a rule is named")
        return self


class Limit(Strict):
    """Time limits in working days, and what does not count."""

    statutory: Annotated[int, Field(ge=0)]
    promised: Annotated[int, Field(ge=0)]
    excludes: tuple[str, ...] = ()


class FeeRef(Strict):
    """Who pays the fee, and how pieces and certificates are counted."""

    ref: Code
    payer_role: Role
    right_kind: Literal["own", "mortgage", "easement", "residence"]
    count_rule: str
    certificates: Literal["per_holder", "one", "none"]


class AreaLimits(Strict):
    """Areas above which an excess is noted in the register, square metres."""

    farm_land: Annotated[int, Field(gt=0)]
    unused_land: Annotated[int, Field(gt=0)]


class Entry(Strict):
    """A business type of the handbook.

    ``registration_type`` is DJLX, ``right_types`` QLLX: of the right entered, or for a mortgage of the
    rights it may lie on. ``unit_types`` holds the letters of the fixture types it is open to.
    """

    type_code: Code
    version: Annotated[int, Field(ge=1)]
    name: Name
    name_en: Name
    registration_type: Annotated[str, Field(pattern=r"^[0-9]{3}$")]
    right_kind: Literal["own", "mortgage", "easement", "residence"]
    right_types: tuple[Annotated[str, Field(pattern=r"^[0-9]{1,2}$")], ...]
    document: Literal["certificate", "proof", "none"]
    valid_from: date
    valid_to: date | None = None
    source_doc: Name
    verified: bool
    basis: tuple[Name, ...]
    scope: Name
    unit_types: Annotated[str, Field(pattern=r"^[WFLQ]{1,4}$")]
    forms: tuple[Name, ...]
    parcel_characters: tuple[str, ...] = ()
    right_nature: tuple[str, ...] = ()
    limit: Limit
    applicants: tuple[Applicant, ...]
    materials: tuple[Material, ...]
    nodes: tuple[Node, ...]
    review_points: tuple[ReviewPoint, ...]
    fees: tuple[FeeRef, ...]
    limits_m2: AreaLimits | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Entry":
        codes = [node.code for node in self.nodes]
        actions = [action for node in self.nodes for action in node.actions]
        if len(set(codes)) != len(codes) or not {action.to for action in actions} <= {*codes, *ENDS}:
            raise ValueError(f"{self.type_code}: an action leads to an unknown node")
        unknown = {action for each in actions for action in each.requires} - CONDITIONS
        unknown |= {item.required_when for item in self.materials if item.required_when} - FACTS
        if unknown:
            raise ValueError(f"{self.type_code}: unknown conditions or facts {sorted(unknown)}")
        materials = [material.code for material in self.materials]
        if len(set(materials)) != len(materials) or not self.fees or not self.nodes:
            raise ValueError(f"{self.type_code}: a material twice, or no node or fee")
        return self

    def node(self, code: str) -> Node | None:
        """Return a node, None when the case is closed."""
        return next((node for node in self.nodes if node.code == code), None)

    @property
    def holder_role(self) -> str:
        """Return the role that gets the right: the one who pays for it."""
        return self.fees[0].payer_role

    @property
    def giver_role(self) -> str | None:
        """Return the role whose right it comes from or lies on, None for a first registration."""
        roles = {applicant.role for applicant in self.applicants}
        return next((role for role in ("transferor", "mortgagor") if role in roles), None)


@dataclass(frozen=True, slots=True)
class Published:
    """A published version; ``body`` is the canonical JSON text that ``sha256`` (hex) is of."""

    type_code: str
    version: int
    name: str
    valid_from: date
    sha256: str
    body: str
    published_at: datetime
