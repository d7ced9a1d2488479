"""What documents cost: CPU time of one process for each kind, as one office that prints many sees it."""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from registry.receipts.keys import sandbox_keys
from registry.receipts.press import BillPress
from registry.receipts.records import Bill, BillItem
from spatial.floorplan import service as plans
from spatial.floorplan.records import Subject as Flat
from spatial.parcelmap import service as maps
from spatial.parcelmap.records import Subject
from spatial.survey.reporting.paper import findings_pdf
from spatial.survey.reporting.records import FindingsReport, Table
from tests.benchmarks.harness import Context, Result
from tests.unit.spatial.floor_plan_cases import IMPRINT as PLAN_IMPRINT
from tests.unit.spatial.floor_plan_cases import duplex, flat
from tests.unit.spatial.parcel_map_cases import DAY, IMPRINT, at_origin, building, parcel, star, with_holes

NAME = "documents"
AT = datetime(2026, 11, 25, 10, tzinfo=UTC)
BILL_MS = 250.0


def run(ctx: Context) -> list[Result]:
    rounds = ctx.pick(40, 8)
    with tempfile.TemporaryDirectory() as folder:
        press = BillPress(sandbox_keys(Path(folder)), "https://example.cn/verify")
        cases: dict[str, Callable[[], object]] = {
            "parcel map, 12 points, PDF": lambda: map_pdf(small()),
            "parcel map, 200 points, PDF": lambda: map_pdf(large()),
            "parcel map, 12 points, SVG": lambda: maps.to_svg(maps.draw(small(), IMPRINT)),
            "floor plan, one floor, PDF": lambda: plan_pdf(flat()),
            "floor plan, two floors, PDF": lambda: plan_pdf(duplex()),
            "findings, 500 on paper": lambda: findings_pdf(findings(500)),
        }
        bill = ctx.result(
            NAME,
            "bill: render, PDF/A-3, seal, three signatures",
            cpu_ms(lambda: bill_files(press), rounds),
            "ms CPU",
            limit=BILL_MS,
            limit_name="what a bill may cost",
            goal="<= 1",
            n=rounds,
        )
        others = [
            ctx.result(NAME, case, cpu_ms(work, rounds), "ms CPU", n=rounds) for case, work in cases.items()
        ]
        return [bill, *others]


def cpu_ms(work: Callable[[], object], rounds: int) -> float:
    """Return the median CPU milliseconds; the first run, which loads fonts and templates, is not counted."""
    work()
    taken = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return sorted(taken)[rounds // 2] * 1_000


def small() -> Subject:
    geom = with_holes()
    near = [parcel(12, at_origin(geom.envelope.buffer(20)).difference(geom))]
    return Subject(parcel(11, geom), near, [building(1, geom.buffer(-8).envelope, 6, "3")])


def large() -> Subject:
    return Subject(parcel(21, star(200)))


def map_pdf(subject: Subject) -> bytes:
    return maps.to_pdf(maps.draw(subject, IMPRINT), drawn_on=DAY)


def plan_pdf(subject: Flat) -> bytes:
    return maps.to_pdf(plans.draw(subject, PLAN_IMPRINT), drawn_on=DAY)


def findings(count: int) -> FindingsReport:
    """Return a report of so many findings, each of two lines."""
    said = "两宗地重叠 12.3456 平方米，超过限值 0.01 平方米；请核对界址点坐标后重新提交。"
    row: list[str | int | float | None] = [
        1,
        "错误",
        "T10",
        "421224001001GB00001",
        "421224001001GB00002",
        12.3456,
        0.01,
        "m²",
        said,
        None,
    ]
    rows = [[*row, 572_000.123, 3_268_000.456]] * count
    heads = [f"栏{number}" for number in range(12)]
    return FindingsReport(
        "质检报告", "概要", [], Table("问题", heads, rows), Table("规则", ["规则"], []), "", AT
    )


def bill_files(press: BillPress) -> bytes:
    """Return a bill as it is issued: data with two signatures, rendered, data attached, sealed and signed."""
    lines = [BillItem("30104510", "不动产登记费", 1, 55_000, 55_000, "非住宅类不动产登记收费")]
    return press.make(BILL, lines, payment_code="42120026000000000017")[1]


BILL = Bill(
    code="42060126",
    number="0000000001",
    kind="blue",
    red_of=None,
    order_no="DD2026112500001",
    case_no="202611250001",
    county_code="421202",
    accept_office="xianan",
    payer_name="咸宁市某某有限公司",
    payer_kind="org",
    payer_code="91421200MA00000000",
    amount_fen=55_000,
    check_code="1a2b3c",
    issued_at=AT,
    issued_on=date(2026, 11, 25),
    state="numbered",
    xml=None,
    xml_sha256=None,
    xml_signature=None,
    algorithm=None,
    pdf_sha256=None,
    held_reason="",
    reversed=False,
)
