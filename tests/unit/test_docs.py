"""What pages name exists: files, folders, modules, functions, tables, settings."""

import re
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from data.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("api", "data", "registry", "spatial", "tests", "tiles", "webmap")
SOURCES = {".py", ".sql", ".js", ".html", ".css", ".toml", ".txt", ".md", ".png", ".json"}
FILES = [
    path.relative_to(ROOT)
    for room in (*ROOMS, ".")
    for path in ((ROOT / room).glob("*") if room == "." else (ROOT / room).rglob("*"))
    if path.suffix in SOURCES
]
# The changelog tells of what is gone, too.
PAGES = [path for path in FILES if path.suffix == ".md" and path.name != "CHANGELOG.md"]
SPAN = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"(?:[\w*-]+/)*[\w*-]+\.(?:py|sql|js|html|css|toml|md)|(?:[\w-]+/)+")
NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\(\))?")
# Installed beside the code or made by a run.
MADE = (".ningtu/", "glyphicons/", "sql/", "versions/NNNN_verb_noun.py")


@cache
def words() -> frozenset[str]:
    """Every word of the code, and the names of modules."""
    code = {path for path in FILES if path.suffix in {".py", ".sql", ".js", ".html", ".css", ".toml"}}
    found = {word for path in code for word in re.findall(r"\w+", (ROOT / path).read_text(encoding="utf-8"))}
    settings = {f"NINGTU_{entry.name.upper()}" for entry in fields(Settings)}
    accounts = {f"{role}_{office}" for role in ("clerk", "registrar", "finance") for office in found}
    return frozenset(found | {path.stem for path in FILES} | settings | accounts)


def exists(page: Path, named: str) -> bool:
    """Tell whether a file or folder is there: below the page's folder, the root, or by its last parts."""
    parts = Path(named).parts
    if any(list((ROOT / folder).glob(named.rstrip("/"))) for folder in (page.parent, ".")):
        return True
    return any(path.parts[-len(parts) :] == parts for path in FILES)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_what_a_page_names_exists(page):
    told = re.sub(r"```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    spans = set(SPAN.findall(told))
    named = {span for span in spans if FILE.fullmatch(span) and span not in MADE}
    assert sorted(name for name in named if not exists(page, name)) == []
    names = {span for span in spans - named if NAME.fullmatch(span)}
    assert sorted(name for name in names if name.rstrip("()").split(".")[-1] not in words()) == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)", (ROOT / page).read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (ROOT / page.parent / link).exists()] == []
