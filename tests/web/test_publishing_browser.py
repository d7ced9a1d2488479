"""A draft of the county lines comes into force, in a browser and over HTTP: two persons, from a day on."""

import io
import json
from datetime import timedelta

import pytest

from tests.database.money.test_what_if import moved_town, write
from tests.flows.browser import settled
from tests.web.money_desk import statements
from tests.web.serving import aside, picture
from tests.web.test_disputes_browser import save

pytestmark = [pytest.mark.browser, pytest.mark.town]

WORDS = {
    "basis_doc": "咸民政〔2026〕9号",
    "reason": "勘界",
    "source": "勘界成果",
    "licence": "内部使用",
    "notice_zh": "新界线，供参考",
    "notice_en": "new lines, for reference",
}


@pytest.fixture(scope="module")
def money(served_money):
    return served_money


def load(page, money, tmp_path):
    file = write(tmp_path / "draft.gpkg", moved_town(money.db).items())
    page.get_by_test_id("draft-file").set_input_files(file)
    page.get_by_test_id("draft-load").click()
    page.get_by_test_id("what-if-progress").wait_for()
    return int(page.locator("#sums-title").inner_text().removeprefix("#"))


def test_what_nobody_saw_is_said_before_it_is_proposed(money, open_as, tmp_path):
    page = open_as("finance_city", "/finance/what-if", "en")
    draft_id = load(page, money, tmp_path)
    path = f"/boundary-drafts/{draft_id}/publications"
    assert money.ask("finance_city", "GET", path).json["warnings"] == ["not_compared"]
    aside(money.work)
    assert money.ask("finance_city", "GET", path).json["warnings"] == []


@pytest.mark.parametrize(("lang", "days"), [("zh", 1), ("en", 2)])
def test_one_person_proposes_and_another_confirms(money, open_as, tmp_path, lang, days):
    on = money.services.today() + timedelta(days=days)
    name = f"xianning-v{days + 1}"
    page = open_as("finance_city", "/finance/what-if", lang)
    draft_id = load(page, money, tmp_path)
    aside(money.work)
    page.get_by_test_id("publish-propose").click()
    dialog = page.locator("dialog[open]")
    picture(page, f"publish-dialog-{lang}")
    dialog.locator("[name=legal]").check()
    letter = tmp_path / "approval.pdf"
    letter.write_bytes(b"%PDF-1.4 " + lang.encode())
    if lang == "zh":
        dialog.locator("[name=files]").set_input_files(letter)
    save(page, name=name, valid_from=on.isoformat(), accuracy_m="10", **WORDS)
    row = page.get_by_test_id("publish").locator("tbody tr")
    row.get_by_test_id("publish-decline").wait_for()
    assert row.get_by_test_id("publish-confirm").count() == 0
    assert page.get_by_test_id("publish-propose").count() == 0
    settled(page)
    picture(page, f"publish-proposed-{lang}")
    second = open_as("supervisor", f"/finance/what-if?draft={draft_id}", lang)
    # Who confirms sees the document, or is told that it is missing.
    assert second.get_by_test_id("attachments").locator("li").count() == (1 if lang == "zh" else 0)
    assert second.get_by_test_id("publish-attach").count() == 0
    second.get_by_test_id("publish-confirm").click()
    warned = second.locator("dialog[open]").get_by_text("The document is not attached").count()
    assert warned == (1 if lang == "en" else 0)
    save(second)
    second.get_by_test_id("publish").get_by_text("published" if lang == "en" else "已发布").wait_for()
    settled(second)
    picture(second, f"publish-confirmed-{lang}")
    if lang == "en":
        page.reload()
        page.get_by_test_id("publish-attach").click()
        page.locator("dialog[open] [name=files]").set_input_files(letter)
        page.get_by_test_id("dialog-save").click()
        page.get_by_test_id("attachments").locator("li", has_text="approval.pdf").wait_for()
    told = [
        money.ask(None, "GET", f"/counties?geometry=false&lang={lang}&at={day}").json["boundary_set"]
        for day in (on - timedelta(days=1), on)
    ]
    assert [one["name"] for one in told] == [f"xianning-v{days}", name]
    assert told[1]["notice"] == WORDS[f"notice_{lang}"]
    for path in ("/tiles/styles/city.json", "/tiles/parcels.json"):
        style = money.client.get(f"{path}?lang={lang}&at={on}").json
        assert WORDS[f"notice_{lang}"] in json.dumps(style, ensure_ascii=False)
    assert (told[1]["source_doc"], told[1]["legal"], told[0]["valid_to"]) == (
        WORDS["basis_doc"],
        True,
        on.isoformat(),
    )


