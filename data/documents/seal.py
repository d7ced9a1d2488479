"""The round seal (电子印章), drawn on a page or as SVG in HTML: circle, star, the name along the rim."""

from collections.abc import Iterator
from html import escape
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
    for text, below, size in _lines(seal.line, seal.sample):
        page.text(x, y + below * radius, text, size=size * radius, anchor="middle", ink=RED, hand=faces.SEAL)


def seal_svg(arc: str, line: str, sample: str = "", *, size_mm: float = 42.0) -> str:
    """Return a seal as SVG for a page of HTML; it carries no signature.

    Parameters
    ----------
    arc, line, sample : str
        Name along the rim, purpose below the star, and the note that this is no real seal.
    size_mm : float
        Diameter in millimetres.
    """
    size, up = 100 * _rim_size(arc), -100 * NAME_RADIUS
    rim = "".join(
        f'<text transform="rotate({angle:.3f}) translate(0 {up})" font-size="{size:.2f}">{escape(one)}</text>'
        for one, angle in _rim(arc)
    )
    lines = "".join(
        f'<text y="{100 * below:.2f}" font-size="{100 * size:.2f}">{escape(text)}</text>'
        for text, below, size in _lines(line, sample)
    )
    star = " ".join(f"{x:.3f},{y:.3f}" for x, y in _star(0.0, 0.0, 100 * STAR))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size_mm}mm" height="{size_mm}mm"'
        f' viewBox="-100 -100 200 200" fill="{RED}" text-anchor="middle"'
        ' font-family="Noto Serif CJK SC, Noto Sans CJK SC">'
        f'<circle r="{100 * RIM}" fill="none" stroke="{RED}" stroke-width="{100 * RIM_WIDTH}"/>'
        f'<polygon points="{star}"/>{rim}{lines}</svg>'
    )


def _lines(line: str, sample: str) -> tuple[tuple[str, float, float], ...]:
    """Return the lines below the star: text, how far below the middle, size."""
    return (line, LINE_AT, min(0.17, 0.96 / max(len(line), 1))), (sample, SAMPLE_AT, SAMPLE_SIZE)


def _step_deg(text: str) -> float:
    return (LAST_ANGLE_DEG - FIRST_ANGLE_DEG) / max(len(text) - 1, 1)


def _rim(text: str) -> Iterator[tuple[str, float]]:
    """Yield each character of the name with its angle."""
    for index, character in enumerate(text):
        yield character, FIRST_ANGLE_DEG + index * _step_deg(text)


def _rim_size(text: str) -> float:
    return min(0.24, 0.62 * pi * _step_deg(text) / 90.0)


def _along_rim(page: Canvas, text: str, x: float, y: float, radius: float) -> None:
    size = _rim_size(text) * radius
    for character, angle in _rim(text):
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
