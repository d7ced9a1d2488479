"""What must be known before a rule can be asked; a rule whose precondition fails is not run, never passed.

The catalogue names them (``needs``). Each raises :class:`NotRun` with the code of the reason.
"""

from collections.abc import Callable
from typing import Final

from spatial.survey.rules.catalogue import RuleFacts
from spatial.survey.rules.context import Context, NotRun


def _places(context: Context) -> None:
    if not context.ground.counties:
        _ = context.subdistricts


PRECONDITIONS: Final[dict[str, Callable[[Context], object]]] = {
    "polygon": Context.need_polygon,
    "valid_polygon": Context.need_valid,
    "register": lambda context: context.register,
    "counties": lambda context: context.counties,
    "subdistricts": lambda context: context.subdistricts,
    "counties_or_subdistricts": _places,
    "day": lambda context: context.day,
    "boundary_points": lambda context: context.need_table("JZD"),
    "boundary_lines": lambda context: context.need_table("JZX"),
    "buildings": lambda context: context.need_table("ZRZ"),
    "buildings_or_flats": lambda context: context.need_table("ZRZ", "C", "H"),
    "flats": lambda context: context.need_table("H"),
    "plots": lambda context: context.need_table("DK"),
}


def require(rule: RuleFacts, context: Context) -> None:
    """Ask whether a rule can be asked at all.

    Raises
    ------
    NotRun
        ``moment_not_meant``, ``layer_not_concerned``, or the reason of the first precondition that fails.
    """
    if context.moment not in rule.moments:
        raise NotRun("moment_not_meant")
    if not rule.concerns(context.layer):
        raise NotRun("layer_not_concerned")
    for need in rule.needs:
        PRECONDITIONS[need](context)
