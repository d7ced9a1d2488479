"""Records of the ledger."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Phase(StrEnum):
    """Whether a transfer stands, waits, or resolves a waiting one."""

    FINAL = "FINAL"
    PENDING = "PENDING"
    POST = "POST"
    VOID = "VOID"


# Classes of accounts whose balance is debits less credits.
_DEBIT_KINDS = frozenset({"A", "X"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One transfer to write (分录): account codes and a positive amount in fen."""

    debit: str
    credit: str
    amount_fen: int
    phase: Phase = Phase.FINAL
    pending_id: int | None = None
    line_id: int | None = None


@dataclass(frozen=True, slots=True)
class PostingDraft:
    """One business event (记账事件) to write.

    ``key`` is the business key, ``event_at`` the aware instant of the event, ``biz_date`` its accounting day.
    """

    key: str
    kind: str
    biz_date: date
    event_at: datetime
    actor: str
    entries: tuple[Entry, ...]
    order_no: str | None = None
    msg_id: str | None = None
    reverses: int | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """The posting of a key; ``created`` tells whether this call wrote it."""

    posting_id: int
    created: bool


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One account in the trial balance, in fen, from the beginning to the end of a day."""

    code: str
    name: str
    kind: str
    debit_fen: int
    credit_fen: int
    pending_debit_fen: int
    pending_credit_fen: int

    @property
    def balance_fen(self) -> int:
        """Return debits less credits."""
        return self.debit_fen - self.credit_fen


@dataclass(frozen=True, slots=True)
class Balance:
    """One account at the end of a day, in fen."""

    code: str
    kind: str
    debit_fen: int
    credit_fen: int
    pending_debit_fen: int
    pending_credit_fen: int

    @property
    def balance_fen(self) -> int:
        """Return what has been posted, positive on the account's own side (debit for assets and expenses)."""
        difference = self.debit_fen - self.credit_fen
        return difference if self.kind in _DEBIT_KINDS else -difference

    @property
    def available_fen(self) -> int:
        """Return the balance less what is reserved against it."""
        reserved = self.pending_credit_fen if self.kind in _DEBIT_KINDS else self.pending_debit_fen
        return self.balance_fen - reserved


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """Sums of all accounts; ``difference_fen`` is always zero."""

    date: date
    rows: tuple[TrialRow, ...] = field(default_factory=tuple)

    @property
    def debit_fen(self) -> int:
        """Return the sum of all debits."""
        return sum(row.debit_fen for row in self.rows)

    @property
    def credit_fen(self) -> int:
        """Return the sum of all credits."""
        return sum(row.credit_fen for row in self.rows)

    @property
    def difference_fen(self) -> int:
        """Return debits less credits."""
        return self.debit_fen - self.credit_fen


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """One transfer as an account sees it; ``side`` is debit or credit."""

    transfer_id: int
    posting_id: int
    key: str
    kind: str
    biz_date: date
    event_at: datetime
    order_no: str | None
    msg_id: str | None
    side: str
    other: str
    amount_fen: int
    phase: str


@dataclass(frozen=True, slots=True)
class Seal:
    """The seal of a day."""

    biz_date: date
    n_rows: int
    sha256: bytes
    prev_sha256: bytes
    algorithm: str
    sealed_by: str
    sealed_at: datetime
    signature: bytes = b""


@dataclass(frozen=True, slots=True)
class Period:
    """A month of the books (its first day): open, closing, or closed with the hash of its trial balance."""

    month: date
    state: str
    trial_sha256: bytes | None = None
    signature: bytes | None = None
    algorithm: str | None = None
    moved_by: str = ""
    moved_at: datetime | None = None
