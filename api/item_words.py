"""English names of fee items and taxes, for pages and files in English.

An order keeps the Chinese name of its day, as the bill prints it; the tables of the tariff say what that
is in English. A tax comes with its name from the tax office; its English is among the texts.
"""

from api.context import services
from data.access.records import SYSTEM
from data.messages import catalogue
from registry.fees import service as fees

PREFIX = "ui.item."


def item_words(lang: str) -> dict[str, str]:
    """Return the texts of a page that name items, by prefix and stored name; none in Chinese."""
    if lang != "en":
        return {}
    with services().db.transaction(SYSTEM) as conn:
        named = fees.item_names(conn)
    return {**catalogue(PREFIX, lang), **{f"{PREFIX}{zh}": en for zh, en in named.items()}}


def item_names(lang: str) -> dict[str, str]:
    """Return the names of items in a language by the stored name; what is missing stays as it is stored."""
    return {code.removeprefix(PREFIX): name for code, name in item_words(lang).items()}
