"""What stands around the map frame: title, head rows, table of coordinates, foot."""

from collections.abc import Sequence

from spatial.parcelmap.drawing import draw_frame
from spatial.parcelmap.pieces import corners, fitted, fitted_lines, join_rules, rule
from spatial.parcelmap.records import (
    Box,
    Choice,
    Drawing,
    Imprint,
    Page,
    Paper,
    Path,
    Subject,
    Text,
)
from spatial.parcelmap.rules import (
    AREA_ROW_MM,
    AUTHORITY_MM,
    FOOT_MM,
    GROUP_MM,
    MARGIN_MM,
    ROW_MM,
    frame_of,
    groups_of,
    row_count,
    table_fits,
)
from spatial.parcelmap.sheets import sheets_of
from spatial.parcels.points import BoundaryPoint

HEAD_ROW_MM = 7.0
HEAD_TEXT_MM, TABLE_TEXT_MM, FOOT_TEXT_MM = 3.0, 2.3, 2.5
TABLE_HEADS = ("点号", "X(m)", "Y(m)", "边长(m)")
# Right edges of the columns of a table group, in parts of its width.
TABLE_EDGES = (9.0 / GROUP_MM, 26.0 / GROUP_MM, 42.0 / GROUP_MM, 1.0)
TITLE_ON_NEXT_MM = 14.0
# Rows; coordinates of a parcel with more are in the exchange file (points.txt) only.
LONGEST_TABLE = 1_000
Row = tuple[str, str, str, str]


def draw(subject: Subject, points: Sequence[BoundaryPoint], choice: Choice, imprint: Imprint) -> Drawing:
    """Draw a parcel map.

    Parameters
    ----------
    subject : Subject
        Parcel and surroundings, EPSG:4547 metres.
    points : sequence of BoundaryPoint
        The parcel's points in order.
    choice : Choice
        Paper and scale.
    imprint : Imprint
        What is said around the drawing.
    """
    paper = choice.paper
    frame = frame_of(paper, row_count(points))
    page, hidden = draw_frame(subject, points, choice, frame, holders=imprint.holders or {})
    _head(page, frame, subject, imprint)
    page.paths.append(Path("frame", [corners(frame)]))
    _authority(page, frame, imprint.authority)
    rows, area = table_rows(points), f"宗地面积（坐标计算）{subject.parcel.calculated_area_m2:.2f} m²"
    pages = [page]
    below = frame.bottom + 1.0
    if table_fits(paper, len(rows)):
        below = _table(page, paper, rows, top=frame.bottom + 2.0, area=area)
    elif len(rows) <= LONGEST_TABLE:
        pages.extend(_table_pages(subject, paper, rows, area))
    _foot(page, Box(frame.left, below, frame.right, below + FOOT_MM), subject, (choice, imprint))
    _remarks(page, frame, hidden=hidden, rows=len(rows), further=len(pages) - 1)
    for one in pages:
        join_rules(one)
    return Drawing("宗地图", subject.parcel.parcel_code, choice, pages, hidden)


def table_rows(points: Sequence[BoundaryPoint]) -> list[Row]:
    """Return the rows of the table: number, X (north), Y (east), side to the next; rings are closed."""
    rows: list[Row] = []
    first = None
    for at, point in enumerate(points):
        first = first or point
        rows.append((point.name, f"{point.north_m:.3f}", f"{point.east_m:.3f}", f"{point.side_m:.2f}"))
        if at + 1 == len(points) or points[at + 1].ring != point.ring:
            rows.append((first.name, f"{first.north_m:.3f}", f"{first.east_m:.3f}", ""))
            first = None
    return rows


def _head(page: Page, frame: Box, subject: Subject, imprint: Imprint) -> None:
    """Write title, unit note and the two head rows above the frame."""
    parcel = subject.parcel
    page.texts.append(Text((frame.left + frame.right) / 2, MARGIN_MM + 4.0, 6.0, "宗地图", kind="title"))
    page.texts.append(Text(frame.right, MARGIN_MM + 8.5, FOOT_TEXT_MM, "单位：m、㎡", anchor="end"))
    last = ("坐落", parcel.address or "—")
    if imprint.holders is not None:
        last = ("土地权利人", imprint.holders.get(parcel.parcel_code, "—"))
    cells = (
        (("宗地代码", parcel.parcel_code), ("所在图幅号", sheets_of(parcel.geom, parcel.layer))),
        (("宗地面积", f"{parcel.official_area_m2:.2f} m²"), last),
    )
    edges = (
        frame.left,
        frame.left + 20,
        frame.left + frame.width * 0.45,
        frame.left + frame.width * 0.45 + 22,
    )
    top = frame.top - 2 * HEAD_ROW_MM
    page.paths.append(Path("frame", [corners(Box(frame.left, top, frame.right, frame.top))]))
    rule(page, frame.left, top + HEAD_ROW_MM, frame.right, top + HEAD_ROW_MM)
    for edge in edges[1:]:
        rule(page, edge, top, edge, frame.top)
    rooms = (edges[1] - edges[0], edges[2] - edges[1], edges[3] - edges[2], frame.right - edges[3])
    for number, row in enumerate(cells):
        middle = top + (number + 0.5) * HEAD_ROW_MM
        for edge, room, text in zip(edges, rooms, (*row[0], *row[1]), strict=True):
            page.texts.extend(fitted_lines(edge + 1.5, middle, HEAD_TEXT_MM, text, room - 3.0))


