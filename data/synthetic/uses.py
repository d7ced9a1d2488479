"""What lots are used for and what is built on them; invented shares."""

from dataclasses import dataclass

from data.synthetic.plan import Kind


@dataclass(frozen=True, slots=True)
class Use:
    """A use of a lot.

    Attributes
    ----------
    characters : str
        Characters 13 and 14 of the unit code (土地所有权类型, 宗地特征码).
    layer : str
        Layer of the parcel register.
    land_use : str
        Code of GB/T 21010-2017.
    built : float
        Share of the lots that have a building.
    building : str
        Kind of building, a key of :data:`BUILDINGS`; empty for none.
    """

    characters: str
    layer: str
    land_use: str
    built: float = 0.0
    building: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A kind of building.

    Attributes
    ----------
    floors : int
        Floors above ground.
    per_floor : int
        Units on a floor; 0 when the whole building is one unit.
    ground_use_code : str
        Use of the ground floor where it differs.
    """

    floors: int
    per_floor: int
    use_code: str
    housing: bool
    structure: str
    ground_use_code: str = ""


_HOUSE = Use("GB", "use_surface", "0701", 0.8, "housing")
_SHOP = Use("GB", "use_surface", "0501", 0.85, "shop")
_OFFICE = Use("GB", "use_surface", "0505", 0.8, "office")
_PUBLIC = Use("GB", "use_surface", "0801", 0.8, "public")
STREET = Use("GB", "use_surface", "1004")
COLLECTIVE = Use("JA", "collective", "0103")

# Uses of the lots of a cell with their shares, which add up to one.
USES: dict[Kind, tuple[tuple[float, Use], ...]] = {
    Kind.OLD_TOWN: ((0.65, _HOUSE), (0.35, _SHOP)),
    Kind.HOUSING: ((0.92, _HOUSE), (0.05, _SHOP), (0.03, Use("GB", "use_surface", "0803", 0.8, "public"))),
    Kind.OFFICES: ((0.5, _OFFICE), (0.3, _SHOP), (0.2, _PUBLIC)),
    Kind.WORKS: (
        (0.8, Use("GB", "use_surface", "0601", 0.7, "works")),
        (0.2, Use("GB", "use_surface", "0604", 0.7, "works")),
    ),
    Kind.PARK: ((1.0, Use("GB", "use_surface", "0810")),),
    Kind.HAMLET: (
        (0.95, Use("JC", "use_surface", "0702", 0.85, "farmhouse")),
        (0.05, Use("JB", "use_surface", "0809", 0.6, "public")),
    ),
    Kind.FIELDS: ((0.7, Use("JD", "contract", "0101")), (0.3, Use("JD", "contract", "0103"))),
    Kind.FOREST: (
        (0.5, Use("JE", "forest", "0301")),
        (0.3, Use("JE", "forest", "0302")),
        (0.2, Use("JL", "forest", "0307")),
    ),
}

# Codes of the lists GHYT (use) and FWJG (structure).
BUILDINGS: dict[str, tuple[tuple[float, Plan], ...]] = {
    "housing": (
        (0.82, Plan(2, 0, "10", True, "4")),
        (0.12, Plan(5, 4, "11", True, "3")),
        (0.05, Plan(6, 4, "11", True, "3")),
        (0.01, Plan(11, 4, "11", True, "3")),
    ),
    "shop": ((0.7, Plan(3, 1, "11", True, "4", "31")), (0.3, Plan(2, 2, "31", False, "3"))),
    "office": ((0.6, Plan(6, 0, "60", False, "3")), (0.4, Plan(12, 1, "60", False, "3"))),
    "public": ((1.0, Plan(2, 0, "40", False, "3")),),
    "works": ((1.0, Plan(1, 0, "20", False, "1")),),
    "farmhouse": ((0.6, Plan(2, 0, "10", True, "5")), (0.4, Plan(3, 0, "10", True, "4"))),
}

# Right type (QLLX) by the two characters, without and with a building.
RIGHT_TYPES = {
    "GB": ("3", "4"),
    "JB": ("7", "8"),
    "JC": ("5", "6"),
    "JD": ("9", "9"),
    "JE": ("10", "10"),
    "JL": ("12", "12"),
}
# Share of the units that have a right in the register from before.
HELD = {
    "GB": (0.4, 0.7),
    "JB": (0.5, 0.5),
    "JC": (0.0, 0.5),
    "JD": (0.6, 0.6),
    "JE": (0.6, 0.6),
    "JL": (0.6, 0.6),
}
STREET_NAMES = (
    *("长安", "永安", "桂花", "银泉", "淦河", "青龙", "文笔", "书台"),
    *("茶庵", "银桂", "滨河", "凤凰", "竹海", "香城", "幕阜", "富水"),
)
