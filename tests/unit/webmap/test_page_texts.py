"""Every text that templates and scripts ask for exists, in both languages."""

import re
from pathlib import Path

import pytest

import webmap
from data.messages import codes, text

ROOT = Path(webmap.__file__).parent
FILES = sorted([*ROOT.glob("templates/*.html"), *ROOT.glob("static/**/*.js")])
# A text asked for by its whole name, or by a prefix to which the page adds a state or code.
WHOLE = re.compile(r"""\bt(?:Or)?\(\s*["'`](ui\.[a-z0-9_.]+)["'`]\s*[,)]""")
PREFIX = re.compile(r"""\bt\(\s*["'`](ui\.[a-z0-9_.]+\.)(?:["']\s*~|\$\{)""")


def ids(path):
    return path.name


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_every_text_a_page_names_exists(path):
    known = set(codes())
    missing = {key for key in WHOLE.findall(path.read_text(encoding="utf-8")) if key not in known}
    assert not missing


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_every_family_of_texts_a_page_names_exists(path):
    known = codes()
    found = PREFIX.findall(path.read_text(encoding="utf-8"))
    assert [prefix for prefix in found if not any(code.startswith(prefix) for code in known)] == []


def test_the_patterns_find_what_pages_ask_for():
    pages = "".join(path.read_text(encoding="utf-8") for path in FILES)
    assert "ui.common.close" in WHOLE.findall(pages)
    assert "ui.inbox.kind." in PREFIX.findall(pages)


def test_screen_words_have_the_same_placeholders_in_both_languages():
    def holes(value):
        return set(re.findall(r"\{(\w+)\}", value))

    uneven = [
        code
        for code in codes()
        if code.startswith("ui.") and holes(text(code, "zh")) != holes(text(code, "en"))
    ]
    assert not uneven


def test_a_page_gets_every_family_its_scripts_use():
    """A script's texts are among those its route hands over (render's ``texts``)."""
    routes = "".join(path.read_text() for path in (ROOT.parent / "api" / "routes").glob("pages_*.py"))
    families = set(re.findall(r'"(ui\.[a-z_]+)"', routes)) | {"ui.common", "ui.map", "ui.supervision"}
    used = {
        ".".join(key.split(".")[:2])
        for path in ROOT.glob("static/pages/*.js")
        for key in WHOLE.findall(path.read_text(encoding="utf-8"))
    }
    assert used <= families


def test_every_screen_text_is_asked_for_somewhere():
    """By its whole name, or by a beginning to which code adds a state or a number."""
    sources = "".join(
        path.read_text(encoding="utf-8")
        for room in ("api", "registry", "spatial", "tiles", "webmap")
        for ending in ("py", "html", "js")
        for path in (ROOT.parent / room).rglob(f"*.{ending}")
    )
    whole = set(re.findall(r"ui\.[a-z0-9_.]+", sources))
    begun = tuple(re.findall(r"""(ui\.[a-z0-9_.]+)(?:\$?\{|["']\s*~)""", sources))
    assert [
        code
        for code in codes()
        if code.startswith("ui.") and code not in whole and not code.startswith(begun)
    ] == []
