"""A unit code taken apart."""

from dataclasses import dataclass

PARCEL_LENGTH = 19
BUILDING_LENGTH = 24
UNIT_LENGTH = 28
BARE_LAND = "W00000000"


@dataclass(frozen=True, slots=True)
class UnitCode:
    """A real-estate unit code (不动产单元代码) of 28 characters, or a parcel code (宗地代码) of 19.

    Attributes
    ----------
    county_code : str
        Positions 1-6.
    district_code, subdistrict_code : str
        Positions 1-9 (地籍区) and 1-12 (地籍子区).
    tenure : str
        Position 13, ``G`` state, ``J`` collective, ``Z`` not settled.
    character : str
        Position 14, what right the parcel carries.
    serial : int
        Positions 15-19.
    fixture : str or None
        Position 20: ``F`` building, ``L`` forest, ``Q`` other, ``W`` none; None in a parcel code.
    fixture_no : str or None
        Positions 21-28.
    """

    text: str
    county_code: str
    district_code: str
    subdistrict_code: str
    tenure: str
    character: str
    serial: int
    fixture: str | None
    fixture_no: str | None

    @property
    def parcel_code(self) -> str:
        """Return the parcel's part, 19 characters."""
        return self.text[:PARCEL_LENGTH]

    @property
    def building_code(self) -> str | None:
        """Return the building's part (自然幢号, 24 characters) of a unit in a building."""
        return self.text[:BUILDING_LENGTH] if self.fixture == "F" else None


@dataclass(frozen=True, slots=True)
class CodeProblem:
    """What is wrong with a code: ``code`` names the message, ``severity`` is error or warning."""

    code: str
    severity: str
    params: dict[str, object]
