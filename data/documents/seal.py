"""The round seal (电子印章), drawn as SVG: a circle, a star, the name along the rim."""

import math
from html import escape

RED = "#c8102e"
# Angles of the name along the rim, in degrees clockwise from the top.
FIRST_ANGLE_DEG = -115.0
LAST_ANGLE_DEG = 115.0


def seal_svg(arc: str, line: str, *, sample: str = "", size_mm: float = 42.0) -> str:
    """Return the SVG of a round seal.

    Parameters
    ----------
    arc : str
        Name of the office, along the rim.
    line : str
        Purpose of the seal, below the star.
    sample : str, optional
        Note that this is not a real seal.
    size_mm : float
        Diameter in millimetres.
    """
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size_mm}mm" height="{size_mm}mm"'
        f' viewBox="-100 -100 200 200" fill="{RED}" font-family="Noto Serif CJK SC, Noto Sans CJK SC"'
        ' text-anchor="middle">'
        f'<circle r="95" fill="none" stroke="{RED}" stroke-width="4"/>'
        f'<polygon points="{_star(26.0)}"/>{_along_rim(arc)}'
        f'<text y="56" font-size="{_line_size(line):.2f}">{escape(line)}</text>'
        f'<text y="78" font-size="11">{escape(sample)}</text></svg>'
    )


def _along_rim(text: str) -> str:
    step = (LAST_ANGLE_DEG - FIRST_ANGLE_DEG) / max(len(text) - 1, 1)
    size = min(24.0, 62.0 * math.pi * step / 90.0)
    return "".join(
        f'<text transform="rotate({FIRST_ANGLE_DEG + index * step:.3f}) translate(0 -66)"'
        f' font-size="{size:.2f}">{escape(character)}</text>'
        for index, character in enumerate(text)
    )


def _star(radius: float) -> str:
    points = []
    for index in range(10):
        reach = radius if index % 2 == 0 else radius * 0.382
        angle = math.pi / 5 * index
        points.append(f"{reach * math.sin(angle):.3f},{-reach * math.cos(angle):.3f}")
    return " ".join(points)


def _line_size(line: str) -> float:
    return min(17.0, 96.0 / max(len(line), 1))
