"""What a complete survey ends is told on its page and at the review, with what forbids it."""

import os
from pathlib import Path

import pytest

from data.access.records import SYSTEM
from registry.rights.records import Kind
from tests.database.registry import town
from tests.web.test_survey_endings import BOTH, FAR, FIRST, SECOND, checked, flat, open_case, register

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def city(served_city):
    return served_city


@pytest.fixture(scope="module")
def survey_id(city):
    """A survey that leaves out a flat with an owner, and a building with a flat under a case."""
    register(city, BOTH, project_code="P1", effective_on="2026-01-01")
    with city.db.transaction(SYSTEM) as conn:
        town.enter_right(conn, flat(FIRST, 2), town.LI, kind=Kind.OWNERSHIP, right_type="4")
    open_case(city, flat(SECOND, 1))
    return checked(city, {FIRST: 1, FAR: 1})


WORDS = {
    "zh": ("未写入的 1 幢、3 户将终止", "其中 1 户有现势权利，不能登记", "其上有在办案件 1 件"),
    "en": (
        "ends: buildings 1, flats 3",
        "Flats with rights in force: 1; this cannot be registered",
        "Open cases on them: 1.",
    ),
}


@pytest.mark.parametrize("lang", WORDS)
@pytest.mark.parametrize(("login", "path"), [("surveyor", "surveys"), ("reviewer", "review")])
def test_what_ends_is_told(open_as, survey_id, login, path, lang):
    page = open_as(login, f"/{path}/{survey_id}", lang)
    if path == "review":
        page.locator("#tab-changes").click()
    note = page.get_by_test_id("ended")
    note.wait_for()
    summary = note.locator("summary")
    for words in WORDS[lang]:
        assert words in summary.text_content()
    summary.focus()
    page.keyboard.press("Enter")
    note.get_by_text(SECOND).first.wait_for()
    # The reviewer sees which flat is held, the surveyor how many are.
    assert ("⚠" in note.text_content()) == (login == "reviewer")
    # So with the number of the case.
    assert note.locator("a[href^='/cases/']").count() == (login == "reviewer")
    if folder := os.environ.get("STORY_PICTURES"):
        note.scroll_into_view_if_needed()
        page.screenshot(path=Path(folder) / f"ended_{path}_{lang}.png")
