"""Texts that people read, Chinese and English side by side, by code.

One TOML file a room: ``[code]`` with ``zh`` and ``en``; ``{name}`` stands for a parameter. One that is a code
itself (or several) is said in words by ``{name:prefix}``, the text ``prefix.<code>`` (``a|b``: the first of
both that there is); an instant by ``{name:minute}``. Screens, errors, check rules and fee reasons all take
their words from here, so one list can be proof-read.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from data.clock import SHANGHAI

LANGUAGES = ("zh", "en")
_FOLDER = Path(__file__).resolve().parent
_MINUTE = "minute"
_BETWEEN = {"zh": "、", "en": ", "}


class DuplicateText(ValueError):
    """One code is defined in two files."""


@cache
def _texts() -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        with path.open("rb") as file:
            for code, forms in tomllib.load(file).items():
                if code in texts:
                    raise DuplicateText(f"{code} again in {path.name}")
                texts[code] = forms
    return texts


def known(code: str) -> bool:
    """Tell whether a text exists for the code."""
    return code in _texts()


def text(code: str, lang: str = "zh", /, **params: object) -> str:
    """Return the text of a code in a language.

    Parameters
    ----------
    code : str
        Message code; an unknown one is returned as it is.
    lang : {"zh", "en"}
        Language; another falls back to Chinese.
    **params
        Values for the placeholders; a missing one leaves its braces.
    """
    forms = _texts().get(code)
    if forms is None:
        return code
    template = forms.get(lang) or forms["zh"]
    return template.format_map(_Lenient(lang, params))


def catalogue(prefix: str, lang: str = "zh") -> dict[str, str]:
    """Return every text whose code starts with the prefix, raw (with its placeholders)."""
    return {
        code: forms.get(lang) or forms["zh"] for code, forms in _texts().items() if code.startswith(prefix)
    }


def codes() -> list[str]:
    """Return every known code, sorted."""
    return sorted(_texts())


class _Lenient(dict[str, object]):
    def __init__(self, lang: str, params: dict[str, object]) -> None:
        super().__init__({name: _Value(value, lang, params) for name, value in params.items()})

    def __missing__(self, key: str) -> str:
        return _Blank("{" + key + "}")


class _Blank(str):
    """Braces of a placeholder without a value, whatever they ask for."""

    __slots__ = ()

    def __format__(self, wanted: str, /) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class _Value:
    """A parameter as texts show it: as it is, in the words of a code or of several, or as a local minute."""

    value: object
    lang: str
    params: dict[str, object]

    def __format__(self, wanted: str, /) -> str:
        if not wanted:
            return str(self.value)
        if wanted == _MINUTE:
            at = self.value if isinstance(self.value, datetime) else datetime.fromisoformat(str(self.value))
            return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        several = self.value if isinstance(self.value, list | tuple) else [self.value]
        return _BETWEEN.get(self.lang, "、").join(self._word(wanted, str(one)) for one in several)

    def _word(self, prefix: str, code: str) -> str:
        names = [f"{one}.{code}" for one in prefix.split("|")]
        named = next(filter(known, names), None)
        return code if named is None else text(named, self.lang, **self.params)