def test_who_may_and_what_is_refused(money, tmp_path):
    file = write(tmp_path / "draft.gpkg", moved_town(money.db).items())
    with file.open("rb") as stream:
        sent = money.ask("finance_city", "POST", "/boundary-drafts", data={"file": (stream, "draft.gpkg")})
    path = f"/boundary-drafts/{sent.json['draft_id']}/publications"
    on = (money.services.today() + timedelta(days=30)).isoformat()
    body = {**WORDS, "name": "xianning-v9", "valid_from": on, "accuracy_m": 10, "legal": False}

    def ask(who, where=path, **change):
        return money.ask(who, "POST", where, json={**body, **change})

    assert [ask(who).status_code for who in ("clerk_xianan", "supervisor", "finance_tongshan")] == [403] * 3
    for change in (
        {"name": "A b"},
        {"valid_from": "soon"},
        {"accuracy_m": -1},
        {"basis_doc": " "},
        {"more": 1},
    ):
        assert ask("finance_city", **change).status_code == 422
    assert ask("finance_city", valid_from="2020-01-01").json["code"] == "publication_in_past"
    assert ask("finance_city", "/boundary-drafts/999/publications").json["code"] == "draft_not_found"
    made = ask("finance_city")
    assert (made.status_code, made.json["state"]) == (201, "proposed")
    assert ask("finance_city").json["code"] == "publication_open"
    own = f"{path}/{made.json['publication_id']}"
    confirmed = money.ask("finance_city", "POST", f"{own}/confirm", json={})
    assert (confirmed.status_code, confirmed.json["code"]) == (409, "publication_same_person")
    ended = money.ask("supervisor", "POST", f"{own}/decline", json={"comment": "x"})
    assert (ended.json["state"], ended.json["ended_by"]) == ("declined", "supervisor")
    assert money.ask("supervisor", "POST", f"{own}/confirm", json={}).json["code"] == "publication_over"


def test_the_file_of_the_document_stays_with_the_lines(money, tmp_path):
    file = write(tmp_path / "draft.gpkg", moved_town(money.db).items())
    with file.open("rb") as stream:
        sent = money.ask("finance_city", "POST", "/boundary-drafts", data={"file": (stream, "draft.gpkg")})
    path = f"/boundary-drafts/{sent.json['draft_id']}/publications"
    on = (money.services.today() + timedelta(days=30)).isoformat()
    body = {**WORDS, "name": "xianning-v9", "valid_from": on, "accuracy_m": 10, "legal": False}
    made = money.ask("finance_city", "POST", path, json=body).json
    own = f"{path}/{made['publication_id']}"

    def attach(who, where=own, content=b"%PDF-1.4 x", name="../批复.pdf"):
        return money.ask(who, "POST", f"{where}/documents", data={"file": (io.BytesIO(content), name)})

    assert [attach(who).status_code for who in ("clerk_xianan", "supervisor", "finance_tongshan")] == [
        403
    ] * 3
    assert attach("finance_city", content=b"MZ").json["code"] == "material_refused"
    assert attach("finance_city", f"{path}/999").json["code"] == "publication_not_found"
    first, again = attach("finance_city"), attach("finance_city")
    assert (first.status_code, again.json["document_id"]) == (201, first.json["document_id"])
    (listed,) = money.ask("supervisor", "GET", path).json["items"]
    (document,) = listed["documents"]
    assert (document["file_name"], document["added_by"]) == (".._批复.pdf", "finance_city")
    url = document["url"].removeprefix("/api/v1")
    got = money.ask("supervisor", "GET", url)
    assert (got.data, got.headers["Content-Disposition"].split(";")[0]) == (b"%PDF-1.4 x", "attachment")
    assert money.ask("finance_tongshan", "GET", url).status_code == 403
    assert money.ask("finance_city", "GET", f"{own}/documents/999").json["code"] == "document_not_found"
    money.ask("supervisor", "POST", f"{own}/decline", json={"comment": "x"})
    assert attach("finance_city").json["code"] == "publication_over"


def test_the_files_of_all_publications_are_read_at_once(money, tmp_path, monkeypatch):
    file = write(tmp_path / "draft.gpkg", moved_town(money.db).items())
    with file.open("rb") as stream:
        sent = money.ask("finance_city", "POST", "/boundary-drafts", data={"file": (stream, "draft.gpkg")})
    path = f"/boundary-drafts/{sent.json['draft_id']}/publications"
    on = (money.services.today() + timedelta(days=40)).isoformat()

    def publish(name):
        body = {**WORDS, "name": name, "valid_from": on, "accuracy_m": 10, "legal": False}
        own = f"{path}/{money.ask('finance_city', 'POST', path, json=body).json['publication_id']}"
        content = {"file": (io.BytesIO(b"%PDF-1.4 x"), f"{name}.pdf")}
        assert money.ask("finance_city", "POST", f"{own}/documents", data=content).status_code == 201
        money.ask("supervisor", "POST", f"{own}/decline", json={"comment": "x"})

    def ask():
        return money.ask("supervisor", "GET", path)

    publish("xianning-v20")
    of_one = len(statements(monkeypatch, ask))
    publish("xianning-v21")
    publish("xianning-v22")
    assert len(statements(monkeypatch, ask)) == of_one
    told = [[document["file_name"] for document in item["documents"]] for item in ask().json["items"]]
    assert told == [["xianning-v22.pdf"], ["xianning-v21.pdf"], ["xianning-v20.pdf"]]
