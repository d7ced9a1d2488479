import re

import pytest

from data import messages
from data.messages import LANGUAGES, codes, text


def test_every_text_has_both_languages():
    forms = messages._texts()
    assert [
        code for code in codes() if any(not forms[code].get(lang, "").strip() for lang in LANGUAGES)
    ] == []


def test_both_languages_use_the_same_placeholders():
    names = re.compile(r"{(\w+)(?::[^}]*)?}")
    forms = messages._texts()
    different = [
        c for c in codes() if set(names.findall(forms[c]["zh"])) != set(names.findall(forms[c]["en"]))
    ]
    assert different == []


def test_a_missing_parameter_keeps_its_braces():
    assert text("user_unknown", "en") == "No user {login}"


def test_an_unknown_language_falls_back_to_chinese():
    assert text("not_found", "fr") == "没有找到"


@pytest.mark.parametrize("code", ["no_such_code"])
def test_an_unknown_code_is_returned(code):
    assert text(code) == code


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", "缴费单 O1 当前状态为“已缴费”，不能执行此操作"),
        ("en", "The state of order O1 is “Paid”; this cannot be done"),
    ],
)
def test_a_state_is_said_in_words(lang, words):
    assert text("order_state_refuses", lang, order_no="O1", state="paid") == words


def test_several_reasons_are_said_in_words():
    said = text("seal_refused", "en", date="2026-11-24", reasons=["unsigned", "not_done"])
    assert said == (
        "2026-11-24 cannot be sealed: a county or the city has not signed, its clearing is not done"
    )


def test_a_code_without_words_and_a_missing_value_stay_as_they_are():
    assert "“odd”" in text("order_state_refuses", "zh", order_no="O1", state="odd")
    assert "“{state}”" in text("order_state_refuses", "zh", order_no="O1")


def test_the_words_of_a_state_are_those_of_its_own_kind():
    refused = [
        text("refund_refused", "zh", order_no="R1", state=state) for state in ("refunded", "returning")
    ]
    assert ["已退付" in refused[0], "等待县区退回" in refused[1]] == [True, True]


def test_an_instant_is_a_local_minute():
    said = text("payment_under_way", "zh", order_no="O1", until="2026-11-24T02:30:15+00:00")
    assert "2026-11-24 10:30 之前" in said


def test_no_text_shows_the_code_of_a_state():
    """An error that says 当前状态为 paid helps nobody at a window."""
    bare = re.compile(r"\{(?:state|status|reasons|until)\}")
    forms = messages._texts()
    errors = [code for code in codes() if not code.startswith(("ui.", "feed."))]
    assert [code for code in errors if any(bare.search(said) for said in forms[code].values())] == []
