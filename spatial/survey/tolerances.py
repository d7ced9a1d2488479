"""Every tolerance of the checks, with its source; no other module states one.

Lengths in metres, areas in square metres, on the plane of EPSG:4547.
"""

from typing import Final

GRID_M: Final = 0.001
"""Coordinates are kept on a 1 mm grid (three decimals of the exchange format)."""

SHRINK_M: Final = 0.001
"""An error when interiors still meet after each polygon is shrunk by this: what the database refuses."""

OVERLAP_M2: Final = 0.01
"""Overlaps up to the last decimal of a registered area are not reported (areas have two decimals)."""

SAME_POINT_M: Final = 0.0012
"""Points up to one grid step apart are the same point; in doubles a step is a trifle more or less than 1 mm.

The next distance on the grid is 1.41 mm.
"""

ROUNDED_APART_M: Final = 0.0015
"""Two roundings of one point to the grid are up to one step apart in each axis, 1.41 mm."""

NEAR_POINTS_M: Final = 0.05
"""Points nearer than the mean error of a first-grade boundary point (±5.0 cm) are suspicious."""

NEAR_LINE_M: Final = 0.05
"""A corner within the mean error of a first-grade boundary point of a neighbour's line belongs on it."""

SPIKE_DEG: Final = 1.0
"""A corner sharper than this, with two long sides, is a spike."""

SPIKE_SIDE_M: Final = 0.20
"""Both sides of a spike are longer than the limit of a third-grade boundary point (±20 cm)."""

LEAST_AREA_M2: Final = 1.0
"""No parcel is smaller (integration practice)."""

SLIVER_WIDTH_M: Final = 0.05
"""A parcel whose mean width 2·area/perimeter is below a first-grade mean error is a sliver."""

AREA_M2: Final = 0.05
"""Declared and drawn area: rounding of coordinates and of the written value (0.01 to 0.05 m²)."""

POINT_ERROR_M: Final = 0.05
"""Mean error m_p of a first-grade boundary point, for m_S = m_p·sqrt(⅛·Σd²)."""

COUNTY_M2: Final = 0.01
"""A share of a parcel in another county up to this is no share."""

SUBDISTRICT_M2: Final = 0.01
"""A parcel leaves its sub-district when more than this lies outside."""

COVERED_SHARE: Final = 0.99
"""A live parcel is replaced by new codes when they cover this share of it."""

CROWDED_NEIGHBOURS: Final = 100
CROWDED_PAIRS: Final = 100_000
"""A file is refused when boxes of parcels meet oftener than this in all and for each parcel: parcels of one
layer lie beside each other; half of it is what a fan of narrow diagonal strips reaches."""

REPAIR_WORK: Final = 1_000_000
"""Repairs are offered until the squares of the corner numbers add up to this: crossings grow so."""

INSIDE_SHARE: Final = 0.5
"""With scope ``complete``, a live parcel lies inside the upload when more than half of it does."""

GAP_M: Final = 0.20
"""Ground up to the limit of a third-grade boundary point (±20 cm) wide between parcels is a gap, no path."""

GAP_LENGTH_M: Final = 0.5
"""A gap is longer than this; below, corners of three parcels only meet unsharply."""

HOLE_M2: Final = 0.01
"""Ground without an owner up to the last decimal of a registered area is not reported."""

NARROW_M: Final = 0.05
"""A parcel all but falls apart where it is narrower than the mean error of a first-grade boundary point."""

ARC_SAGITTA_M: Final = 0.05
"""An arc is drawn finely enough when its chords leave it by no more than a first-grade mean error."""

ARC_ALIKE: Final = 0.05
"""Sides and turns along a run of corners that differ by no more than this share lie on one arc."""

LENGTH_M: Final = 0.01
"""A boundary line's length is written to the centimetre: one unit of its last decimal."""

LINE_CLASS_1_M: Final = 0.10
"""Limit of the distance of neighbouring class 1 points: twice their mean error of ±5 cm."""

LINE_CLASS_2_M: Final = 0.15
"""Limit of the distance of neighbouring class 2 points: twice their mean error of ±7.5 cm."""

LINE_CLASS_3_M: Final = 0.20
"""Limit of the distance of neighbouring class 3 points: twice their mean error of ±10 cm."""

FLOOR_AREA_M2: Final = 0.01
"""Floor areas are written to the last decimal 0.01 m²; a sum of n of them is sound to 0.01·n."""

OVERHANG_M2: Final = 0.01
"""A footprint leaves its parcel when more than this lies outside."""