def _authority(page: Page, frame: Box, name: str) -> None:
    """Write the authority downwards on the left, one character below the other."""
    x, size = frame.left - AUTHORITY_MM / 2, FOOT_TEXT_MM * 1.1
    top = frame.bottom - len(name) * size * 1.25
    for number, character in enumerate(name):
        page.texts.append(Text(x, top + (number + 0.5) * size * 1.25, size, character))


def _table(page: Page, paper: Paper, rows: Sequence[Row], *, top: float, area: str) -> float:
    """Write the table in groups side by side, with the area in its foot row; return where it ends."""
    groups = groups_of(paper)
    per_group = -(-len(rows) // groups)
    return _groups(page, rows, (paper, top, per_group), area=area)


def _groups(page: Page, rows: Sequence[Row], sheet: tuple[Paper, float, int], *, area: str | None) -> float:
    paper, top, per_group = sheet
    bottom = top + (per_group + 1) * ROW_MM
    left = MARGIN_MM + AUTHORITY_MM
    wide = (paper.width_mm - MARGIN_MM - left) / groups_of(paper)
    used = -(-len(rows) // per_group)
    for group in range(used):
        part = rows[group * per_group : (group + 1) * per_group]
        _group(page, part, Box(left + group * wide, top, left + (group + 1) * wide, bottom))
    if area is None:
        return bottom
    foot = Box(left, bottom, left + used * wide, bottom + AREA_ROW_MM)
    page.paths.append(Path("cell", [corners(foot)]))
    page.texts.append(Text((foot.left + foot.right) / 2, bottom + AREA_ROW_MM / 2, TABLE_TEXT_MM, area))
    return foot.bottom


def _group(page: Page, rows: Sequence[Row], box: Box) -> None:
    page.paths.append(Path("cell", [corners(box)]))
    edges = [box.left + edge * box.width for edge in TABLE_EDGES]
    for edge in edges[:-1]:
        rule(page, edge, box.top, edge, box.bottom)
    for number in range(len(rows)):
        rule(page, box.left, box.top + (number + 1) * ROW_MM, box.right, box.top + (number + 1) * ROW_MM)
    middles = [(start + end) / 2 for start, end in zip((box.left, *edges[:-1]), edges, strict=True)]
    for x, lines in zip(middles, zip(TABLE_HEADS, *rows, strict=True), strict=True):
        middle = box.top + ROW_MM / 2
        page.texts.extend(
            Text(x, middle + row * ROW_MM, TABLE_TEXT_MM, line) for row, line in enumerate(lines) if line
        )


def _table_pages(subject: Subject, paper: Paper, rows: Sequence[Row], area: str) -> list[Page]:
    """Return the pages of a long table."""
    top = MARGIN_MM + TITLE_ON_NEXT_MM
    per_group = int((paper.height_mm - MARGIN_MM - top) // ROW_MM) - 2
    per_page = per_group * groups_of(paper)
    pages = []
    for start in range(0, len(rows), per_page):
        part = rows[start : start + per_page]
        page = Page()
        centre = paper.width_mm / 2
        page.texts.append(Text(centre, MARGIN_MM + 3.0, 5.0, "宗地图 · 界址点坐标表", kind="title"))
        code = f"宗地代码 {subject.parcel.parcel_code}　2000国家大地坐标系"
        page.texts.append(Text(centre, MARGIN_MM + 9.5, HEAD_TEXT_MM, code))
        last = start + per_page >= len(rows)
        _groups(page, part, (paper, top, -(-len(part) // groups_of(paper))), area=area if last else None)
        pages.append(page)
    return pages


def _foot(page: Page, box: Box, subject: Subject, said: tuple[Choice, Imprint]) -> None:
    """Write origin and dates on the left, scale in the middle, who drew and checked on the right."""
    choice, imprint = said
    known = subject.parcel.known_from
    left = (
        f"{known:%Y}年{known:%m}月入库，界址点坐标取自登记簿",
        f"制图日期：{imprint.drawn_on:%Y年%m月%d日}",
        "审核日期：",
    )
    middle = (f"1:{choice.scale}", "2000国家大地坐标系", "高斯-克吕格 3°带 中央子午线114°")
    right = ("制图者：宁图（系统生成）", "审核者：", f"纸张 {choice.paper.name}，按原尺寸打印")
    centre = (box.left + box.right) / 2
    for number, texts in enumerate(zip(left, middle, right, strict=True)):
        y = box.top + 3.8 + number * 4.0
        first = number == 0
        page.texts.append(Text(box.left, y, FOOT_TEXT_MM, texts[0], anchor="start"))
        page.texts.append(
            Text(centre, y, 3.6 if first else FOOT_TEXT_MM, texts[1], kind="scale" if first else "text")
        )
        page.texts.append(Text(box.right - 46.0, y, FOOT_TEXT_MM, texts[2], anchor="start"))
    notice = "　".join(imprint.notices)
    page.texts.append(fitted(box.left, box.top + 16.5, 2.2, notice, box.width))


def _remarks(page: Page, frame: Box, *, hidden: int, rows: int, further: int) -> None:
    """Say in the frame what stands elsewhere."""
    remarks = []
    where = "界址点文件" if rows > LONGEST_TABLE else "坐标表"
    if hidden:
        remarks.append(f"图面注记不下 {hidden} 处，点号和边长见{where}")
    if further:
        remarks.append("界址点坐标表见附页")
    elif rows > LONGEST_TABLE:
        remarks.append("界址点过多，坐标见界址点文件")
    if remarks:
        page.texts.append(Text(frame.left + 2.0, frame.bottom - 2.2, 2.2, "；".join(remarks), anchor="start"))
