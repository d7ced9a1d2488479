"""How each kind of line is drawn, on paper and on screen alike."""

from data.documents.records import Pen

RULE = Pen("#000000", None, 0.12)
# Boundary lines are red and 0.3 mm wide (GB/T 42547-2023, figure L.3).
PENS = {
    "rule": RULE,
    "cell": RULE,
    "point": Pen("#000000", "#ffffff", 0.15),
    "frame": Pen("#000000", None, 0.35),
    "boundary": Pen("#e60012", None, 0.3, "round"),
    "neighbour": Pen("#333333", None, 0.15, "round"),
    "building": Pen("#000000", "#f4f1ea", 0.2, "round"),
    "fraction": Pen("#000000", None, 0.15, "round"),
    # A floor plan: the flat bold, its neighbours and the edge of the floor lighter.
    "flat": Pen("#000000", "#f7f5ee", 0.5, "miter"),
    "other_flat": Pen("#888888", None, 0.15, "round"),
    "storey": Pen("#666666", None, 0.25, "round"),
    "seal": Pen("#999999", None, 0.15, "round"),
    "leader": Pen("#777777", None, 0.1, "round"),
    "north_dark": Pen("#000000", "#000000", 0.15, "round"),
    "north_light": Pen("#000000", "#ffffff", 0.15, "round"),
}
