"""The day sheet as print (PDF) and as xlsx, with its data date."""

from io import BytesIO

from data.documents import service as documents
from registry.clearing import rules
from registry.clearing.records import Day

HEADS = ("应收", "已缴", "到账", "清分", "确认", "退付", "待查")
# The words of the screen (ui.status.day).
STATE_NAMES = {
    "open": "归集中",
    "frozen": "已封账",
    "filed": "指令已生成",
    "sent": "已送银行",
    "confirmed": "银行已确认",
    "done": "已日清",
}
YUAN_FORMAT = "#,##0.00"
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
    """Return the day sheet as a workbook; amounts are numbers in yuan with two decimals."""
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
    sheet.append(
        [f"数据截至 {day.as_of:%Y-%m-%d %H:%M}", "", "", f"状态 {STATE_NAMES[day.state]}", "单位：元"]
    )
    sheet.append(["县区", "名称", "类别", *HEADS, "划拨编号", "状态"])
    for row in day.rows:
        figures = [getattr(row, name) / 100 for name in rules.FIGURES]
        sheet.append(
            [
                row.county_code,
                names.get(row.county_code, ""),
                KIND_NAMES[row.kind],
                *figures,
                row.payout_msg_id or "零报告",
                STATE_NAMES[row.state] if row.payout_msg_id else "–",
            ]
        )
    sheet.append(["合计", "", "", *[day.total(name) / 100 for name in rules.FIGURES]])
    for amounts in sheet.iter_rows(min_row=4, min_col=4, max_col=3 + len(HEADS)):
        for cell in amounts:
            cell.number_format = YUAN_FORMAT
    for cell in sheet[3]:
        cell.font = Font(bold=True)
    for column, width in zip("ABCDEFGHIJKL", (9, 10, 7, 12, 12, 12, 12, 12, 12, 12, 26, 10), strict=True):
        sheet.column_dimensions[column].width = width
    out = BytesIO()
    book.save(out)
    return out.getvalue()
