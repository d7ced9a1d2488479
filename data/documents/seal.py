"""The round seal (电子印章): a circle, a star, the name along the rim."""

from math import cos, pi, radians, sin
from typing import Final

from data.documents import faces
from data.documents.canvas import Canvas
from data.documents.records import Pen, SealPlacement

RED: Final = "#c8102e"
# Angles of the name along the rim, in degrees clockwise from the top.
FIRST_ANGLE_DEG: Final = -115.0
LAST_ANGLE_DEG: Final = 115.0
# Everything below is in parts of the seal's radius.
RIM, RIM_WIDTH, NAME_RADIUS = 0.95, 0.04, 0.66
STAR, STAR_NOTCH = 0.26, 0.382
LINE_AT, SAMPLE_AT, SAMPLE_SIZE = 0.56, 0.78, 0.11


def draw_seal(page: Canvas, seal: SealPlacement) -> None:
    """Draw a seal at its place on a page; the placement's page number is not looked at."""
    radius = seal.size_mm / 2
    x, y = seal.x_mm + radius, seal.y_mm + radius
    page.circle(x, y, RIM * radius, Pen(RED, None, RIM_WIDTH * radius))
    page.path([_star(x, y, STAR * radius)], Pen(None, RED, 0.0), closed=True)
    _along_rim(page, seal.arc, x, y, radius)
    line_size = min(0.17, 0.96 / max(len(seal.line), 1))
    for text, below, size in ((seal.line, LINE_AT, line_size), (seal.sample, SAMPLE_AT, SAMPLE_SIZE)):
        page.text(x, y + below * radius, text, size=size * radius, anchor="middle", ink=RED, hand=faces.SEAL)


def _along_rim(page: Canvas, text: str, x: float, y: float, radius: float) -> None:
    step = (LAST_ANGLE_DEG - FIRST_ANGLE_DEG) / max(len(text) - 1, 1)
    size = min(0.24, 0.62 * pi * step / 90.0) * radius
    for index, character in enumerate(text):
        angle = FIRST_ANGLE_DEG + index * step
        turn = radians(angle)
        page.text(
            x + NAME_RADIUS * radius * sin(turn),
            y - NAME_RADIUS * radius * cos(turn),
            character,
            size=size,
            anchor="middle",
            angle=angle,
            ink=RED,
            hand=faces.SEAL,
        )


def _star(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    reach = [radius if index % 2 == 0 else radius * STAR_NOTCH for index in range(10)]
    return [(x + far * sin(pi / 5 * index), y - far * cos(pi / 5 * index)) for index, far in enumerate(reach)]
