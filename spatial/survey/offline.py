"""The surveyor's pre-check without a database: the same rules, on the file and the county boundaries."""

from datetime import datetime

import numpy as np
import shapely

from data.reference.files import boundary
from spatial.survey.changes import plan_changes
from spatial.survey.checks import check
from spatial.survey.features import draft_features
from spatial.survey.objects.drafts import draft_objects
from spatial.survey.readers.limits import COMMAND_LINE, Limits
from spatial.survey.readers.records import Content
from spatial.survey.reading import read
from spatial.survey.records import Features, Ground, Incoming, Moment, Order, Report, Shapes, no_shapes
from spatial.survey.rules.context import Context


def check_offline(
    incoming: Incoming, *, now: datetime, limits: Limits = COMMAND_LINE
) -> tuple[Report, Features]:
    """Check a file against itself and the reference boundaries; rules that need the register do not run.

    Parameters
    ----------
    incoming : Incoming
        File and how to read it.
    now : datetime
        Aware instant.
    limits : Limits
        Bounds of the file.

    Returns
    -------
    Report, Features
        The drafts in EPSG:4547 beside the report.

    Raises
    ------
    FileRefused
    """
    return check_content(read(incoming, limits), incoming.order, now=now)


def check_content(content: Content, order: Order, *, now: datetime) -> tuple[Report, Features]:
    """Check what was read; see :func:`check_offline`."""
    features = draft_features(content)
    objects, remarks = draft_objects(content.objects)
    counties, city = reference_counties()
    own = content.subdistricts
    ground = Ground(
        counties=counties,
        city=city,
        subdistricts=Shapes(own.codes, own.geoms) if own is not None else None,
    )
    plan = plan_changes(features, no_shapes(), order.scope)
    context = Context(
        features=features,
        ground=ground,
        kind=order.kind,
        layer=order.layer,
        replaced=frozenset(plan.retired),
        notes=[*content.notes, *remarks],
        objects=objects,
        scope=order.scope,
        moment=Moment.PRECHECK,
    )
    return check(context, now=now), features


def reference_counties() -> tuple[Shapes, frozenset[str]]:
    """Return the counties of the reference boundary set in EPSG:4547."""
    found = boundary().counties
    geoms = np.full(len(found), None, dtype=object)
    for at, county in enumerate(found):
        geom = county.geom
        geoms[at] = geom if geom.geom_type == "MultiPolygon" else shapely.MultiPolygon([geom])
    codes = [county.county_code for county in found]
    return Shapes(codes, geoms), frozenset(county.county_code for county in found if county.in_city)
