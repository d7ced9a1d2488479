"""T06: arcs that were drawn with too few chords."""

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.survey.predicates import Vertices
from spatial.survey.rules.context import Context, Told
from spatial.survey.tolerances import ARC_ALIKE, ARC_SAGITTA_M

# So many like turns in a row are no chance; turns of a real arc are neither hardly any nor those of a polygon
# that is meant, such as an octagon.
_TURNS = 3
_LEAST_TURN_DEG, _LARGEST_TURN_DEG = 2.0, 40.0


def coarse_arcs(context: Context, told: Told) -> None:
    """T06: an arc is stroked finely enough.

    ``note``: at least four sides in a row have one length and one turn, and the arc through their corners
    leaves them by more than 5 cm. Whether an arc is meant only the surveyor knows. True curves do not reach
    the rules: readers stroke or refuse them.
    """
    told.skipped = context.need_polygon()
    corners = context.vertices
    turn = _turns_deg(corners)
    sagitta = corners.side_m / 2.0 * np.tan(np.radians(np.abs(turn)) / 4.0)
    like = _like_next(corners, turn)
    run = like.copy()
    at = corners.following
    for _ in range(_TURNS - 2):
        run &= like[at]
        at = corners.following[at]
    run &= sagitta > ARC_SAGITTA_M
    first = run & ~run[corners.preceding]
    round_about = run & ~np.isin(corners.feature, corners.feature[first])  # a circle begins nowhere
    first[np.flatnonzero(round_about)[np.unique(corners.feature[round_about], return_index=True)[1]]] = True
    for corner in np.flatnonzero(first):
        told.add(
            int(corners.feature[corner]),
            "T06_coarse_arc",
            "note",
            place=shapely.Point(corners.xy[corner]),
            measured=float(sagitta[corner]),
        )


def _turns_deg(corners: Vertices) -> NDArray[np.float64]:
    """Return by how much the line turns at each corner, left positive."""
    came = corners.xy - corners.xy[corners.preceding]
    goes = corners.xy[corners.following] - corners.xy
    cross = came[:, 0] * goes[:, 1] - came[:, 1] * goes[:, 0]
    turns: NDArray[np.float64] = np.degrees(np.arctan2(cross, (came * goes).sum(axis=1)))
    return turns


def _like_next(corners: Vertices, turn: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell of each corner whether the next one turns alike between sides alike."""
    ahead = corners.following
    size = np.abs(turn)
    side, before = corners.side_m, corners.side_m[corners.preceding]
    alike: NDArray[np.bool_] = (
        (size > _LEAST_TURN_DEG)
        & (size < _LARGEST_TURN_DEG)
        & (np.abs(turn[ahead] - turn) <= ARC_ALIKE * size)
        & (np.abs(side - before) <= ARC_ALIKE * side)
        & (np.abs(side[ahead] - side) <= ARC_ALIKE * side)
    )
    return alike
