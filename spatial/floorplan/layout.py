"""What stands around a storey: title, head rows, foot with who surveyed it, the place of the seal."""

from collections.abc import Sequence

from data.messages import text
from spatial.floorplan.drawing import draw_storey
from spatial.floorplan.records import Imprint, Storey, Subject
from spatial.floorplan.rules import FOOT_MM, ROW_MM, choose, frame_of, turn_of
from spatial.parcelmap.drawing import Sheet
from spatial.parcelmap.pieces import corners, fitted, fitted_lines, join_rules, rule
from spatial.parcelmap.records import Box, Choice, Circle, Drawing, Page, Path, Text
from spatial.parcelmap.rules import MARGIN_MM

LABEL_MM = 25.0
HEAD_TEXT_MM, FOOT_TEXT_MM, NOTICE_MM = 2.9, 2.6, 2.2
SEAL_MM = 19.0
# Number (户号) of a building that is one unit.
WHOLE = "0000"
SIDES = ("east", "south", "west", "north")
# A cell of the head: label, value, part of the row's width.
Cell = tuple[str, str, float]


def draw(subject: Subject, imprint: Imprint) -> Drawing:
    """Draw the floor plan of a flat, one page a floor.

    Parameters
    ----------
    subject : Subject
        Flat with at least one storey, EPSG:4547 metres.
    imprint : Imprint
        What is said around the drawing.
    """
    turn_deg = turn_of([storey.outline for storey in subject.storeys])
    choice, centre = choose(subject.storeys, subject.building.geom, turn_deg)
    pages, hidden = [], 0
    for storey in subject.storeys:
        sheet = Sheet(Page(), frame_of(choice.paper), centre, choice.scale, [], turn_deg)
        lines = [line for line in (_room(subject, imprint), _area(subject, imprint)) if line]
        hidden += draw_storey(
            storey, subject.building.geom, sheet, lines=lines, north=_word("north", imprint)
        )
        page = sheet.page
        page.paths.append(Path("frame", [corners(sheet.frame)]))
        _head(page, sheet.frame, _rows(subject, storey, imprint), imprint)
        _foot(page, sheet.frame, subject, (choice, imprint))
        join_rules(page)
        pages.append(page)
    if len(pages) > 1:
        for number, page in enumerate(pages, start=1):
            _number(page, choice, f"{number} / {len(pages)}")
    return Drawing(_word("title", imprint), subject.unit.unit_code, choice, pages, hidden)


def _word(key: str, imprint: Imprint, **params: object) -> str:
    return text(f"floorplan.{key}", imprint.lang, **params)


def _room(subject: Subject, imprint: Imprint) -> str:
    """Return what names the flat in the drawing: its room, its number, or that it is the whole building."""
    number = subject.unit.unit_code[-4:]
    return subject.unit.room_no or (_word("whole", imprint) if number == WHOLE else number)


def _area(subject: Subject, imprint: Imprint) -> str:
    unit = subject.unit
    whole = unit.predicted_area_m2 if unit.measured_area_m2 is None else unit.measured_area_m2
    return "" if whole is None else _word("built", imprint, area=f"{whole:.2f}")


def _rows(subject: Subject, storey: Storey, imprint: Imprint) -> list[list[Cell]]:
    unit, building = subject.unit, subject.building
    measured = unit.measured_area_m2 is not None
    stage = _word("measured" if measured else "predicted", imprint)
    whole, inside, shared = (
        (unit.measured_area_m2, unit.inside_area_m2, unit.shared_area_m2)
        if measured
        else (unit.predicted_area_m2, unit.predicted_inside_area_m2, unit.predicted_shared_area_m2)
    )

    def cell(key: str, value: object, part: float) -> Cell:
        return _word(key, imprint), "—" if value in (None, "") else str(value), part

    def metres(value: object) -> str:
        return "—" if value is None else f"{value:.2f}"

    number = building.building_code[-5:]
    floors = "—" if building.floors is None else building.floors
    return [
        [cell("unit", unit.unit_code, 0.62), cell("room", unit.room_no, 0.38)],
        [
            cell("building", f"{number} {building.name or ''}".strip(), 0.62),
            cell("floor", f"{storey.floor_no} / {floors}", 0.38),
        ],
        [cell("address", unit.address, 0.62), cell("structure", subject.structure, 0.38)],
        [
            cell("inside", metres(inside), 1 / 3),
            cell("shared", metres(shared), 1 / 3),
            cell("area", None if whole is None else f"{whole:.2f} ({stage})", 1 / 3),
        ],
        [cell("walls", _walls(unit.party_walls, imprint), 0.62), cell("use", subject.use, 0.38)],
    ]


