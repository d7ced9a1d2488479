"""What a case costs and what a relief takes off: the tariff told once more in Python.

Written from the notices that the tariff names (发改价格规〔2016〕2559号, 财税〔2016〕79号, 财税〔2019〕45号);
it does not read the product's table of rules. Amounts in fen.
"""

from collections import Counter
from dataclasses import dataclass, field

TRANSFER = "existing_house_transfer"
# Per piece: dwellings 80 yuan, everything else 550; each certificate after the first 10.
RATES = {"flat": 8_000, "shop": 55_000, "land": 55_000}
CERTIFICATE = 1_000
# Reliefs that leave nothing, as they are looked at: for which units.
FREE = {
    "small_micro": {"flat", "shop", "land"},
    "social_housing": {"flat"},
    "border_change": {"flat", "shop", "land"},
    "collective_reform": {"flat", "shop", "land"},
    "resettlement": {"flat", "shop", "land"},
}
# Its own word is enough for a small enterprise.
OWN_WORD = "small_micro"
# Between spouses a transfer costs its certificates.
SPOUSES = "between_spouses"
KNOWN = {*FREE, SPOUSES}
# A relief of community care ended with 2025.
ENDED = "community_care"


class Unproven(Exception):
    """A relief is claimed without its document."""


@dataclass
class Case:
    """A case: ``units`` are (code, use, county); ``proven`` the reliefs somebody granted.

    ``lines`` are its fee lines as they count, fen by source; ``gone`` those that a later assessment replaced;
    ``back`` what reliefs gave back after they were paid.
    """

    no: str
    kind: str
    units: tuple
    certificates: int
    facts: frozenset
    proven: frozenset
    lines: dict = field(default_factory=dict)
    gone: dict = field(default_factory=dict)
    back: Counter = field(default_factory=Counter)

    def __post_init__(self):
        self._write(fee(self.kind, self.units, self.certificates, self.facts, self.proven))

    def _write(self, assessed):
        first = len(self.gone) + 1
        self.lines = {f"fee:{n}": line for n, line in enumerate(assessed, first)}

    def with_relief(self, fact):
        """Return the fee with one more relief."""
        facts, proven = self.facts | {fact}, self.proven | {fact}
        return fee(self.kind, self.units, self.certificates, facts, proven)

    def assess_again(self, fact):
        assessed = self.with_relief(fact)
        self.gone |= self.lines
        self.facts, self.proven = self.facts | {fact}, self.proven | {fact}
        self._write(assessed)

    def owed(self, source):
        """Return what may be asked for a fee line, None if nothing at all."""
        if source not in self.lines:
            return None
        fen, back = self.lines[source][1], self.back[source]
        return None if back and fen <= back else fen - back

    @property
    def fen(self):
        return sum(fen for _, fen in self.lines.values())


def fee(kind, units, certificates, facts, proven):
    """Return the lines of a fee: (unit, fen).

    Raises
    ------
    Unproven
    """
    lines = []
    for code, use, _ in units:
        relief = _relief(kind, use, facts)
        if relief is None:
            lines.append((code, RATES[use]))
            if certificates > 1:
                lines.append((code, CERTIFICATE * (certificates - 1)))
            continue
        if relief != OWN_WORD and relief not in proven:
            raise Unproven(relief)
        lines.append((code, CERTIFICATE * certificates if relief == SPOUSES else 0))
    return lines


def _relief(kind, use, facts):
    """Return the relief that counts for a unit."""
    free = next((fact for fact, uses in FREE.items() if fact in facts and use in uses), None)
    if free is None and SPOUSES in facts and kind == TRANSFER:
        return SPOUSES
    return free
