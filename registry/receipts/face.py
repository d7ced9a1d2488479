"""The printed form of a bill (票面), drawn on pages of 210 mm by 140 mm."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from data.clock import SHANGHAI
from data.documents.amounts import capitals, yuan
from data.documents.canvas import BLACK, Canvas
from data.documents.codes import draw_qr
from data.documents.listing import SINK, wrap
from data.documents.records import Pen, SealPlacement
from data.documents.seal import draw_seal
from registry.receipts import einvoice
from registry.receipts.records import Bill, BillItem, PaperCopy

WIDTH, HEIGHT = 210.0, 140.0
LEFT, RIGHT, TOP, BOTTOM = 12.0, 198.0, 9.0, 131.0
# The last page closes above the QR code, the names of the offices and the seal.
CLOSE = 92.0
SEAL_AT, SEAL_MM = (150.0, 91.5), 38.0
QR_MM: Final = 36.0
MAROON, RED, NOTE, WARN = "#7a1f1f", "#c8102e", "#444444", "#b00020"
TITLE_MM, TEXT_MM, CELL_MM, SMALL_MM = 4.94, 3.0, 2.82, 2.5
LINE, CELL_LINE, CELL_PAD, AIR = 4.0, 3.8, 1.8, 1.1
FRAME, RULE, THIN = Pen(MAROON, None, 0.4), Pen(MAROON, None, 0.2), Pen(MAROON, None, 0.1)
SHADE, BOX = Pen(None, "#f2f2f2", 0.0), Pen(WARN, None, 0.3)
FACT_WIDTHS: Final = (78.0, 62.0, 46.0)
HEADS: Final = ("项目编码", "项目名称", "单位", "数量", "标准(元)", "金额(元)", "备注")
WIDTHS: Final = (20.0, 41.0, 11.0, 12.0, 30.0, 30.0, 42.0)
NUMBERS: Final = frozenset({3, 4, 5})
AMOUNT: Final = 5
EDGES: Final = tuple(LEFT + sum(WIDTHS[:number]) for number in range(len(WIDTHS) + 1))
# A row of more lines goes on in the next row.
ROW_LINES: Final = 12

Cells = list[list[str]]


@dataclass(frozen=True, slots=True)
class Face:
    """What stands on a bill's face beside its own facts.

    Attributes
    ----------
    link : str
        What the QR code opens.
    seal : SealPlacement
        The seal; only its picture on a paper copy, its note says whether the bill is a sample.
    copy : PaperCopy, optional
        Which paper copy it is; None for the bill itself, which the seal's signature is put on later.
    """

    payment_code: str
    link: str
    seal: SealPlacement
    copy: PaperCopy | None = None


@dataclass(slots=True)
class _Sheet:
    """Pages being filled from above."""

    bill: Bill
    pages: list[Canvas] = field(default_factory=list)
    y: float = TOP

    def turn(self) -> None:
        self.pages.append(Canvas(WIDTH, HEIGHT))
        self.y = TOP

    def write(
        self, x: float, text: str, *, size: float = TEXT_MM, anchor: str = "start", ink: str = BLACK
    ) -> None:
        """Write a line whose middle lies half a line below the present height."""
        self.pages[-1].text(x, self.y + LINE / 2 + SINK * size, text, size=size, anchor=anchor, ink=ink)


def draw(bill: Bill, items: Sequence[BillItem], face: Face) -> list[Canvas]:
    """Return the pages of a bill; the last one has the total, the QR code and room for the seal."""
    sheet = _Sheet(bill)
    sheet.turn()
    _title(sheet, sample=bool(face.seal.sample))
    _facts(sheet, face.payment_code)
    _remarks(sheet, face.copy)
    _table(sheet, [_cells(item) for item in items])
    _foot(sheet, face)
    _number_pages(sheet)
    return sheet.pages


def _title(sheet: _Sheet, *, sample: bool) -> None:
    sheet.y += 1.5
    sheet.write(WIDTH / 2, einvoice.NAME, size=TITLE_MM, anchor="middle", ink=MAROON)
    sheet.y += 6.5
    if sample:
        half, top = 27.0, sheet.y
        left, right, bottom = WIDTH / 2 - half, WIDTH / 2 + half, top + LINE
        box = [(left, top), (right, top), (right, bottom), (left, bottom)]
        sheet.pages[-1].path([box], BOX, closed=True)
        sheet.write(WIDTH / 2, "沙箱样票 sandbox · 不得作为报销凭证", size=CELL_MM, anchor="middle", ink=WARN)
        sheet.y += LINE
    sheet.y += 1.2


def _facts(sheet: _Sheet, payment_code: str) -> None:
    bill = sheet.bill
    rows = (
        (f"票据代码:{bill.code}", f"票据号码:{bill.number}", f"校验码:{bill.check_code}"),
        (
            f"交款人:{bill.payer_name}",
            f"统一社会信用代码:{bill.payer_code or '——'}",
            f"开票日期:{bill.issued_on}",
        ),
        (f"缴款码:{payment_code}", f"业务编号:{bill.case_no}", f"收入归属:{bill.county_code}"),
    )
    for row in rows:
        lines = [wrap(text, (room - 1.0) / TEXT_MM) for text, room in zip(row, FACT_WIDTHS, strict=True)]
        start = sheet.y
        for number, cell in enumerate(lines):
            sheet.y = start
            for line in cell:
                sheet.write(LEFT + 1.0 + sum(FACT_WIDTHS[:number]), line)
                sheet.y += LINE
        sheet.y = start + max(map(len, lines)) * LINE + 0.7


def _remarks(sheet: _Sheet, copy: PaperCopy | None) -> None:
    """Say what the bill has to do with others, and which copy it is."""
    bill, said = sheet.bill, []
    if bill.replaces:
        said.append((f"换开票据 · 原票据代码 {_apart(bill.replaces)}", BLACK))
    if bill.red_of:
        said.append((f"红字票据 · 冲销票据代码 {_apart(bill.red_of)}", RED))
    if copy:
        at = copy.at.astimezone(SHANGHAI)
        said.append((f"打印件 第 {copy.seq} 份 · {at:%Y-%m-%d %H:%M:%S} · {copy.actor}", BLACK))
    for text, ink in said:
        sheet.write(LEFT + 1.0, text, ink=ink)
        sheet.y += LINE + 0.7


def _apart(key: str) -> str:
    code, number = key.split("-")
    return f"{code} 号码 {number}"


def _cells(item: BillItem) -> Cells:
    texts = (
        item.item_code,
        item.name,
        "件",
        str(item.quantity),
        yuan(item.standard_fen),
        yuan(item.amount_fen),
        item.reason,
    )
    rooms = [(width - 2 * CELL_PAD) / CELL_MM for width in WIDTHS]
    return [wrap(text, room) for text, room in zip(texts, rooms, strict=True)]


def _table(sheet: _Sheet, rows: Sequence[Cells]) -> None:
    """Set the items on as many pages as they take; the last one stands on the last page, above the total."""
    parts = [
        [cell[start : start + ROW_LINES] for cell in row]
        for row in rows
        for start in range(0, max(map(len, row)), ROW_LINES)
    ]
    total = _total(sheet.bill)
    close = CLOSE - _height(total)
    top = _head(sheet)
    for number, part in enumerate(parts, start=1):
        if sheet.y + _height(part) > (close if number == len(parts) else BOTTOM):
            _rule(sheet, top, BOTTOM, EDGES)
            sheet.turn()
            sheet.y += LINE + 1.0
            top = _head(sheet)
        _row(sheet, part)
        sheet.pages[-1].path([[(LEFT, sheet.y), (RIGHT, sheet.y)]], THIN, closed=False)
    _rule(sheet, top, close, EDGES)
    sheet.y = close
    _row(sheet, total)
    _rule(sheet, close, CLOSE, (LEFT, EDGES[AMOUNT], EDGES[AMOUNT + 1], RIGHT))


def _head(sheet: _Sheet) -> float:
    """Set the heads of the columns; return where the table begins."""
    cells = [[head] for head in HEADS]
    top, bottom = sheet.y, sheet.y + _height(cells)
    sheet.pages[-1].path([_box(top, bottom)], SHADE, closed=True)
    _row(sheet, cells)
    sheet.pages[-1].path([[(LEFT, bottom), (RIGHT, bottom)]], RULE, closed=False)
    return top


def _total(bill: Bill) -> Cells:
    words = f"金额合计(大写) {capitals(bill.amount_fen)}"
    room = (EDGES[AMOUNT] - LEFT - 2 * CELL_PAD) / CELL_MM
    empty: Cells = [[""] for _ in HEADS]
    empty[0], empty[AMOUNT] = wrap(words, room), [yuan(bill.amount_fen)]
    return empty


def _height(cells: Cells) -> float:
    return max(map(len, cells)) * CELL_LINE + 2 * AIR


def _row(sheet: _Sheet, cells: Cells) -> None:
    start = sheet.y
    for number, cell in enumerate(cells):
        right = number in NUMBERS
        x = EDGES[number + 1] - CELL_PAD if right else EDGES[number] + CELL_PAD
        sheet.y = start + AIR
        for line in cell:
            sheet.write(x, line, size=CELL_MM, anchor="end" if right else "start")
            sheet.y += CELL_LINE
    sheet.y = start + _height(cells)


def _rule(sheet: _Sheet, top: float, bottom: float, edges: Sequence[float]) -> None:
    sheet.pages[-1].path([[(x, top), (x, bottom)] for x in edges[1:-1]], RULE, closed=False)
    sheet.pages[-1].path([_box(top, bottom)], FRAME, closed=True)


def _box(top: float, bottom: float) -> list[tuple[float, float]]:
    return [(LEFT, top), (RIGHT, top), (RIGHT, bottom), (LEFT, bottom)]


def _foot(sheet: _Sheet, face: Face) -> None:
    page = sheet.pages[-1]
    draw_qr(page, LEFT - 1.5, CLOSE, face.link, size_mm=QR_MM)
    sheet.y = CLOSE + QR_MM
    sheet.write(LEFT, "扫码查验 · 代码、号码、校验码、金额、日期", size=SMALL_MM, ink=NOTE)
    offices = (
        f"收款单位(章):{einvoice.OFFICE}",
        "复核人:系统  收款人:系统",
        f"财政监制:{einvoice.SUPERVISOR}",
    )
    sheet.y = CLOSE + 5.0
    for text in offices:
        sheet.write(WIDTH / 2 - 22.0, text)
        sheet.y += 7.0
    if face.copy:
        draw_seal(page, face.seal)


def _number_pages(sheet: _Sheet) -> None:
    """Say on each of several pages which it is, and on later ones of which bill."""
    count = len(sheet.pages)
    if count == 1:
        return
    bill = sheet.bill
    for number, page in enumerate(sheet.pages, start=1):
        y = TOP + LINE / 2 + SINK * SMALL_MM
        page.text(RIGHT, y, f"第 {number} 页 共 {count} 页", size=SMALL_MM, anchor="end", ink=NOTE)
        if number > 1:
            said = f"{einvoice.NAME}  票据代码:{bill.code}  票据号码:{bill.number}"
            page.text(LEFT, y, said, size=SMALL_MM, ink=NOTE)
