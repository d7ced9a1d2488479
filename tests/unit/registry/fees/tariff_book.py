"""The tariff of the reference files, as the database gives it."""

from datetime import date
from functools import cache

from data.reference import files
from registry.fees.records import Choice, FeeFacts, FeeRule, FeeUnit, Grant, Tariff
from registry.fees.rules import in_force


@cache
def _sets() -> dict[str, list[dict[str, object]]]:
    return {found.name: found.rows for found in files.reference_sets()}


@cache
def tariff(day: date, *, option: str = "per_parcel") -> Tariff:
    """Return the tariff of a day with an answer to how a mortgage's pieces are counted."""
    sets = _sets()
    rules = [FeeRule(**row) for row in sets["fee_rule"]]
    choices = [Choice(**{**row, "option": option}) for row in sets["tariff_choice"]]
    names = {row["item_code"]: row["name_zh"] for row in sets["fee_item"]}
    return in_force(rules, choices, names, day)


def facts(registration: str, kind: str, units: str, *, flags: str = "", grants=None) -> FeeFacts:
    """Return facts; ``units`` are words ``parcel/right type/use/certificates``."""
    found = tuple(
        FeeUnit(f"U{number}", parcel, "421224", right_type, use, int(certificates))
        for number, (parcel, right_type, use, certificates) in enumerate(
            word.split("/") for word in units.split()
        )
    )
    named = frozenset(flags.split())
    return FeeFacts(registration, kind, named, found, grants or {})


def granted(flags: str, known) -> dict[str, Grant]:
    """Return a grant with a document for each fact that needs one."""
    return {fact: Grant(f"文件 {fact}", "clerk_xianan") for fact in flags.split() if fact in known}
