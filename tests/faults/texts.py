"""Kinds of faults in codes and attributes."""

from typing import Any

from tests.faults.seeding import FaultKind, Spot


def _coded(change: Any):
    """Give the lot another code, and a unit code that agrees."""

    def put(spot: Spot) -> object:
        world = spot.world
        code = change(spot, str(world.codes[spot.at]))
        if code is None:
            return False
        world.codes[spot.at] = code
        world.units[spot.at] = None
        return True

    return put


def _other_subdistrict(spot: Spot, code: str) -> str | None:
    named = (found for found in spot.world.subdistricts.codes if found[:9] == code[:9] and found != code[:12])
    found = next(named, None)
    return None if found is None else f"{found}{code[12:14]}{90_000 + spot.at % 9_999:05d}"


def _of_registered(spot: Spot, code: str) -> str | None:
    return spot.world.registered.codes[int(spot.rng.integers(len(spot.world.registered)))]


def no_code(spot: Spot) -> None:
    spot.world.codes[spot.at] = spot.world.units[spot.at] = None


def code_of_another(spot: Spot) -> object:
    if spot.beside >= len(spot.world.codes):
        return False
    spot.world.codes[spot.at] = spot.world.codes[spot.beside]
    spot.world.units[spot.at] = spot.world.units[spot.beside]
    return True


def used_up(spot: Spot) -> None:
    spot.world.used.add(str(spot.world.codes[spot.at]))


def unit_of_another(spot: Spot) -> None:
    code = str(spot.world.codes[spot.at])
    spot.world.units[spot.at] = code[:14] + "98765" + "W00000000"


def _area(change: Any):
    def put(spot: Spot) -> None:
        spot.world.declared[spot.at] = round(change(float(spot.world.geoms[spot.at].area)), 2)

    return put


def _row(**changed: Any):
    def put(spot: Spot) -> None:
        spot.world.rows[spot.at] |= changed

    return put


def bound_far_away(spot: Spot) -> None:
    code = str(spot.world.codes[spot.at])
    spot.world.rows[spot.at]["ZDSZD"] = code[:12] + "GB99999"


def bound_on_other_side(spot: Spot) -> object:
    row = spot.world.rows[spot.at]
    names = [name for name in ("ZDSZD", "ZDSZX") if row[name] != "道路"]
    if len(names) != 1:
        return False
    row["ZDSZD"], row["ZDSZX"] = row["ZDSZX"], row["ZDSZD"]
    return True


def use_of_shop(spot: Spot) -> object:
    code = str(spot.world.codes[spot.at])
    if code[13] != "C":
        return False
    spot.world.rows[spot.at]["YT"] = "0501"
    return True


_MISPLACED = frozenset({"T13", "outside_subdistrict", "T30", "T32", "use_suits_code"})
_RENAMED = frozenset(
    {
        "T30",
        "T32",
        "moved_boundary",
        "T31",
        "T13",
        "outside_subdistrict",
        "use_suits_code",
        "T10",
        "redefinition",
    }
)

TEXTS = [
    FaultKind(
        "sub-district unknown",
        "T13",
        _coded(lambda spot, code: code[:9] + "999" + code[12:]),
        also=_MISPLACED,
    ),
    FaultKind(
        "code of another sub-district", "outside_subdistrict", _coded(_other_subdistrict), also=_MISPLACED
    ),
    FaultKind(
        "code of another county", "T13", _coded(lambda spot, code: "421281" + code[6:]), also=_MISPLACED
    ),
    FaultKind("no code", "T30", no_code, also=frozenset({"T32"})),
    FaultKind("code of another parcel", "T30", code_of_another, also=_RENAMED),
    FaultKind("code of a registered parcel", "T30", _coded(_of_registered), also=_RENAMED),
    FaultKind("code cut off", "T30", _coded(lambda spot, code: code[:15]), also=_RENAMED),
    FaultKind(
        "code of another layer", "T30", _coded(lambda spot, code: code[:12] + "JA" + code[14:]), also=_RENAMED
    ),
    FaultKind("code used up", "T30", used_up),
    FaultKind("unit of another parcel", "T30", unit_of_another),
    FaultKind("area off by 0.2 m²", "T31", _area(lambda area: area + 0.2)),
    FaultKind("area in mu", "T31", _area(lambda area: area * 3 / 2000)),
    FaultKind("use unknown", "T33", _row(YT="0799"), also=frozenset({"use_suits_code"})),
    FaultKind("use of 2007", "T33", _row(YT="071"), also=frozenset({"use_suits_code"})),
    FaultKind("nature of right unknown", "T33", _row(QLXZ="108")),
    FaultKind("surveyed tomorrow", "T34", _row(CLRQ="2026-11-25")),
    FaultKind("term ends before it begins", "T34", _row(SYQJSSJ="2019-02-28")),
    FaultKind("date that is none", "T34", _row(CLRQ="2026-02-30")),
    FaultKind("map sheet of elsewhere", "T14", _row(TFH="H50G010010")),
    FaultKind("map sheet unreadable", "T14", _row(TFH="第12幅")),
    FaultKind("bound that is no neighbour", "T32", bound_far_away),
    FaultKind("bounds changed about", "T32", bound_on_other_side),
    FaultKind("address blank", "left_blank", _row(ZL=None)),
    FaultKind("homestead used as a shop", "use_suits_code", use_of_shop),
]
