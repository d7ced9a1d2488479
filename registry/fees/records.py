"""What a fee is assessed from, the tariff's rules, and the lines that result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class FeeRule:
    """A dated rule of the tariff (table ``ref.fee_rule``); an empty condition means any.

    Attributes
    ----------
    outcome : str
        ``exempt``, ``cost_only``, ``half`` or ``rate`` decide the amount; ``count`` says what one piece is,
        ``extra`` the price of further certificates.
    amount_fen : int
        Per piece (件) or certificate (本), fen.
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
    amount_fen: int
    amount_per: str
    count_by: str | None
    item_code: str
    reason_zh: str
    basis: str


@dataclass(frozen=True, slots=True)
class Tariff:
    """The rules and item names in force on a day."""

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
    payer_role : str
        Role that pays.
    """

    registration_type: str
    right_kind: str
    flags: frozenset[str]
    payer_role: str
    units: tuple[FeeUnit, ...]


@dataclass(frozen=True, slots=True)
class AssessedLine:
    """A line of the fee: the rule, its reason, and where the money belongs.

    Attributes
    ----------
    quantity : int
        Pieces or certificates.
    amount_fen : int
        Whole amount of the line, fen.
    """

    line_no: int
    item_code: str
    name: str
    quantity: int
    amount_fen: int
    rule_id: str
    reason: str
    payer_role: str
    unit_code: str
    parcel_code: str
    county_code: str | None
