"""A page of the display list as a canvas, from which the PDF is written."""

from data.documents.canvas import Canvas
from spatial.parcelmap.pens import PENS
from spatial.parcelmap.records import Page, Paper


def canvas_of(page: Page, paper: Paper) -> Canvas:
    """Return a page drawn on a canvas, in the order in which the SVG has it."""
    canvas = Canvas(paper.width_mm, paper.height_mm)
    for path in page.paths:
        canvas.path(path.rings, PENS[path.kind], closed=path.closed)
    for circle in page.circles:
        canvas.circle(circle.x, circle.y, circle.radius, PENS[circle.kind])
    for text in page.texts:
        # A text turns about its middle line; the base line is beside it.
        canvas.text(
            text.x,
            text.y,
            text.text,
            size=text.size,
            anchor=text.anchor,
            angle=text.angle,
            sink=text.baseline,
        )
    return canvas
