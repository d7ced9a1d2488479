"""The engine: one function runs every rule, for pre-check, upload, review and approval alike."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from data.clock import day_of
from spatial.survey.fixes.proposing import propose
from spatial.survey.records import Finding, Report, RuleResult, Run
from spatial.survey.rules import (
    arcs,
    around,
    attributes,
    buildings,
    cover,
    drawn,
    layers,
    neighbours,
    outlines,
    place,
    points,
    remarks,
    restricted,
    shape,
    written,
)
from spatial.survey.rules.catalogue import RuleFacts, catalogue, rule_set_sha256
from spatial.survey.rules.context import Context, NotRun, Told
from spatial.survey.rules.preconditions import require
from spatial.survey.tolerances import GRID_M

Rule = Callable[[Context, Told], None]
Progress = Callable[[int, int], None]

RULES: Final[dict[str, Rule]] = {
    "T01": shape.valid_polygon,
    "T02": shape.point_distance,
    "T03": shape.spikes,
    "T04": shape.least_area,
    "T05": shape.ring_nesting,
    "T07": shape.window,
    "T10": neighbours.no_overlap,
    "T12": neighbours.shared_points,
    "T13": place.known_subdistrict,
    "outside_subdistrict": place.inside_subdistrict,
    "county_straddle": place.one_county,
    "T30": attributes.codes,
    "T31": attributes.areas,
    "moved_boundary": neighbours.moved_boundary,
    "datum_not_verifiable": remarks.datum,
    "reader": remarks.reader,
    "T06": arcs.coarse_arcs,
    "T11": cover.no_gap,
    "T14": around.map_sheet,
    "T32": around.four_bounds,
    "T33": written.dictionaries,
    "T34": written.dates,
    "T35": written.class_sums,
    "narrow_passage": shape.narrow_passage,
    "one_part": shape.one_part,
    "redefinition": cover.redefinition,
    "seized": restricted.seized,
    "mortgaged": restricted.mortgaged,
    "under_case": restricted.under_case,
    "flat_outline": outlines.flat_outlines,
    "left_blank": written.left_blank,
    "use_suits_code": written.use_suits_code,
    "T20": points.points_on_corners,
    "T21": points.point_order,
    "T22": points.lines_between_points,
    "T23": points.sides_make_perimeter,
    "T36": buildings.floor_areas,
    "T37": buildings.footprints,
    "T38": buildings.land_shares,
    "T42": buildings.on_parcels,
    "layer_pair": layers.layer_pairs,
    "inside_ownership": layers.inside_ownership,
    "plot_code": layers.plot_codes,
    "points_once": drawn.points_once,
    "lines_on_boundary": drawn.lines_on_boundary,
    "buildings_apart": drawn.buildings_apart,
}


def check(
    context: Context, *, now: datetime, base_revision: int | None = None, progress: Progress | None = None
) -> Report:
    """Run every rule of the catalogue.

    Parameters
    ----------
    context : Context
        Upload and register, EPSG:4547.
    now : datetime
        Aware instant of the start.
    base_revision : int, optional
        Last change of the register that ``context.ground`` holds.
    progress : callable, optional
        Called with rules done and rules in all.

    Returns
    -------
    Report
        Every rule is reported: passed, found or not run, and why.
    """
    started = time.perf_counter()
    if context.today is None:
        context.today = day_of(now)
    findings: list[Finding] = []
    results = []
    facts = catalogue()
    with _without_collecting():
        for done, (rule_id, rule) in enumerate(facts.items(), start=1):
            result, found = run_rule(rule, RULES[rule_id], context)
            results.append(result)
            findings.extend(found)
            if progress is not None:
                progress(done, len(facts))
    run = Run(
        rule_set_sha256=rule_set_sha256(),
        tolerance_m=GRID_M,
        base_revision=base_revision,
        started_at=now,
        seconds=round(time.perf_counter() - started, 3),
        rules=results,
    )
    return Report(len(context.features), propose(context, findings), run)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Look for no cycles meanwhile: rules make none, and the search took a fifth of a large check."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def run_rule(facts: RuleFacts, rule: Rule, context: Context) -> tuple[RuleResult, list[Finding]]:
    """Ask one rule, if it can be asked.

    Parameters
    ----------
    facts : RuleFacts
        Data of the rule.
    rule : callable
        Its code.
    context : Context
        Upload and register, EPSG:4547.
    """
    told = Told(facts, context)
    try:
        require(facts, context)
        rule(context, told)
    except NotRun as reason:
        return RuleResult(facts.rule_id, "not_run", 0, told.skipped, str(reason)), told.findings
    result = "found" if told.findings else "passed"
    return RuleResult(facts.rule_id, result, told.count, told.skipped), told.findings
