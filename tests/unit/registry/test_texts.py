"""Every code the registry answers with has words in both languages."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

from data.db import _CONSTRAINT_ERRORS
from data.messages import _texts, known, text

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("handbook", "parties", "rights", "fees", "cases")


def error_codes():
    for room in ROOMS:
        module = import_module(f"registry.{room}.errors")
        for _, found in inspect.getmembers(module, inspect.isclass):
            if found.__module__ == module.__name__:
                yield found.code


def spoken_codes():
    """Codes written as reasons of verdicts, faults and conditions."""
    patterns = (
        r'Verdict\(\s*False,\s*"([a-z_]+)"',
        r'"code": "([a-z_]+)"',
        r'fault = "([a-z_]+)"',
        r'return "([a-z]+_[a-z_]+)" if',
        r'return None if .* else "([a-z_]+)"',
    )
    for path in (*(ROOT / "registry/cases").glob("*.py"), *(ROOT / "registry/rights").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        for pattern in patterns:
            yield from re.findall(pattern, source)


@pytest.mark.parametrize("code", sorted({*error_codes(), *spoken_codes()}))
def test_a_code_has_words(code):
    assert known(code)
    assert text(code, "zh") != text(code, "en")


def test_enough_codes_were_found():
    assert {"unit_seized", "material_missing", "fee_unpaid", "notice_running"} <= set(spoken_codes())


def test_an_error_that_the_database_raises_asks_for_no_values():
    """A constraint knows its name and nothing else: its text showed the braces."""
    for room in ("data", "registry", "spatial"):
        for path in (ROOT / room).rglob("*.py"):
            if path.name != "db.py" and "on_constraint(" in path.read_text(encoding="utf-8"):
                import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    asked = {
        error.code
        for error in _CONSTRAINT_ERRORS.values()
        if any("{" in words for words in _texts()[error.code].values())
    }
    assert len(_CONSTRAINT_ERRORS) > 30
    assert asked == set()
