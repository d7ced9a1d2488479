"""Colours of the map and the classes of the legend, in one place for map and legend."""

from dataclasses import dataclass

GROUND = "#e9edf0"
COUNTY_FILL = "#fbfaf6"
COUNTY_LINE = "#7a2e6b"
DISTRICT_LINE = "#8a8f99"
PARCEL_LINE = "#8c5a3c"
BUILDING_FILL = "#c9b9a6"
BUILDING_LINE = "#7d6b58"
COLLECTIVE_LINE = "#3f7f4c"
SELECTED = "#d40078"
# From faint to strong, by share of the strongest; maps and legends draw the same.
HEAT = {0.15: "#2c7fb8", 0.4: "#41b6c4", 0.6: "#a1dab4", 0.8: "#fecc5c", 1.0: "#e31a1c"}
CASE_OPEN = "#1c4f8f"
CASE_LATE = "#a3211a"
CASE_ENDED = "#7d8994"
LABEL = "#2b3540"
HALO = "#ffffff"
OTHER_USE = "#e3ded6"


@dataclass(frozen=True, slots=True)
class LandUseClass:
    """First-level land use of GB/T 21010-2017 as drawn: two-digit codes, text key, fill colour."""

    codes: tuple[str, ...]
    key: str
    fill: str


LAND_USES: tuple[LandUseClass, ...] = (
    LandUseClass(("07",), "ui.map.use.residential", "#f6dfa4"),
    LandUseClass(("05",), "ui.map.use.commercial", "#f0b7a6"),
    LandUseClass(("06",), "ui.map.use.industrial", "#cdb6d8"),
    LandUseClass(("08", "09"), "ui.map.use.public", "#a9c7e6"),
    LandUseClass(("10",), "ui.map.use.transport", "#cfd5da"),
    LandUseClass(("01", "02"), "ui.map.use.farm", "#e6edbb"),
    LandUseClass(("03",), "ui.map.use.forest", "#b9d8ae"),
    LandUseClass(("04",), "ui.map.use.grass", "#d5e8b8"),
    LandUseClass(("11",), "ui.map.use.water", "#b4d9ea"),
)


def land_use_colour() -> list[object]:
    """Return the MapLibre expression that colours a feature by the first two digits of ``land_use``."""
    expression: list[object] = ["match", ["slice", ["coalesce", ["get", "land_use"], ""], 0, 2]]
    for kind in LAND_USES:
        expression += [list(kind.codes), kind.fill]
    return [*expression, OTHER_USE]
