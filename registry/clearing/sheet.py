"""The day sheet as print (PDF) and as xlsx, with its data date."""

from io import BytesIO

from data.documents import service as documents
from registry.clearing import rules
from registry.clearing.records import Day

HEADS = ("应收", "已缴", "到账", "清分", "确认", "退付", "待查")
STATE_NAMES = {
    "open": "未清分",
    "frozen": "已冻结",
    "filed": "已制单",
    "sent": "已发送",
    "confirmed": "已扣款",
    "done": "已到账",
}
KIND_NAMES = {"nontax": "非税", "tax": "税款"}


def sheet_pdf(day: Day, names: dict[str, str]) -> bytes:
    """Return the day sheet as PDF; ``names`` gives the counties' names by code."""
    if day.as_of is None:
        raise ValueError("a day sheet states its data date")
    html = documents.render_template(
        __package__ or "",
        "day_sheet.html",
        created=day.as_of,
        day=day,
        names=names,
        heads=HEADS,
        figures=rules.FIGURES,
        kinds=KIND_NAMES,
        states=STATE_NAMES,
    )
    return documents.render_pdf(html, created=day.as_of)


def sheet_xlsx(day: Day, names: dict[str, str]) -> bytes:
    """Return the day sheet as a workbook; amounts are whole fen, shown in yuan."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    if day.as_of is None:
        raise ValueError("a day sheet states its data date")
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise LookupError("no sheet")
    sheet.title = f"日清 {day.date}"
    sheet.append([f"咸宁市不动产登记收费日清表 {day.date}"])
    sheet.append([f"数据时间 {day.as_of.isoformat(timespec='seconds')}", f"状态 {STATE_NAMES[day.state]}"])
    sheet.append(["县区", "名称", "类别", *[f"{head}(分)" for head in HEADS], "划拨编号", "状态"])
    for row in day.rows:
        figures = [getattr(row, name) for name in rules.FIGURES]
        sheet.append(
            [
                row.county_code,
                names.get(row.county_code, ""),
                KIND_NAMES[row.kind],
                *figures,
                row.payout_msg_id or "零报告",
                STATE_NAMES[row.state],
            ]
        )
    sheet.append(["合计", "", "", *[day.total(name) for name in rules.FIGURES]])
    for cell in sheet[3]:
        cell.font = Font(bold=True)
    for column, width in zip("ABCDEFGHIJKL", (9, 10, 7, 12, 12, 12, 12, 12, 12, 12, 26, 10), strict=True):
        sheet.column_dimensions[column].width = width
    out = BytesIO()
    book.save(out)
    return out.getvalue()
