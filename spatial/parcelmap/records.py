"""What a parcel map is made of: the parcel with its surroundings, and a display list in millimetres."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from spatial.buildings.records import StoredBuilding
from spatial.parcels.records import ParcelVersion

Points = NDArray[np.float64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is drawn.

    Attributes
    ----------
    parcel : ParcelVersion
        The parcel; geometry in EPSG:4547 (E, N) metres, as every geometry here.
    neighbours : sequence of ParcelVersion
        Parcels of the same layer that touch it.
    buildings : sequence of StoredBuilding
        Buildings of the parcel.
    """

    parcel: ParcelVersion
    neighbours: Sequence[ParcelVersion] = ()
    buildings: Sequence[StoredBuilding] = ()


@dataclass(frozen=True, slots=True)
class Imprint:
    """What stands around the drawing.

    Attributes
    ----------
    authority : str
        Who keeps the register.
    drawn_on : date
        Day of drawing.
    notices : sequence of str
        Lines under the map: what boundaries are worth, the map review number (审图号).
    holders : dict, optional
        Names of the holders by parcel code; None when the reader may not see persons.
    """

    authority: str
    drawn_on: date
    notices: Sequence[str] = ()
    holders: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet of paper, millimetres."""

    name: str
    width_mm: float
    height_mm: float

    @property
    def css(self) -> str:
        """Return the size as CSS writes it."""
        return f"{self.width_mm:g}mm {self.height_mm:g}mm"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the page, millimetres from its left and top edge."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Return the width in millimetres."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Return the height in millimetres."""
        return self.bottom - self.top

    def inside(self, margin: float) -> "Box":
        """Return the box without a margin on each side."""
        return Box(self.left + margin, self.top + margin, self.right - margin, self.bottom - margin)


@dataclass(frozen=True, slots=True)
class Choice:
    """Paper and scale of a map: one millimetre is ``scale`` millimetres on the ground."""

    paper: Paper
    scale: int


@dataclass(frozen=True, slots=True)
class Path:
    """A line or area; each ring is an array of (x, y), millimetres from the left and top edge.

    ``kind`` names what it shows, which decides its pen (`pens`).
    """

    kind: str
    rings: Sequence[Points]
    closed: bool = True

    @property
    def d(self) -> str:
        """Return the path as SVG writes it, to a ten-thousandth of a millimetre."""
        end = " Z" if self.closed else ""
        return " ".join("M" + " L".join(f"{x:.4f} {y:.4f}" for x, y in ring) + end for ring in self.rings)


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle, millimetres."""

    kind: str
    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Text:
    """A text: ``x`` is where it begins, has its middle or ends (``anchor``), ``y`` its middle line.

    ``size`` is the font size in millimetres, ``angle`` degrees clockwise.
    """

    x: float
    y: float
    size: float
    text: str
    anchor: str = "middle"
    angle: float = 0.0
    kind: str = "text"

    @property
    def baseline(self) -> float:
        """Return how far below the middle line the letters stand, millimetres."""
        return 0.36 * self.size


@dataclass(frozen=True, slots=True)
class Page:
    """One page: what lies on it, in the order of drawing."""

    paths: list[Path] = field(default_factory=list)
    circles: list[Circle] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map or plan, ready to be written as PDF or SVG.

    Attributes
    ----------
    title, code : str
        What it is, and of which parcel or unit.
    hidden_labels : int
        Point numbers and side lengths for which no place was free; the table has them.
    """

    title: str
    code: str
    choice: Choice
    pages: Sequence[Page]
    hidden_labels: int
