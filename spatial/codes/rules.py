"""Pure rules of unit codes (GB/T 37346-2019, as the city uses it)."""

import re
import unicodedata

from spatial.codes.errors import CodeBad
from spatial.codes.records import BARE_LAND, PARCEL_LENGTH, UNIT_LENGTH, CodeProblem, UnitCode

COUNTIES = frozenset({"421202", "421281", "421221", "421222", "421223", "421224"})
TENURES = frozenset("GJZ")
CHARACTERS = frozenset("ABSXCDEFLNHGWY")
# Position 14 -> fixtures that may stand on such a parcel.
FIXTURES = {
    "A": "W",
    "B": "WFQ",
    "S": "WFQ",
    "X": "WFQ",
    "C": "WFQ",
    "D": "W",
    "E": "LQW",
    "F": "W",
    "L": "LQW",
    "N": "W",
    "W": "W",
    "Y": "WFLQ",
}
# Position 14 -> layer of the parcel (A: ownership; D, F, N farmed land; E, L forest).
LAYERS = {
    "A": "collective",
    "B": "use_surface",
    "S": "use_above",
    "X": "use_below",
    "C": "use_surface",
    "D": "contract",
    "E": "forest",
    "F": "contract",
    "L": "forest",
    "N": "contract",
    "W": "use_surface",
    "Y": "use_surface",
}
_SPACES = re.compile(r"\s+")
_SHAPE = re.compile(r"\d{6}\d{6}[A-Z]{2}\d{5}(?:[A-Z]\d{8})?", re.ASCII)


def normalise(text: str) -> str:
    """Return a code without spaces, half-width and in capitals; nothing is checked.

    Examples
    --------
    >>> normalise("421202 001004 gb00011 F00020031")
    '421202001004GB00011F00020031'
    """
    if text.isascii() and text.isalnum() and text.isupper():  # so nearly all are written
        return text
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).upper()


def parse(text: str) -> UnitCode:
    """Take a unit code (28) or parcel code (19) apart.

    Parameters
    ----------
    text : str
        Code, with or without spaces, full-width forms allowed.

    Returns
    -------
    UnitCode

    Raises
    ------
    CodeBad
        If the shape is wrong; meaning is judged by :func:`problems`.

    Examples
    --------
    >>> parse("421202 001004 GB00011 F00020031").building_code
    '421202001004GB00011F0002'
    """
    code = normalise(text)
    if len(code) not in {PARCEL_LENGTH, UNIT_LENGTH} or not _SHAPE.fullmatch(code):
        raise CodeBad(unit_code=text[:40])
    whole = len(code) == UNIT_LENGTH
    return UnitCode(
        text=code,
        county_code=code[:6],
        district_code=code[:9],
        subdistrict_code=code[:12],
        tenure=code[12],
        character=code[13],
        serial=int(code[14:19]),
        fixture=code[19] if whole else None,
        fixture_no=code[20:] if whole else None,
    )


def parse_written(text: str) -> UnitCode:
    """Take apart a code that a program sent: it stands there as registered, nothing is mended.

    Raises
    ------
    CodeBad
        Also for spaces, small letters and full-width forms.

    Examples
    --------
    >>> parse_written("421202001004GB00011F00020031").serial
    11
    """
    code = parse(text)
    if code.text != text:
        raise CodeBad(unit_code=text[:40])
    return code


def problems(code: UnitCode) -> list[CodeProblem]:
    """Judge the meaning of a code: code lists and pairs of characters.

    Returns
    -------
    list of CodeProblem
        Empty when nothing is wrong; severity is ``error`` or ``warning``.
    """
    return [*_parcel_problems(code), *_fixture_problems(code)]


def _parcel_problems(code: UnitCode) -> list[CodeProblem]:
    found = []
    if code.county_code not in COUNTIES:
        found.append(_error("code_county_unknown", county_code=code.county_code))
    if code.tenure not in TENURES:
        found.append(_error("code_tenure_unknown", tenure=code.tenure))
    if code.character not in CHARACTERS:
        found.append(_error("code_character_unknown", character=code.character))
    if code.serial == 0:
        found.append(_error("code_serial_zero"))
    if code.character in {"A", "C"} and code.tenure != "J":
        found.append(_error("code_needs_collective", character=code.character))
    if code.character in {"H", "G"}:
        found.append(_error("code_sea_or_island", character=code.character))
    if code.character in {"W", "Y"}:
        found.append(_warning("code_character_unsettled", character=code.character))
    return found


def _fixture_problems(code: UnitCode) -> list[CodeProblem]:
    if code.fixture is None or code.fixture_no is None:
        return []
    if code.fixture not in "FLQW":
        return [_error("code_fixture_unknown", fixture=code.fixture)]
    found = []
    no_building = code.fixture == "F" and code.fixture_no.startswith("0000")
    if (code.fixture == "W") != (code.fixture_no == "00000000") or no_building:
        found.append(_error("code_fixture_number", fixture=code.fixture, fixture_no=code.fixture_no))
    if code.character in FIXTURES and code.fixture not in FIXTURES[code.character]:
        found.append(_warning("code_fixture_unusual", fixture=code.fixture, character=code.character))
    return found


def bare_land_unit(parcel_code: str) -> str:
    """Return the unit code of a parcel without fixtures."""
    return parcel_code + BARE_LAND


def layer_of(code: UnitCode) -> str | None:
    """Return the layer a parcel of this character belongs to, None for an unknown character."""
    return LAYERS.get(code.character)


def parcel_code_of(subdistrict_code: str, character_pair: str, serial: int) -> str:
    """Put a parcel code together.

    Parameters
    ----------
    subdistrict_code : str
        Twelve digits.
    character_pair : str
        Positions 13 and 14, such as ``GB``.
    serial : int
        1 to 99999.

    Raises
    ------
    CodeBad
        If the parts do not make a code.
    """
    return parse(f"{subdistrict_code}{character_pair}{serial:05d}").text


def _error(code: str, **params: object) -> CodeProblem:
    return CodeProblem(code, "error", params)


def _warning(code: str, **params: object) -> CodeProblem:
    return CodeProblem(code, "warning", params)
