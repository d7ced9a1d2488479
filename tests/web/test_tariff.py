"""The tariff is open to everybody; a clerk sees rule, reason and relief of each line in both languages."""

import pytest

from data.access import service as access
from data.access.records import SYSTEM
from tests.database.registry import town
from tests.web.people import PASSWORD

pytestmark = pytest.mark.town


def test_the_tariff_of_a_day_is_told_to_anybody(client):
    told = client.get("/api/v1/tariff?at=2026-11-24").json
    rules = {rule["rule_id"]: rule for rule in told["rules"]}
    assert rules["R01"]["amount_fen"] == 8_000
    assert (rules["R02"]["amount_fen"], rules["R02"]["valid_from"]) == (8_000, "2019-07-01")
    assert {"N01", "P01", "X01", "E08"} <= rules.keys()
    assert not {"N03", "N04", "H03"} & rules.keys()
    assert all(rule["basis"] and rule["source_doc"] for rule in told["rules"])
    assert [row["option"] for row in told["choices"]] == ["per_parcel"]


def test_before_2019_the_older_rules_are_told(client):
    rules = {rule["rule_id"]: rule for rule in client.get("/api/v1/tariff?at=2019-06-30").json["rules"]}
    assert rules["R02"]["amount_fen"] == 55_000
    assert "H03" in rules
    assert "E06" not in rules


def test_the_rules_of_all_times_are_told(client):
    rules = client.get("/api/v1/tariff?all=true").json["rules"]
    assert [rule["amount_fen"] for rule in rules if rule["rule_id"] == "R02"] == [55_000, 8_000]


def test_a_bad_day_is_refused(client):
    assert client.get("/api/v1/tariff?at=yesterday").status_code == 422


@pytest.mark.parametrize(("lang", "word"), [("zh", "非住宅类每件550元"), ("en", "Non-housing: 550 yuan")])
def test_the_page_shows_every_rule_with_period_and_source(client, lang, word):
    page = client.get(f"/help/tariff?lang={lang}").text
    assert word in page
    assert "财税〔2019〕45号" in page
    assert "2016-12-06" in page
    rules = client.get("/api/v1/tariff?all=true").json["rules"]
    assert page.count("data-rule=") == len(rules)
    for rule in client.get("/api/v1/tariff").json["rules"]:
        assert f'id="{rule["rule_id"]}"' in page
    assert "ui.help" not in page
    assert "ui.handbook" not in page


@pytest.mark.parametrize(("lang", "units"), [("zh", ["件", "本"]), ("en", ["piece", "certificate"])])
def test_an_item_is_charged_by_a_unit_in_the_reader_s_words(client, lang, units):
    page = client.get(f"/help/tariff?lang={lang}").text
    items = page.split('data-testid="tariff-items"')[1].split("</table>")[0]
    charged = [cell.split("</td>")[0] for cell in items.split('<td class="num">')[1:]]
    assert charged == [f"80.00 / {units[0]}", f"550.00 / {units[0]}", f"10.00 / {units[1]}"]
    told = client.get("/api/v1/tariff").json["items"]
    assert [item["unit_en"] for item in told] == ["piece", "piece", "certificate"]


def body(money, **more):
    entry = money.client.get("/api/v1/handbook/land_use_first").json
    return {
        "type_code": "land_use_first",
        "unit_codes": [town.BARE],
        "applicants": [
            {"name": "李四", "role": "holder", "id_type": "id_card", "id_number": town.LI.id_number}
        ],
        "materials": [{"code": item["code"]} for item in entry["materials"] if not item["required_when"]],
        **more,
    }


def test_a_relief_is_granted_at_the_window_and_seen_on_the_case(money):
    asked = body(
        money,
        declares=["collective_reform"],
        reliefs=[{"fact": "collective_reform", "document": "通政函〔2026〕7号"}],
    )
    (line,) = money.ask("clerk_xianan", "POST", "/cases", json=asked).json["fee_preview"]
    assert (line["rule_id"], line["amount_fen"], line["relief_fen"]) == ("E12", 0, 55_000)
    assert (line["relief_document"], line["relief_by"]) == ("通政函〔2026〕7号", "clerk_xianan")
    assert line["reason_en"].startswith("Registration within the reform")


def test_a_relief_without_its_document_is_refused_in_words(money):
    refused = money.ask("clerk_xianan", "POST", "/cases", json=body(money, declares=["collective_reform"]))
    assert (refused.status_code, refused.json["code"]) == (422, "relief_unproven")
    assert "成员大会决议" in refused.json["detail"]


@pytest.mark.parametrize("document", ["", " ", "x\u0000y", "x" * 201, "\u200b", "\u202e号文"])
def test_a_document_has_a_name(money, document):
    asked = body(money, declares=["small_micro"], reliefs=[{"fact": "small_micro", "document": document}])
    assert money.ask("clerk_xianan", "POST", "/cases", json=asked).status_code == 422


def test_an_administrator_chooses_a_reading_and_nobody_else(money, db):
    with db.transaction(SYSTEM) as conn:
        access.create_user(conn, login="boss", name="b", roles=["admin"], office="city", password=PASSWORD)
    change = {
        "choice": "mortgage_piece",
        "option": "per_loan",
        "valid_from": money.services.today().isoformat(),
        "source_doc": "市财政局复函（测试）",
    }
    assert money.ask("finance_city", "POST", "/admin/tariff-choices", json=change).status_code == 403
    wrong = money.ask("boss", "POST", "/admin/tariff-choices", json={**change, "option": "per_metre"})
    assert (wrong.status_code, wrong.json["code"]) == (404, "tariff_choice_unknown")
    assert money.ask("boss", "POST", "/admin/tariff-choices", json=change).status_code == 201
    rules = money.client.get("/api/v1/tariff").json["rules"]
    assert [rule["rule_id"] for rule in rules if rule["choice"]] == ["N03"]
    assert "市财政局复函" in money.client.get("/help/tariff").text
