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
    names = re.compile(r"{(\w+)}")
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