def _walls(owned: str | None, imprint: Imprint) -> str:
    """Say whose the recorded walls are."""
    if owned is None:
        return ""
    said = [
        f"{_word(f'wall_{side}', imprint)} {_word(f'wall_{letter}', imprint)}"
        for side, letter in zip(SIDES, owned, strict=True)
        if letter != "?"
    ]
    return "，".join(said) if imprint.lang == "zh" else ", ".join(said)


def _head(page: Page, frame: Box, rows: Sequence[Sequence[Cell]], imprint: Imprint) -> None:
    """Write the title, the unit note, and the rows above the frame."""
    title, note = _word("title", imprint), _word("unit_note", imprint)
    page.texts.append(Text((frame.left + frame.right) / 2, MARGIN_MM + 3.5, 6.0, title, kind="title"))
    page.texts.append(Text(frame.right, MARGIN_MM + 9.0, FOOT_TEXT_MM, note, anchor="end"))
    top = frame.top - len(rows) * ROW_MM
    page.paths.append(Path("frame", [corners(Box(frame.left, top, frame.right, frame.top))]))
    for number, row in enumerate(rows):
        y = top + number * ROW_MM
        if number:
            rule(page, frame.left, y, frame.right, y)
        x = frame.left
        for label, value, part in row:
            right = x + part * frame.width
            edge = x + LABEL_MM
            page.texts.append(fitted(x + 1.2, y + ROW_MM / 2, HEAD_TEXT_MM, label, LABEL_MM - 2.0))
            room = right - edge - 2.0
            page.texts.extend(fitted_lines(edge + 1.2, y + ROW_MM / 2, HEAD_TEXT_MM, value, room))
            rule(page, edge, y, edge, y + ROW_MM)
            if right < frame.right - 1.0:
                rule(page, right, y, right, y + ROW_MM)
            x = right


def _foot(page: Page, frame: Box, subject: Subject, said: tuple[Choice, Imprint]) -> None:
    """Write who surveyed on the left, the scale in the middle, and leave room for the seal on the right."""
    choice, imprint = said
    survey = subject.survey
    facts = (
        ("office", survey.office),
        ("surveyor", survey.surveyor),
        ("checker", survey.checker),
        ("surveyed_on", survey.surveyed_on),
        ("drawn_on", imprint.drawn_on.isoformat()),
        ("authority", imprint.authority),
    )
    top = frame.bottom + 5.0
    wide = frame.width * 0.45
    for number, (key, value) in enumerate(facts):
        line = f"{_word(key, imprint)}{_word('colon', imprint)}{value or '—'}"
        page.texts.extend(fitted_lines(frame.left, top + number * 5.0, FOOT_TEXT_MM, line, wide))
    middle = frame.left + frame.width * 0.58
    said_here = (f"1:{choice.scale}", _word("crs", imprint), _word("paper", imprint, name=choice.paper.name))
    for number, line in enumerate(said_here):
        size = 4.0 if number == 0 else FOOT_TEXT_MM
        kind = "scale" if number == 0 else "text"
        page.texts.append(Text(middle, top + number * 5.5, size, line, kind=kind))
    seal = (frame.right - SEAL_MM - 1.0, frame.bottom + 2.0 + SEAL_MM)
    page.circles.append(Circle("seal", *seal, SEAL_MM))
    page.texts.append(Text(*seal, FOOT_TEXT_MM, _word("seal", imprint)))
    notice = "　".join(imprint.notices)
    room = frame.width - 2 * SEAL_MM - 4.0
    page.texts.append(fitted(frame.left, frame.bottom + FOOT_MM - 9.0, NOTICE_MM, notice, room))


def _number(page: Page, choice: Choice, count: str) -> None:
    paper = choice.paper
    page.texts.append(Text(paper.width_mm / 2, paper.height_mm - MARGIN_MM / 2, FOOT_TEXT_MM, count))
