"""Rules on what lies on the parcels that an upload changes: seizures, mortgages, open cases."""

from collections.abc import Iterator, Mapping

import shapely

from spatial.survey.change_records import Change
from spatial.survey.rules.context import Context, NotRun, Told


def seized(context: Context, told: Told) -> None:
    """Tell of each seized parcel (查封) that the upload changes.

    ``major``: its ground is changed, cut, merged or ended. ``minor``: corners move and no ground does, or
    only what is written changes.

    Raises
    ------
    NotRun
        If the register of rights is not at hand, or no registered parcel changes.
    """
    _tell(context, told, context.restrictions.seizures, ("seized", "major", "minor"))


def mortgaged(context: Context, told: Told) -> None:
    """Tell of each mortgaged parcel (抵押) that the upload changes.

    ``minor``: its ground is changed, cut, merged or ended. ``note``: corners move and no ground does, or
    only what is written changes.

    Raises
    ------
    NotRun
        If the register of rights is not at hand, or no registered parcel changes.
    """
    _tell(context, told, context.restrictions.mortgages, ("mortgaged", "minor", "note"))


def under_case(context: Context, told: Told) -> None:
    """Tell of each open case (在办案件) whose parcel the upload changes or whose flat it ends.

    ``major``: a flat of the case ends. ``minor``: ground of its parcel is changed, cut, merged or ended.
    ``note``: corners move and no ground does, or only what is written changes.

    Raises
    ------
    NotRun
        If the register is not at hand, or no registered parcel changes and no flat ends.
    """
    ending = context.restrictions.ending_cases
    if not ending or any(change.parents for change in context.changes):
        _tell(context, told, context.restrictions.cases, ("under_case", "minor", "note"))
    places = dict(_places(context, sorted({code[:19] for code in ending})))
    for code, count in sorted(ending.items()):
        told.add(
            context.index_of.get(code[:19]),
            "under_case_ended",
            "major",
            place=places.get(code[:19]),
            object_id=code,
            params={"count": count},
        )


def _tell(context: Context, told: Told, entries: Mapping[str, int], words: tuple[str, str, str]) -> None:
    """Tell of each changed parcel with entries; ``words``: the rule's word, grade of ground, of the rest."""
    changes = [change for change in context.changes if change.parents]
    if not changes:
        raise NotRun("nothing_redefined")
    word, of_ground, of_rest = words
    concerned = sorted({code for change in changes for code in change.parents if code in entries})
    places = dict(_places(context, concerned))
    for change in changes:
        of_words = change.kind == "attributes" or change.minor
        for code in change.parents:
            if code in entries:
                told.add(
                    _feature(context, change, code),
                    f"{word}_restated" if of_words else f"{word}_changed",
                    of_rest if of_words else of_ground,
                    place=places.get(code),
                    object_id=code,
                    params={"count": entries[code]},
                )


def _feature(context: Context, change: Change, code: str) -> int | None:
    """Return the feature that keeps the code, otherwise one of the change; None where the parcel ends."""
    heirs = [code, *change.codes] if code in change.codes else change.codes
    return next((context.index_of[heir] for heir in heirs if heir in context.index_of), None)


def _places(context: Context, codes: list[str]) -> Iterator[tuple[str, shapely.Geometry]]:
    """Yield a point (EPSG:4547) inside each of these registered parcels."""
    parcels = context.register
    at = {code: number for number, code in enumerate(parcels.codes)}
    known = [code for code in codes if code in at]
    points = shapely.point_on_surface(parcels.geoms[[at[code] for code in known]])
    yield from zip(known, points, strict=True)
