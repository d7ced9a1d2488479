"""Numbers of identity: checks, masks and the search hash."""

import hashlib
import hmac
import re
import unicodedata
from datetime import date

from data.legible import is_legible
from registry.parties.errors import IdNumberBad, IdTypeUnknown, PartyNameBad
from registry.parties.records import NewParty, PartyInput

ID_TYPES = ("id_card", "uscc", "passport", "hk_macau_taiwan", "military", "household", "other")
ORGANISATIONS = frozenset({"uscc"})
# Names met in requests and exchange files (ZJZL of the registration database standard, Chinese words).
_ALIASES = {
    "1": "id_card",
    "身份证": "id_card",
    "居民身份证": "id_card",
    "identity_card": "id_card",
    "idcard": "id_card",
    "2": "hk_macau_taiwan",
    "港澳台": "hk_macau_taiwan",
    "3": "passport",
    "护照": "passport",
    "4": "household",
    "户口簿": "household",
    "5": "military",
    "军官证": "military",
    "6": "uscc",
    "7": "uscc",
    "8": "uscc",
    "营业执照": "uscc",
    "统一社会信用代码": "uscc",
    "business_license": "uscc",
    "business_licence": "uscc",
    "99": "other",
}
# GB 11643-1999: ISO 7064 MOD 11-2, weights 2^(18-i) mod 11.
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_ID_CARD = re.compile(r"^[1-9][0-9]{16}[0-9X]$")
# GB 32100-2015: 18 characters without I, O, S, V, Z.
_USCC = re.compile(r"^[0-9A-HJ-NPQRTUWXY]{18}$")
_OTHER = re.compile(r"^[0-9A-Z()\-]{4,40}$")
_PLAIN_MASK = 10
MAX_NAME = 200


def id_card_valid(number: str) -> bool:
    """Tell whether an 18-character ID number has a real birthday and the check character of GB 11643.

    Examples
    --------
    >>> id_card_valid("11010519491231002X")
    True
    >>> id_card_valid("110105194912310021")
    False
    """
    if not _ID_CARD.match(number):
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    weighted = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False))
    return born.year >= 1850 and number[17] == _ID_CHECKS[weighted % 11]  # noqa: PLR2004  nobody is older


def id_card_check(first17: str) -> str:
    """Return the check character of the first seventeen digits (GB 11643)."""
    weighted = sum(int(digit) * weight for digit, weight in zip(first17, _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[weighted % 11]


def id_type_of(text: str) -> str:
    """Return the kind of proof that a name or code stands for.

    Raises
    ------
    IdTypeUnknown
    """
    name = text.strip().lower()
    found = name if name in ID_TYPES else _ALIASES.get(name)
    if found is None:
        raise IdTypeUnknown(id_type=text)
    return found


def normalised_number(id_type: str, number: str) -> str:
    """Return a number in half-width capitals without spaces.

    Raises
    ------
    IdNumberBad
    """
    plain = "".join(unicodedata.normalize("NFKC", number).split()).upper()
    good = {
        "id_card": id_card_valid(plain),
        "uscc": bool(_USCC.match(plain)),
    }.get(id_type, bool(_OTHER.match(plain)))
    if not good:
        raise IdNumberBad(id_type=id_type)
    return plain


def mask_number(number: str) -> str:
    """Show the first six and the last four characters of a long number, the first and last of a short one.

    Examples
    --------
    >>> mask_number("11010519491231002X")
    '110105********002X'
    """
    if len(number) <= _PLAIN_MASK:
        return number[:1] + "*" * (len(number) - 2) + number[-1:]
    return number[:6] + "*" * (len(number) - _PLAIN_MASK) + number[-4:]


def search_hash(key: bytes, id_type: str, number: str) -> bytes:
    """Return the HMAC-SHA256 by which equal numbers are found without reading them."""
    return hmac.new(key, f"{id_type}:{number}".encode(), hashlib.sha256).digest()


def checked_name(text: str) -> str:
    """Return a name in its one spelling.

    Letters that are not seen (of no width, turning the direction) would make two names look like one.

    Raises
    ------
    PartyNameBad
    """
    name = unicodedata.normalize("NFC", text).strip()
    if len(name) > MAX_NAME or not is_legible(name):
        raise PartyNameBad
    return name


def checked(party: PartyInput, key: bytes) -> NewParty:
    """Check a party.

    Parameters
    ----------
    party : PartyInput
        As entered.
    key : bytes
        Key of the search hash.

    Raises
    ------
    PartyNameBad, IdTypeUnknown, IdNumberBad
    """
    name = checked_name(party.name)
    id_type = id_type_of(party.id_type)
    number = normalised_number(id_type, party.id_number)
    return NewParty(
        kind="organisation" if id_type in ORGANISATIONS else "person",
        name=name,
        id_type=id_type,
        id_number=number,
        id_masked=mask_number(number),
        id_hash=search_hash(key, id_type, number),
        phone=party.phone,
    )
