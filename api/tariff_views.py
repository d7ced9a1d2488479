"""The tariff as ``/api/v1/tariff`` and the page ``/help/tariff`` show it."""

from datetime import date
from typing import Any

from data.messages import text
from data.reference import service as reference
from registry.fees.records import Choice, FeeItem, FeeRule
from registry.fees.service import Book
from registry.fees.store import Conn

# In the order in which the engine asks.
OUTCOMES = ("exempt", "cost_only", "half", "rate", "extra", "count", "payer")
# What is charged for, as the tariff writes it, with where its words are.
_UNITS = {"件": "piece", "本": "certificate"}
_LISTS = {"registration_types": "DJLX", "right_types": "QLLX"}


def tariff_json(book: Book, day: date | None) -> dict[str, Any]:
    """Return rules, items and choices: those in force on a day, or all of all times."""
    rules = [rule_json(rule, book.choices, day) for rule in book.rules if day is None or rule.in_force(day)]
    return {
        "on": day,
        "rules": [rule for rule in rules if day is None or rule["in_force"]],
        "choices": [choice_json(choice) for choice in book.choices if day is None or _holds(choice, day)],
        "items": [item_json(item) for item in book.items if day is None or _holds(item, day)],
    }


def rule_json(rule: FeeRule, choices: list[Choice], day: date | None) -> dict[str, Any]:
    """Return a rule; amounts in fen. ``in_force`` is None when no day was asked for."""
    chosen = day is not None and any(
        _holds(choice, day) and (choice.choice, choice.option) == (rule.choice, rule.option)
        for choice in choices
    )
    return {
        "rule_id": rule.rule_id,
        "position": rule.position,
        "outcome": rule.outcome,
        "registration_types": list(rule.registration_types),
        "right_kinds": list(rule.right_kinds),
        "right_types": list(rule.right_types),
        "use_classes": list(rule.use_classes),
        "flags_all": list(rule.flags_all),
        "flags_none": list(rule.flags_none),
        "choice": rule.choice,
        "option": rule.option,
        "amount_fen": rule.amount_fen,
        "amount_per": rule.amount_per,
        "count_by": rule.count_by,
        "payer_role": rule.payer_role,
        "item_code": rule.item_code,
        "reason": rule.reason_zh,
        "reason_en": rule.reason_en,
        "evidence": rule.evidence_zh,
        "evidence_en": rule.evidence_en,
        "self_declared": rule.self_declared,
        "basis": rule.basis,
        "source_doc": rule.source_doc,
        "verified": rule.verified,
        "valid_from": rule.valid_from,
        "valid_to": rule.valid_to,
        "in_force": None if day is None else rule.in_force(day) and (rule.choice is None or chosen),
    }


def choice_json(choice: Choice) -> dict[str, Any]:
    """Return which answer an open rule has, since when, and by which document."""
    return {
        "choice": choice.choice,
        "option": choice.option,
        "valid_from": choice.valid_from,
        "valid_to": choice.valid_to,
        "source_doc": choice.source_doc,
        "verified": choice.verified,
    }


def item_json(item: FeeItem) -> dict[str, Any]:
    """Return what a line can be for; price in fen."""
    return {
        "item_code": item.item_code,
        "name": item.name_zh,
        "name_en": item.name_en,
        "unit": item.unit_name,
        "unit_en": unit_name(item, "en"),
        "standard_fen": item.standard_fen,
        "valid_from": item.valid_from,
        "valid_to": item.valid_to,
        "source_doc": item.source_doc,
        "verified": item.verified,
    }


def unit_name(item: FeeItem, lang: str) -> str:
    """Return for what an item is charged in a language; a unit without words stays as it is written."""
    named = _UNITS.get(item.unit_name)
    return item.unit_name if named is None else text(f"ui.help.tariff.per.{named}", lang)


def groups(conn: Conn, book: Book, day: date, lang: str) -> list[dict[str, Any]]:
    """Return the rules of all times in groups by outcome, their conditions in words, for the page."""
    names = {
        field: {code.code: code.name_en if lang == "en" else code.name_zh for code in found}
        for field, found in ((field, reference.codes(conn, name, on=day)) for field, name in _LISTS.items())
    }
    shown = [_shown(rule, book.choices, day, lang=lang, names=names) for rule in book.rules]
    return [
        {"outcome": outcome, "rules": [rule for rule in shown if rule["outcome"] == outcome]}
        for outcome in OUTCOMES
    ]


def _shown(
    rule: FeeRule, choices: list[Choice], day: date, *, lang: str, names: dict[str, dict[str, str]]
) -> dict[str, Any]:
    english = lang == "en"
    return {
        **rule_json(rule, choices, day),
        "reason": rule.reason_en if english else rule.reason_zh,
        "evidence": rule.evidence_en if english else rule.evidence_zh,
        "amount_yuan": f"{rule.amount_fen // 100}.{rule.amount_fen % 100:02d}",
        "conditions": _conditions(rule, names, lang),
        "past": rule.valid_to is not None and rule.valid_to <= day,
    }


def _conditions(rule: FeeRule, names: dict[str, dict[str, str]], lang: str) -> list[dict[str, Any]]:
    """Return each condition that is not empty: its name, and the words of its values."""
    rows = []
    for field in (
        "registration_types",
        "right_kinds",
        "right_types",
        "use_classes",
        "flags_all",
        "flags_none",
    ):
        values = getattr(rule, field)
        if values:
            rows.append({"field": field, "values": [_word(field, value, names, lang) for value in values]})
    return rows


def _word(field: str, value: str, names: dict[str, dict[str, str]], lang: str) -> str:
    if field in names:
        return f"{value} {names[field].get(value, '')}".strip()
    group = "fact" if field.startswith("flags") else field
    prefix = "ui.handbook.fact" if group == "fact" else f"ui.help.tariff.{group}"
    return text(f"{prefix}.{value}", lang)


def _holds(row: Choice | FeeItem, day: date) -> bool:
    return row.valid_from <= day and (row.valid_to is None or day < row.valid_to)
