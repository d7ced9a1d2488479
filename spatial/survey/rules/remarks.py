"""What is only told: remarks of the reader, and a datum that nothing could confirm."""

import shapely

from spatial.survey.rules.context import Context, Told


def datum(context: Context, told: Told) -> None:
    """Tell that no code and no line near by could show which datum the coordinates have (``note``)."""
    if not context.ground.datum_verified:
        place = shapely.centroid(shapely.box(*shapely.total_bounds(context.features.geoms)))
        told.add(None, "datum_not_verifiable", "note", place=place)


def reader(context: Context, told: Told) -> None:
    """Hand on the reader's remarks; the grade is the remark's severity."""
    for note in context.notes:
        at = None if note.feature_no is None else note.feature_no - 1
        told.add(at, note.code, note.severity, params=note.params)
