"""Assess the fee: exempt, then cost only, then half, then rate by use; then further certificates.

One piece (件) is one unit × one right × one registration type, for a mortgage one parcel (rule ``count``).
All amounts are integer fen; nothing is divided.
"""

from collections.abc import Iterable, Iterator, Sequence

from registry.fees.errors import TariffSilent
from registry.fees.records import AssessedLine, FeeFacts, FeeRule, FeeUnit, Tariff

DECIDING = frozenset({"exempt", "cost_only", "half", "rate"})
# Which of two pieces on one parcel names the piece: the dearer use.
_DEARER = ("non_housing", "garage", "housing")


def applies(rule: FeeRule, facts: FeeFacts, unit: FeeUnit) -> bool:
    """Tell whether every condition of a rule holds."""
    return (
        _any_of(facts.registration_type, rule.registration_types)
        and _any_of(facts.right_kind, rule.right_kinds)
        and _any_of(unit.right_type, rule.right_types)
        and _any_of(unit.use_class, rule.use_classes)
        and facts.flags.issuperset(rule.flags_all)
        and facts.flags.isdisjoint(rule.flags_none)
    )


def assess(facts: FeeFacts, tariff: Tariff) -> list[AssessedLine]:
    """Assess a case.

    Parameters
    ----------
    facts : FeeFacts
        The case.
    tariff : Tariff
        Rules in force on the day of acceptance.

    Returns
    -------
    list of AssessedLine
        One line a piece (exempt ones with amount 0 and their reason), then lines for further certificates.

    Raises
    ------
    TariffSilent
        If no rule decides.
    """
    lines: list[AssessedLine] = []
    for unit in _pieces(facts, tariff):
        for rule, quantity, amount_fen in _charges(facts, unit, tariff):
            lines.append(
                AssessedLine(
                    line_no=len(lines) + 1,
                    item_code=rule.item_code,
                    name=tariff.item_names[rule.item_code],
                    quantity=quantity,
                    amount_fen=amount_fen,
                    rule_id=rule.rule_id,
                    reason=rule.reason_zh,
                    payer_role=facts.payer_role,
                    unit_code=unit.unit_code,
                    parcel_code=unit.parcel_code,
                    county_code=unit.county_code,
                )
            )
    return lines


def total_fen(lines: Iterable[AssessedLine]) -> int:
    """Return the sum of lines, fen."""
    return sum(line.amount_fen for line in lines)


def _charges(facts: FeeFacts, unit: FeeUnit, tariff: Tariff) -> Iterator[tuple[FeeRule, int, int]]:
    """Yield rule, quantity and amount (fen) of each line of a piece."""
    rule = _first(facts, unit, tariff, DECIDING)
    if rule.outcome == "exempt":
        yield rule, 1, 0
        return
    if rule.amount_per == "certificate":
        copies = max(unit.certificates, 1)
        yield rule, copies, rule.amount_fen * copies
        return
    yield rule, 1, rule.amount_fen
    further = unit.certificates - 1
    if further > 0:
        extra = _first(facts, unit, tariff, frozenset({"extra"}))
        yield extra, further, extra.amount_fen * further


def _pieces(facts: FeeFacts, tariff: Tariff) -> list[FeeUnit]:
    """Return one unit a piece: every unit, or the dearest of each parcel."""
    kept: dict[str, FeeUnit] = {}
    for unit in facts.units:
        count = _first(facts, unit, tariff, frozenset({"count"}))
        key = unit.parcel_code if count.count_by == "parcel" else unit.unit_code
        other = kept.get(key)
        if other is None or _rank(unit) < _rank(other):
            kept[key] = unit
    return list(kept.values())


def _rank(unit: FeeUnit) -> int:
    return _DEARER.index(unit.use_class)


def _first(facts: FeeFacts, unit: FeeUnit, tariff: Tariff, outcomes: frozenset[str]) -> FeeRule:
    for rule in tariff.rules:
        if rule.outcome in outcomes and applies(rule, facts, unit):
            return rule
    raise TariffSilent(unit_code=unit.unit_code, registration_type=facts.registration_type)


def _any_of(value: str, allowed: Sequence[str]) -> bool:
    return not allowed or value in allowed
