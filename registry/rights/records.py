"""Entries of the register (登记簿): rights, restrictions and responsibilities (RRR)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of entries."""

    USE_RIGHT = "use_right"
    OWNERSHIP = "ownership"
    HOMESTEAD = "homestead"
    MORTGAGE = "mortgage"
    SEIZURE = "seizure"
    NOTICE = "notice"
    OBJECTION = "objection"
    EASEMENT = "easement"
    RESIDENCE = "residence"


# Rights of which a unit has at most one live.
OWNING = frozenset({Kind.USE_RIGHT, Kind.OWNERSHIP, Kind.HOMESTEAD})


class Ended(StrEnum):
    """QSZT of an entry that is not live any more."""

    HISTORY = "2"
    CANCELLED = "3"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds an entry; the share is ``share_num / share_den``."""

    party_id: int
    role: str = "holder"
    share_num: int = 1
    share_den: int = 1


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to write.

    Attributes
    ----------
    right_type, registration_type : str
        QLLX (empty where the standard has none) and DJLX.
    sharing : str
        GYFS: 0 alone, 1 jointly, 2 by shares, 3 other.
    on_rrr_id : int, optional
        Right that a mortgage, notice or objection lies on.
    after_rrr_id : int, optional
        Entry whose place it takes.
    amount_fen : int, optional
        Secured claim, fen.
    area_m2 : Decimal, optional
        Square metres.
    """

    unit_code: str
    county_code: str
    accept_office: str
    kind: Kind
    right_type: str
    registration_type: str
    holders: Sequence[Holder]
    cause: str
    sharing: str = "0"
    on_rrr_id: int | None = None
    after_rrr_id: int | None = None
    case_no: str | None = None
    subtype: str | None = None
    transfer_ban: bool = False
    amount_fen: int | None = None
    area_m2: Decimal | None = None
    use_code: str | None = None
    term_from: date | None = None
    term_to: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class LiveEntry:
    """A live entry without persons: what any window may know of a unit.

    ``holder_hashes`` are the search hashes of the holders, ``shares`` their shares as ``n/d``.
    """

    rrr_id: int
    unit_code: str
    parcel_code: str
    seq: int
    kind: str
    right_type: str
    subtype: str | None
    transfer_ban: bool
    term_to: date | None
    use_code: str | None
    holder_hashes: Sequence[bytes]
    shares: Sequence[str]


@dataclass(frozen=True, slots=True)
class ShownHolder:
    """A holder on the register page, number masked."""

    name: str
    kind: str
    id_type: str
    id_masked: str
    role: str
    share: str


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry on the register page; ``status`` is QSZT 1 live, 2 history, 3 ended; amounts in fen."""

    rrr_id: int
    seq: int
    kind: str
    right_type: str
    registration_type: str
    sharing: str
    status: str
    live: bool
    on_rrr_id: int | None
    case_no: str | None
    subtype: str | None
    transfer_ban: bool
    amount_fen: int | None
    area_m2: Decimal | None
    use_code: str | None
    term_from: date | None
    term_to: date | None
    cause: str
    note: str | None
    registered_at: datetime
    ended_at: datetime | None
    holders: list[ShownHolder] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """The register page of a unit: entries in legal order, and what is live among them."""

    unit_code: str
    county_code: str
    entries: list[ShownEntry]

    @property
    def live(self) -> list[ShownEntry]:
        """Return the live entries."""
        return [entry for entry in self.entries if entry.live]


@dataclass(frozen=True, slots=True)
class Question:
    """What the state rules are asked about one unit of a case.

    Attributes
    ----------
    entries : sequence of LiveEntry
        Live entries of the unit.
    parcel_entries : sequence of LiveEntry
        Live entries of the other units of its parcel.
    givers, receivers : frozenset of bytes
        Search hashes of transferors or mortgagors, and of those who get the right.
    shares : tuple of (int, int)
        Shares of those who get the right.
    materials : frozenset of str
        Codes of the materials received.
    other_homesteads : frozenset of str
        Units of the county with a live homestead right of an applicant.
    """

    unit_code: str
    registration_type: str
    right_kind: str
    today: date
    entries: Sequence[LiveEntry]
    parcel_entries: Sequence[LiveEntry]
    givers: frozenset[bytes]
    receivers: frozenset[bytes]
    shares: tuple[tuple[int, int], ...]
    materials: frozenset[str]
    other_homesteads: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Answer of a rule; ``reason`` is a message code with ``params``, empty when the rule holds."""

    holds: bool
    reason: str = ""
    params: dict[str, object] = field(default_factory=dict)
