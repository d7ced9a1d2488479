"""Assess the fee: exempt, then cost only, then half, then rate by use; then further certificates.

One piece (件) is one unit × one right × one registration type; what it is for a mortgage is chosen.
All amounts are integer fen; nothing is divided.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from registry.fees.errors import ReliefUnknown, ReliefUnproven, TariffSilent
from registry.fees.records import AssessedLine, Choice, FeeFacts, FeeRule, FeeUnit, Grant, Tariff

DECIDING = frozenset({"exempt", "cost_only", "half", "rate"})
# Which of two units put together that cost the same names the piece.
_DEARER = ("non_housing", "garage", "housing")


@dataclass(frozen=True, slots=True)
class _Charge:
    """A rule with how often it is charged and its amount, fen."""

    rule: FeeRule
    quantity: int
    amount_fen: int


def in_force(
    rules: Iterable[FeeRule], choices: Iterable[Choice], names: Mapping[str, str], day: date
) -> Tariff:
    """Return the tariff of a day: the dated rules, of the readings of an open one the chosen.

    Parameters
    ----------
    rules, choices : iterable
        All rows of ``ref.fee_rule`` and of ``ref.tariff_choice``, of any time.
    names : mapping of str to str
        Name of each fee item on the day.
    day : date
        Day of acceptance, Asia/Shanghai.
    """
    chosen = {
        (item.choice, item.option)
        for item in choices
        if item.valid_from <= day and (item.valid_to is None or day < item.valid_to)
    }
    kept = [
        rule
        for rule in rules
        if rule.in_force(day) and (rule.choice is None or (rule.choice, rule.option) in chosen)
    ]
    kept.sort(key=lambda rule: (rule.position, rule.rule_id))
    return Tariff(day, tuple(kept), dict(names))


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
    ReliefUnproven
        A relief that somebody must grant is claimed without its document.
    ReliefUnknown
        A document is named for a fact that is not declared, or that the tariff grants nothing for.
    """
    _check_grants(facts, tariff)
    lines: list[AssessedLine] = []
    for unit, count in _pieces(facts, tariff):
        for charge in _charges(facts, unit, tariff):
            line_no = len(lines) + 1
            lines.append(_line(facts, unit, tariff, charge=charge, count=count, line_no=line_no))
    return lines


def _line(
    facts: FeeFacts, unit: FeeUnit, tariff: Tariff, *, charge: _Charge, count: FeeRule, line_no: int
) -> AssessedLine:
    rule = charge.rule
    payer = _first(facts, unit, tariff, frozenset({"payer"}))
    grant = _grant(facts, rule)
    # What is free is still housing or not: its line is of the item of the rate.
    item = _rate(facts, unit, tariff).item_code if rule.outcome == "exempt" else rule.item_code
    return AssessedLine(
        line_no=line_no,
        item_code=item,
        name=tariff.item_names[item],
        quantity=charge.quantity,
        amount_fen=charge.amount_fen,
        rule_id=rule.rule_id,
        reason=rule.reason_zh,
        reason_en=rule.reason_en,
        basis=rule.basis,
        payer_role=str(payer.payer_role),
        payer_rule_id=payer.rule_id,
        count_rule_id=count.rule_id,
        unit_code=unit.unit_code,
        parcel_code=unit.parcel_code,
        county_code=unit.county_code,
        relief_fen=_relief_fen(facts, unit, tariff, charge) if grant else 0,
        relief_document=grant.document if grant else None,
        relief_by=grant.by if grant else None,
    )


def total_fen(lines: Iterable[AssessedLine]) -> int:
    """Return the sum of lines, fen."""
    return sum(line.amount_fen for line in lines)


def granted_facts(tariff: Tariff) -> dict[str, FeeRule]:
    """Return the facts on which somebody must grant a relief, each with its first rule."""
    found: dict[str, FeeRule] = {}
    for rule in tariff.rules:
        if rule.evidence_zh is not None:
            for fact in rule.flags_all:
                found.setdefault(fact, rule)
    return found


def _charges(facts: FeeFacts, unit: FeeUnit, tariff: Tariff) -> Iterator[_Charge]:
    """Yield each line of a piece."""
    rule = _first(facts, unit, tariff, DECIDING)
    if rule.outcome == "exempt":
        yield _Charge(rule, 1, 0)
        return
    if rule.amount_per == "certificate":
        copies = max(unit.certificates, 1)
        yield _Charge(rule, copies, rule.amount_fen * copies)
        return
    yield _Charge(rule, 1, rule.amount_fen)
    further = unit.certificates - 1
    if further > 0:
        extra = _first(facts, unit, tariff, frozenset({"extra"}))
        yield _Charge(extra, further, extra.amount_fen * further)


def _check_grants(facts: FeeFacts, tariff: Tariff) -> None:
    known = granted_facts(tariff)
    for fact in sorted(facts.grants):
        if fact not in known or fact not in facts.flags:
            raise ReliefUnknown(fact=fact)


def _grant(facts: FeeFacts, rule: FeeRule) -> Grant | None:
    """Return the relief that a rule is, None when the law alone decides."""
    if rule.evidence_zh is None:
        return None
    found = next((facts.grants[fact] for fact in rule.flags_all if fact in facts.grants), None)
    if found is not None and found.document:
        return found
    if found is not None and rule.self_declared:
        return Grant(rule.evidence_zh, found.by)
    raise ReliefUnproven(fact=rule.flags_all[0], evidence=rule.evidence_zh)


def _relief_fen(facts: FeeFacts, unit: FeeUnit, tariff: Tariff, charge: _Charge) -> int:
    """Return what a relief takes off the rate of a piece, fen."""
    return max(_rate(facts, unit, tariff).amount_fen - charge.amount_fen, 0)


def _rate(facts: FeeFacts, unit: FeeUnit, tariff: Tariff) -> FeeRule:
    return _first(facts, unit, tariff, frozenset({"rate"}))


def _pieces(facts: FeeFacts, tariff: Tariff) -> list[tuple[FeeUnit, FeeRule]]:
    """Return one unit a piece, with the rule that says so: of those put together the one that costs most.

    What is free does not make free what is registered with it.
    """
    kept: dict[str, tuple[FeeUnit, FeeRule]] = {}
    apart = len({unit.parcel_code for unit in facts.units}) > 1
    for unit in facts.units:
        count = _first(facts, unit, tariff, frozenset({"count"}))
        key = _piece_key(count.count_by, unit, apart=apart)
        other = kept.get(key)
        if other is None or _weight(facts, unit, tariff) > _weight(facts, other[0], tariff):
            kept[key] = (unit, count)
    return list(kept.values())


def _piece_key(count_by: str | None, unit: FeeUnit, *, apart: bool) -> str:
    if count_by == "case":
        return ""
    if count_by == "parcel" or (count_by == "unit_when_apart" and not apart):
        return unit.parcel_code
    return unit.unit_code


def _weight(facts: FeeFacts, unit: FeeUnit, tariff: Tariff) -> tuple[int, int]:
    amount_fen = sum(charge.amount_fen for charge in _charges(facts, unit, tariff))
    return amount_fen, -_DEARER.index(unit.use_class)


def _first(facts: FeeFacts, unit: FeeUnit, tariff: Tariff, outcomes: frozenset[str]) -> FeeRule:
    for rule in tariff.rules:
        if rule.outcome in outcomes and applies(rule, facts, unit):
            return rule
    raise TariffSilent(unit_code=unit.unit_code, registration_type=facts.registration_type)


def _any_of(value: str, allowed: Sequence[str]) -> bool:
    return not allowed or value in allowed
