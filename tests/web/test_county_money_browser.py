"""What city and counties settle with each other, in a browser: rules, papers of disputes and designations."""

from datetime import timedelta

import pytest

from data.access import service as access
from data.access.records import SYSTEM
from tests.database.registry import town
from tests.web.money_desk import new_order, pay
from tests.web.people import PASSWORD
from tests.web.serving import aside, picture

pytestmark = [pytest.mark.browser, pytest.mark.town]


@pytest.fixture(scope="module")
def money(served_money):
    served_money.order = pay(served_money, new_order(served_money))
    return served_money


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_administrator_splits_by_area_from_a_day_on(money, open_as, lang):
    with money.db.transaction(SYSTEM) as conn:
        access.create_user(
            conn, login=f"boss_{lang}", name="b", roles=["admin"], office="city", password=PASSWORD
        )
    page = open_as(f"boss_{lang}", "/admin?tab=policies", lang)
    begins = (money.services.today() + timedelta(days={"zh": 30, "en": 60}[lang])).isoformat()
    page.get_by_test_id("new-county-policy").click()
    dialog = page.locator("dialog[open]")
    # By keyboard: 2 chooses the second of the radios.
    dialog.locator("[name=area_split]").first.press("2")
    dialog.locator("[name=valid_from]").fill(begins)
    dialog.locator("[name=source_doc]").fill("咸财函〔2026〕31号")
    picture(page, f"policy-form-{lang}")
    dialog.locator("[name=source_doc]").press("Enter")
    page.locator(f"tr[data-key='{begins}']").wait_for()
    picture(page, f"policies-{lang}")
    found = money.ask("finance_city", "GET", "/admin/policies").json["county"]
    assert (found[0]["valid_from"], found[0]["area_split"]) == (begins, True)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_county_disputes_from_the_order_with_its_letter(money, open_as, tmp_path, lang):
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"%PDF-1.4 " + lang.encode())
    order = aside(lambda: pay(money, new_order(money), channel_txn=f"T-{lang}"))
    county = open_as("finance_tongshan", f"/trace/{order['order_no']}", lang)
    county.get_by_test_id("order-lines").get_by_test_id("raise-1").scroll_into_view_if_needed()
    picture(county, f"order-lines-{lang}")
    county.get_by_test_id("raise-1").click()
    dialog = county.locator("dialog[open]")
    dialog.locator("[name=claimed_county]").select_option("421281")
    dialog.locator("[name=reason]").fill("宗地在赤壁境内")
    dialog.locator("[name=basis_doc]").fill("通财函〔2026〕8号")
    dialog.locator("[name=files]").set_input_files(letter)
    county.get_by_test_id("dialog-save").click()
    county.get_by_test_id("attachments").locator("li").wait_for()
    picture(county, f"dispute-files-{lang}")
    no = county.locator("#detail-title").inner_text()
    city = open_as("finance_city", f"/finance/disputes?dispute={no}", lang)
    city.get_by_test_id("dispute-attach").click()
    letter.write_bytes(b"%PDF-1.4 ruling " + lang.encode())
    city.locator("dialog[open] [name=files]").set_input_files(letter)
    city.get_by_test_id("dialog-save").click()
    city.get_by_test_id("attachments").locator("li").nth(1).wait_for()
    found = money.ask("finance_chibi", "GET", f"/disputes/{no}").json["documents"]
    assert [(one["purpose"], one["file_name"]) for one in found] == [
        ("claim", "letter.pdf"),
        ("ruling", "letter.pdf"),
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_of_a_decision_shows_place_and_lines(money, open_as, lang):
    line = money.ask("finance_city", "GET", f"/orders/{money.order['order_no']}").json["lines"][0]
    page = open_as("finance_tongshan", f"/decisions/{line['decision_id']}", lang)
    page.get_by_test_id("decision-lines").get_by_test_id("raise-1").first.wait_for()
    page.locator("#map[data-drawn=yes]").wait_for()
    picture(page, f"decision-{lang}")


def test_files_are_added_to_what_a_person_designated_by_who_may(money, open_as):
    """Neither the city adds them to what a rule decided, nor a county to what a person did."""
    line = money.ask("finance_city", "GET", f"/orders/{money.order['order_no']}").json["lines"][0]
    body = {"subject": town.FLATS[0], "county_code": "421281", "basis_doc": "8号", "reason": "x"}
    designated = money.ask("finance_city", "POST", "/decisions", json=body).json["decision_id"]
    found = {}
    for login in ("finance_city", "finance_tongshan"):
        for number in (line["decision_id"], designated):
            page = open_as(login, f"/decisions/{number}")
            page.locator("#why .stack").first.wait_for()
            found[login, number] = page.get_by_test_id("decision-attach").count()
    assert found == {
        ("finance_city", line["decision_id"]): 0,
        ("finance_city", designated): 1,
        ("finance_tongshan", line["decision_id"]): 0,
        ("finance_tongshan", designated): 0,
    }
