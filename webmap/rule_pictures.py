"""Small pictures of what a check rule finds: parcels and the place of the fault, on 40 by 24 units."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Picture:
    """Outlines of parcels as SVG point lists, and of the fault; ``spots`` are single points (x, y)."""

    parcels: tuple[str, ...]
    faults: tuple[str, ...] = ()
    spots: tuple[tuple[float, float], ...] = ()


_LEFT: Final = "2,2 20,2 20,22 2,22"
_RIGHT: Final = "20,2 38,2 38,22 20,22"
_PICTURES: Final = {
    "T01": Picture(("6,3 34,21 34,3 6,21",), spots=((20, 12),)),
    "T02": Picture(("6,3 34,3 34,21 6,21",), spots=((33, 3), (34.5, 3.5))),
    "T03": Picture(("6,10 19,10 20,1 20.6,10 34,10 34,22 6,22",), spots=((20, 1),)),
    "T04": Picture((_LEFT, "24,2 25,2 25,22 24,22"), ("24,2 25,2 25,22 24,22",)),
    "T05": Picture((_LEFT, "26,8 34,8 34,16 26,16"), ("26,8 34,8 34,16 26,16",)),
    "T06": Picture(
        ("4,22 6,12 13,5 22,3 30,6 35,13 36,22",), spots=((6, 12), (13, 5), (22, 3), (30, 6), (35, 13))
    ),
    "T07": Picture(("2,12 10,12 10,20 2,20",), ("30,2 38,2 38,10 30,10",)),
    "T10": Picture(("2,2 24,2 24,22 2,22", "18,5 38,5 38,19 18,19"), ("18,5 24,5 24,19 18,19",)),
    "T11": Picture(("2,2 18,2 18,22 2,22", "21,2 38,2 38,22 21,22"), ("18,2 21,2 21,22 18,22",)),
    "T12": Picture((_LEFT, "20,2 38,2 38,12 20,12", "20,12 38,12 38,22 20,22"), spots=((20, 12),)),
    "T13": Picture(("8,8 24,8 24,18 8,18",), spots=((16, 13),)),
    "outside_subdistrict": Picture(
        ("2,2 26,2 26,22 2,22", "18,8 34,8 34,16 18,16"), ("26,8 34,8 34,16 26,16",)
    ),
    "county_straddle": Picture((_LEFT, _RIGHT, "12,8 30,8 30,16 12,16"), ("20,8 30,8 30,16 20,16",)),
    "moved_boundary": Picture(("4,3 30,3 30,21 4,21",), ("30,3 35,5 35,21 30,21",)),
    "narrow_passage": Picture(
        ("2,4 18,4 18,11.5 22,11.5 22,4 38,4 38,20 22,20 22,12.5 18,12.5 18,20 2,20",), spots=((20, 12),)
    ),
    "one_part": Picture(("2,4 16,4 16,20 2,20", "24,4 38,4 38,20 24,20")),
    "redefinition": Picture((_LEFT, "20,2 34,2 34,22 20,22"), ("34,2 38,2 38,22 34,22",)),
    "T32": Picture((_LEFT, _RIGHT), spots=((20, 12),)),
}


def picture(rule_id: str) -> Picture | None:
    """Return the picture of a rule, None where words say it better."""
    return _PICTURES.get(rule_id)
