"""Cases (登记业务) with their units, parties, materials, events and certificates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shapely.geometry import Point

from registry.parties.records import PartyInput

CLOSED = frozenset({"archived", "refused", "withdrawn"})


@dataclass(frozen=True, slots=True)
class NewApplicant:
    """An applicant as entered at the window; the share is ``share[0] / share[1]``."""

    role: str
    party: PartyInput
    share: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class NewMaterial:
    """A material handed in: its code in the handbook and the number of copies."""

    code: str
    copies: int = 1


@dataclass(frozen=True, slots=True)
class NewRelief:
    """The document on which a relief (减免) is granted for a declared fact."""

    fact: str
    document: str


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to accept.

    Attributes
    ----------
    unit_codes : sequence of str
        28 characters; spaces are allowed.
    declares : frozenset of str
        Facts stated by the applicant, such as ``small_micro``.
    reliefs : sequence of NewRelief
        Documents of the reliefs granted at the window.
    garages : frozenset of str
        Those of the units that are garages, parking places or store rooms; ``garage`` declared means all are.
    certificates : int, optional
        Certificates wanted for each right; default one a holder where the handbook says so.
    amount_fen : int, optional
        Secured claim of a mortgage, fen.
    incomplete : bool
        Accept without a required material: the case waits for it (补正) and its limit does not run.
    """

    type_code: str
    unit_codes: Sequence[str]
    applicants: Sequence[NewApplicant]
    materials: Sequence[NewMaterial]
    accepting_office: str | None = None
    survey_id: int | None = None
    declares: frozenset[str] = frozenset()
    reliefs: Sequence[NewRelief] = ()
    garages: frozenset[str] = frozenset()
    certificates: int | None = None
    amount_fen: int | None = None
    term_from: date | None = None
    term_to: date | None = None
    transfer_ban: bool = False
    cause: str | None = None
    incomplete: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands; ``place`` is EPSG:4547 (E, N) metres, amounts are fen."""

    case_no: str
    type_code: str
    handbook_version: int
    status: str
    node: str
    node_role: str | None
    node_office: str | None
    accept_office: str
    decide_office: str | None
    county_code: str | None
    decision_id: int | None
    unit_count: int
    place: Point | None
    applicant: str
    address: str
    accepted_by: str
    accepted_at: datetime
    accepted_on: date
    due_on: date
    node_since: datetime
    notice_to: date | None
    fee_total_fen: int
    pay_before: str
    paid_at: datetime | None
    order_no: str | None
    registered_at: datetime | None
    closed_at: datetime | None
    survey_id: int | None
    detail: Mapping[str, Any]
    revision: int

    @property
    def nothing_due(self) -> bool:
        """Return whether nothing is left to pay."""
        return self.paid_at is not None or (self.fee_total_fen == 0 and self.pay_before == "issue")


@dataclass(frozen=True, slots=True)
class CaseUnit:
    """A unit of a case; ``place`` is EPSG:4547 (E, N) metres, ``area_m2`` square metres."""

    seq: int
    unit_code: str
    parcel_code: str
    kind: str
    housing: bool
    use_code: str | None
    address: str
    area_m2: Decimal | None
    place: Point | None
    decision_id: int | None


@dataclass(frozen=True, slots=True)
class CaseParty:
    """An applicant of a case, number masked; ``id_hash`` is for comparing, never shown."""

    seq: int
    party_id: int
    role: str
    kind: str
    name: str
    id_type: str
    id_masked: str
    id_hash: bytes = field(repr=False)
    share_num: int | None
    share_den: int | None

    @property
    def share(self) -> tuple[int, int] | None:
        """Return the share as numerator and denominator, None when none was stated."""
        if self.share_num is None or self.share_den is None:
            return None
        return self.share_num, self.share_den


@dataclass(frozen=True, slots=True)
class FeeLine:
    """A fee line of a case with its payer; amounts in fen, the payer's number masked.

    ``payer_code`` is the unified social credit code of an organisation, which is public; None for a person.
    """

    line_no: int
    item_code: str
    name: str
    quantity: int
    amount_fen: int
    rule_id: str
    reason: str
    reason_en: str
    basis: str
    payer_role: str
    payer_rule_id: str | None
    count_rule_id: str | None
    payer_party_id: int
    payer_name: str
    payer_kind: str
    payer_id_masked: str
    payer_code: str | None
    unit_code: str
    parcel_code: str
    county_code: str | None
    relief_fen: int
    relief_document: str | None
    relief_by: str | None
    superseded_at: datetime | None
    superseded_by: str | None
    superseded_reason: str | None


@dataclass(frozen=True, slots=True)
class Received:
    """A material received; ``file_sha256`` (hex) names the stored file, if one was uploaded."""

    material_id: int
    code: str
    name: str
    original: bool
    copies: int
    shared_from: str | None
    file_sha256: str | None
    file_name: str | None
    media_type: str | None
    size_bytes: int | None
    received_at: datetime
    received_by: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a case."""

    event_id: int
    at: datetime
    action: str
    from_node: str | None
    to_node: str
    from_status: str | None
    to_status: str
    login: str
    office: str | None
    comment: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Move:
    """A step of a case: what is written as an event, and where the case stands afterwards."""

    action: str
    node: str
    status: str
    comment: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the window learns at acceptance; ``missing`` names materials still to come."""

    case: Case
    lines: Sequence[FeeLine]
    missing: Sequence[str]


@dataclass(frozen=True, slots=True)
class AllowedAction:
    """A step open now: who takes it, and whether words are needed."""

    action: str
    label: str
    role: str
    office: str
    primary: bool
    comment: bool


@dataclass(frozen=True, slots=True)
class Steps:
    """What can be done at the node now, and what the rest waits for (message codes)."""

    node: str
    allowed: list[AllowedAction]
    waiting: list[str]


@dataclass(frozen=True, slots=True)
class PointResult:
    """A review point with its answer; ``holds`` is None when a person must judge."""

    id: str
    text: str
    kind: str
    rule_ref: str | None
    holds: bool | None
    reason: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate or proof of registration; ``live`` tells whether its entry still is."""

    certificate_no: str
    kind: str
    authority: str
    year: int
    serial: int
    case_no: str
    rrr_id: int
    unit_code: str
    copy_no: int
    check_code: str
    county_code: str
    issued_at: datetime
    live: bool


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """What to list.

    Attributes
    ----------
    first, last : date or None
        Days between which the case was accepted, both included.
    after : tuple or None
        Key (accepted_at, case_no) of the last case seen.
    """

    text: str | None = None
    status: str | None = None
    county_code: str | None = None
    office: str | None = None
    mine: bool = False
    undecided: bool = False
    overdue: bool = False
    open: bool = False
    first: date | None = None
    last: date | None = None
    after: tuple[str, str] | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class CaseHit:
    """A find of the one-box search: ``kind`` is ``case`` or ``certificate``."""

    kind: str
    code: str
    case_no: str
    unit_code: str
    title: str
    status: str
    county_code: str | None


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open case on a unit, without persons."""

    case_no: str
    type_code: str
    handbook_version: int
    status: str
    accept_office: str
    decide_office: str | None
    due_on: date


@dataclass(frozen=True, slots=True)
class CaseOnParcel:
    """An open case on a unit of a parcel, of any office, without persons."""

    parcel_code: str
    unit_code: str
    case_no: str
    type_code: str
    status: str


@dataclass(frozen=True, slots=True)
class NewRating:
    """A rating (好差评): level 5 very satisfied to 1 very dissatisfied."""

    level: int
    tags: Sequence[str] = ()
    words: str = ""
    channel: str = "window"
