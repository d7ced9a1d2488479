"""Texts that people read, Chinese and English side by side, by code.

One TOML file a room: ``[code]`` with ``zh`` and ``en``; ``{name}`` stands for a parameter. Screens, errors,
check rules and fee reasons all take their words from here, so one list can be proof-read.
"""

import tomllib
from functools import cache
from pathlib import Path

LANGUAGES = ("zh", "en")
_FOLDER = Path(__file__).resolve().parent


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
    return template.format_map(_Lenient(params))


def catalogue(prefix: str, lang: str = "zh") -> dict[str, str]:
    """Return every text whose code starts with the prefix, raw (with its placeholders)."""
    return {
        code: forms.get(lang) or forms["zh"] for code, forms in _texts().items() if code.startswith(prefix)
    }


def codes() -> list[str]:
    """Return every known code, sorted."""
    return sorted(_texts())


class _Lenient(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
