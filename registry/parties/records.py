"""People and organisations as entered, and as they may be shown."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartyInput:
    """A person or organisation to enter; ``id_type`` is one of :data:`rules.ID_TYPES` or an alias."""

    name: str
    id_type: str
    id_number: str
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """A party as it may be shown: number and telephone masked."""

    party_id: int
    kind: str
    name: str
    id_type: str
    id_masked: str
    id_hash: bytes
    phone_masked: str | None


@dataclass(frozen=True, slots=True)
class NewParty:
    """A checked party, ready to store; ``id_hash`` is for equality search."""

    kind: str
    name: str
    id_type: str
    id_number: str
    id_masked: str
    id_hash: bytes
    phone: str | None
