"""What a fee is assessed from, the tariff's rules, and the lines that result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class FeeRule:
    """A dated rule of the tariff (table ``ref.fee_rule``); an empty condition means any.

    Attributes
    ----------
    outcome : str
        ``exempt``, ``cost_only``, ``half`` or ``rate`` decide the amount; ``count`` says what one piece is,
        ``extra`` the price of further certificates, ``payer`` who pays.
    choice, option : str or None
        Open question and the answer that this rule is; in force only while that answer is chosen.
    amount_fen : int
        Per piece (件) or certificate (本), fen.
    count_by : str or None
        ``unit``, ``parcel``, ``case`` or ``unit_when_apart``: what makes one piece.
    evidence_zh, evidence_en : str or None
        Document that the relief is granted on; None when the law alone decides.
    self_declared : bool
        Whether the applicant's declaration is that document.
    """

    rule_id: str
    position: int
    outcome: str
    registration_types: Sequence[str]
    right_kinds: Sequence[str]
    right_types: Sequence[str]
    use_classes: Sequence[str]
    flags_all: Sequence[str]
    flags_none: Sequence[str]
    choice: str | None
    option: str | None
    amount_fen: int
    amount_per: str
    count_by: str | None
    payer_role: str | None
    item_code: str
    reason_zh: str
    reason_en: str
    evidence_zh: str | None
    evidence_en: str | None
    self_declared: bool
    basis: str
    valid_from: date
    valid_to: date | None
    source_doc: str
    verified: bool

    def in_force(self, day: date) -> bool:
        """Tell whether the rule is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which reading of an open rule is in force, and by which document (table ``ref.tariff_choice``)."""

    choice: str
    option: str
    valid_from: date
    valid_to: date | None
    source_doc: str
    verified: bool


@dataclass(frozen=True, slots=True)
class NewChoice:
    """Another reading of an open rule, from a day on, by a document."""

    choice: str
    option: str
    valid_from: date
    source_doc: str


@dataclass(frozen=True, slots=True)
class FeeItem:
    """What a line can be for (table ``ref.fee_item``)."""

    item_code: str
    name_zh: str
    name_en: str
    unit_name: str
    standard_fen: int
    valid_from: date
    valid_to: date | None
    source_doc: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Tariff:
    """The rules and item names in force on a day, in their order, the chosen readings only."""

    on: date
    rules: tuple[FeeRule, ...]
    item_names: dict[str, str]


@dataclass(frozen=True, slots=True)
class FeeUnit:
    """A unit of a case, for the tariff.

    Attributes
    ----------
    right_type : str
        QLLX of the right entered, or of the right a mortgage lies on.
    use_class : str
        ``housing``, ``garage`` or ``non_housing``.
    certificates : int
        Certificates asked for; 0 for a proof of registration.
    county_code : str or None
        County of the parcel; None while undecided.
    """

    unit_code: str
    parcel_code: str
    county_code: str | None
    right_type: str
    use_class: str
    certificates: int


@dataclass(frozen=True, slots=True)
class Grant:
    """A relief granted (减免): the document that shows its reason, and the sign-in name of who granted it."""

    document: str | None
    by: str


@dataclass(frozen=True, slots=True)
class FeeFacts:
    """A case, for the tariff.

    Attributes
    ----------
    registration_type : str
        DJLX, such as ``200``.
    right_kind : str
        ``own``, ``mortgage``, ``easement`` or ``residence``.
    flags : frozenset of str
        Facts declared, such as ``small_micro``.
    grants : mapping of str to Grant
        Fact to the relief that was granted for it.
    """

    registration_type: str
    right_kind: str
    flags: frozenset[str]
    units: tuple[FeeUnit, ...]
    grants: Mapping[str, Grant] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AssessedLine:
    """A line of the fee: the rule, its reason, and where the money belongs.

    Attributes
    ----------
    quantity : int
        Pieces or certificates.
    amount_fen : int
        Whole amount of the line, fen.
    reason, reason_en : str
        Reason in Chinese and in English.
    count_rule_id, payer_rule_id : str
        Rules that say what one piece is, and who pays.
    relief_fen : int
        What the granted relief takes off the rate, fen; 0 without.
    relief_document, relief_by : str or None
        Document of the relief, and who granted it.
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
    payer_rule_id: str
    count_rule_id: str
    unit_code: str
    parcel_code: str
    county_code: str | None
    relief_fen: int = 0
    relief_document: str | None = None
    relief_by: str | None = None
