"""Cases and the handbook over HTTP."""

import io
import subprocess

import pytest

from data.access import service as access
from data.access.records import SYSTEM
from tests.database.registry import town
from tests.web.people import PASSWORD

pytestmark = pytest.mark.town

STAFF = {
    "clerk_xianan": (["clerk"], "xianan"),
    "clerk_tongshan": (["clerk"], "tongshan"),
    "registrar_tongshan": (["registrar"], "tongshan"),
    "registrar_tongcheng": (["registrar"], "tongcheng"),
    "supervisor": (["supervisor"], None),
}


@pytest.fixture
def staff(db, client):
    """Return the headers of each member of staff, in a town with parcels."""
    tokens = {}
    with db.transaction(SYSTEM) as conn:
        for login, (roles, office) in STAFF.items():
            access.create_user(conn, login=login, name=login, roles=roles, office=office, password=PASSWORD)
    for login in STAFF:
        answer = client.post("/api/v1/auth/token", json={"username": login, "password": PASSWORD})
        tokens[login] = {"Authorization": f"Bearer {answer.json['access_token']}"}
    return tokens


def application(client, **more):
    entry = client.get("/api/v1/handbook/land_use_first").json
    return {
        "type_code": "land_use_first",
        "unit_codes": [town.BARE],
        "applicants": [
            {
                "name": "李四",
                "role": "holder",
                "id_type": "id_card",
                "id_number": town.LI.id_number,
            }
        ],
        "materials": [
            {"code": item["code"], "copies": 1} for item in entry["materials"] if not item["required_when"]
        ],
        **more,
    }


@pytest.fixture
def case_no(client, staff):
    answer = client.post("/api/v1/cases", json=application(client), headers=staff["clerk_xianan"])
    assert answer.status_code == 201, answer.json
    return answer.json["case_no"]


def test_the_handbook_is_public_and_has_one_hash(client):
    listed = client.get("/api/v1/handbook").json
    assert {item["type_code"] for item in listed["items"]} >= {
        "land_use_first",
        "existing_house_transfer",
        "mortgage_first",
        "homestead_house_first",
    }
    digest = client.get("/api/v1/handbook/hash").json
    assert digest["sha256"] == listed["sha256"]
    assert len(digest["sha256"]) == 64
    assert client.get("/api/v1/handbook?at=2020-01-01").json["items"] == []
    assert client.get("/api/v1/handbook/land_use_first?version=9").json["code"] == "handbook_entry_not_found"


def test_an_entry_has_the_shape_partners_read(client):
    entry = client.get("/api/v1/handbook/land_use_first").json
    shape = "type_code version name basis scope applicants materials nodes review_points limit fees forms"
    assert set(shape.split()) <= entry.keys()
    assert set(entry["materials"][0]) >= {
        "code",
        "name",
        "original",
        "copies",
        "shared_from",
        "required_when",
    }
    assert set(entry["nodes"][0]["actions"][0]) >= {"action", "to", "primary"}


def test_acceptance_tells_county_limit_and_fee(client, staff):
    answer = client.post("/api/v1/cases", json=application(client), headers=staff["clerk_xianan"])
    body = answer.json
    assert (body["accept_office"], body["decide_office"], body["county_code"]) == (
        "xianan",
        "tongshan",
        "421224",
    )
    assert [line["amount_fen"] for line in body["fee_preview"]] == [55_000]
    assert answer.headers["Location"].endswith(body["case_no"])


def test_an_idempotency_key_makes_one_case(client, staff, db):
    headers = {**staff["clerk_xianan"], "Idempotency-Key": "once"}
    first, second = (
        client.post("/api/v1/cases", json=application(client), headers=headers) for _ in range(2)
    )
    assert first.json["case_no"] == second.json["case_no"]
    with db.transaction(SYSTEM) as conn:
        assert conn.execute("SELECT count(*) FROM registry.case").fetchone() == (1,)


def test_every_fault_of_an_application_is_told_at_once(client, staff, db):
    body = application(client, unit_codes=["421224001001GB09999W00000000", "nonsense"])
    body["applicants"][0]["id_number"] = "421224198501010110"
    answer = client.post("/api/v1/cases", json=body, headers=staff["clerk_xianan"])
    assert (answer.status_code, answer.json["code"]) == (422, "case_invalid")
    assert [fault["code"] for fault in answer.json["errors"]] == [
        "unit_unknown",
        "unit_code_bad",
        "id_number_bad",
    ]
    with db.transaction(SYSTEM) as conn:
        assert conn.execute("SELECT count(*) FROM registry.party").fetchone() == (0,)


@pytest.mark.parametrize(
    "mend",
    [
        str.lower,
        lambda code: f"{code[:6]} {code[6:]}",
        lambda code: code.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}),
        lambda code: f"{code}\n",
        lambda code: f"\u200f{code}",
        lambda code: code[:-1],
    ],
    ids=["small", "space", "full-width", "line end", "right-to-left mark", "short"],
)
def test_a_unit_code_is_not_mended_for_a_case(client, staff, db, mend):
    body = application(client)
    body["unit_codes"] = [mend(body["unit_codes"][0])]
    answer = client.post("/api/v1/cases", json=body, headers=staff["clerk_xianan"])
    assert (answer.status_code, answer.json["code"]) == (422, "case_invalid")
    assert [fault["code"] for fault in answer.json["errors"]] == ["unit_code_bad"]
    with db.transaction(SYSTEM) as conn:
        assert conn.execute("SELECT count(*) FROM registry.case").fetchone() == (0,)


def test_missing_materials_are_listed(client, staff):
    body = application(client, materials=[])
    answer = client.post("/api/v1/cases", json=body, headers=staff["clerk_xianan"])
    assert (answer.status_code, answer.json["code"]) == (422, "materials_missing")
    assert {fault["material"] for fault in answer.json["errors"]} >= {"application", "identity"}


def test_a_supervisor_accepts_nothing(client, staff):
    answer = client.post("/api/v1/cases", json={}, headers=staff["supervisor"])
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def test_the_case_hides_numbers_and_records_the_read(client, staff, case_no, db):
    answer = client.get(f"/api/v1/cases/{case_no}", headers=staff["clerk_xianan"])
    assert town.LI.id_number not in answer.text
    assert answer.json["applicants"][0]["id_masked"].startswith("421224****")
    with db.transaction(SYSTEM) as conn:
        rows = conn.execute(
            "SELECT login FROM registry.audit WHERE action = 'case.read' AND subject = %s", [case_no]
        ).fetchall()
    assert rows == [("clerk_xianan",)]


@pytest.mark.parametrize("path", ["", "/timeline", "/actions", "/slip.pdf", "/certificate.pdf"])
def test_another_county_finds_no_such_case(client, staff, case_no, path):
    answer = client.get(f"/api/v1/cases/{case_no}{path}", headers=staff["registrar_tongcheng"])
    expected = 404
    assert (answer.status_code, answer.json["code"]) == (expected, "case_not_found")


def test_lists_show_own_cases_only(client, staff, case_no):
    numbers = {
        login: [row["case_no"] for row in client.get("/api/v1/cases", headers=staff[login]).json["items"]]
        for login in STAFF
    }
    assert numbers["clerk_xianan"] == numbers["registrar_tongshan"] == numbers["supervisor"] == [case_no]
    assert numbers["registrar_tongcheng"] == []
    mine = client.get("/api/v1/cases?mine=true&q=李", headers=staff["clerk_xianan"]).json["items"]
    assert [row["case_no"] for row in mine] == [case_no]
    assert client.get("/api/v1/cases?q=张", headers=staff["clerk_xianan"]).json["items"] == []


def test_a_list_is_narrowed_by_day_of_acceptance_and_to_open_cases(client, staff, case_no):
    def listed(query):
        answer = client.get(f"/api/v1/cases?{query}", headers=staff["supervisor"])
        return [row["case_no"] for row in answer.json["items"]]

    day = client.get(f"/api/v1/cases/{case_no}", headers=staff["supervisor"]).json["accepted_at"][:10]
    assert listed(f"from={day}&to={day}&open=true") == [case_no]
    assert listed("to=2000-01-01") == listed("from=2999-01-01") == []
    step = {"action": "withdraw", "comment": "不办了"}
    answer = client.post(f"/api/v1/cases/{case_no}/actions", json=step, headers=staff["clerk_xianan"])
    assert answer.status_code == 200, answer.json
    assert listed(f"from={day}&open=true") == []
    assert listed(f"from={day}") == [case_no]


def test_pages_of_a_list_have_no_gap(client, staff):
    made = [
        client.post("/api/v1/cases", json=application(client), headers=staff["clerk_xianan"]).json["case_no"]
        for _ in range(3)
    ]
    seen, cursor = [], ""
    while True:
        answer = client.get(f"/api/v1/cases?limit=2{cursor}", headers=staff["clerk_xianan"]).json
        seen += [row["case_no"] for row in answer["items"]]
        if "next" not in answer:
            break
        cursor = f"&cursor={answer['next']}"
    assert seen == sorted(made, reverse=True)


def act(client, staff, case_no, login, action, **more):
    return client.post(
        f"/api/v1/cases/{case_no}/actions", json={"action": action, **more}, headers=staff[login]
    )


def test_steps_say_who_acts_and_what_is_waited_for(client, staff, case_no):
    steps = client.get(f"/api/v1/cases/{case_no}/actions", headers=staff["supervisor"]).json
    primary = next(action for action in steps["allowed"] if action["primary"])
    assert (primary["action"], primary["role"], primary["office"]) == ("submit_review", "clerk", "xianan")
    assert act(client, staff, case_no, "clerk_xianan", "refuse_acceptance").json["code"] == "comment_needed"
    assert act(client, staff, case_no, "clerk_xianan", "approve").json["code"] == "action_unknown"
    assert act(client, staff, case_no, "clerk_xianan", "submit_review").json["status"] == "review"
    assert act(client, staff, case_no, "clerk_xianan", "approve").json["code"] == "not_your_office"


def test_papers_are_sealed_and_name_the_certificate(client, staff, case_no, tmp_path):
    slip = client.get(f"/api/v1/cases/{case_no}/slip.pdf", headers=staff["clerk_xianan"])
    assert case_no in pdf_text(tmp_path / "slip.pdf", slip.data)
    early = client.get(f"/api/v1/cases/{case_no}/certificate.pdf", headers=staff["registrar_tongshan"])
    assert early.json["code"] == "certificate_not_found"
    act(client, staff, case_no, "clerk_xianan", "submit_review")
    for action in ("approve", "register", "certify"):
        assert act(client, staff, case_no, "registrar_tongshan", action).status_code == 200
    shown = client.get(f"/api/v1/cases/{case_no}", headers=staff["registrar_tongshan"]).json
    (made,) = shown["certificates"]
    paper = client.get(f"/api/v1/cases/{case_no}/certificate.pdf", headers=staff["registrar_tongshan"])
    path = tmp_path / "certificate.pdf"
    assert made["certificate_no"] in pdf_text(path, paper.data)
    said = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=False)
    assert "Signature is Valid" in said.stdout
    facts = {"certificate_no": made["certificate_no"], "check_code": made["check_code"]}
    assert client.get("/api/v1/certificates/verify", query_string=facts).json["valid"] is True
    facts["check_code"] = "000000"
    assert client.get("/api/v1/certificates/verify", query_string=facts).status_code == 404


def pdf_text(path, content):
    path.write_bytes(content)
    return subprocess.run(
        ["pdftotext", str(path), "-"], capture_output=True, text=True, check=True
    ).stdout.replace("\n", "")


def test_a_file_is_kept_by_its_content(client, staff, case_no):
    content = b"%PDF-1.4 contract"
    answer = client.post(
        f"/api/v1/cases/{case_no}/materials",
        data={"code": "land_payment", "file": (io.BytesIO(content), "../合同.pdf")},
        headers=staff["clerk_xianan"],
    )
    assert answer.status_code == 201, answer.json
    assert answer.json["file_name"] == ".._合同.pdf"
    back = client.get(answer.json["link"], headers=staff["registrar_tongshan"])
    assert back.data == content
    assert back.headers["Content-Disposition"].startswith("attachment")
    bad = client.post(
        f"/api/v1/cases/{case_no}/materials",
        data={"code": "land_payment", "file": (io.BytesIO(b"<html>"), "a.pdf")},
        headers=staff["clerk_xianan"],
    )
    assert (bad.status_code, bad.json["code"]) == (422, "material_refused")


def test_an_idempotency_key_stands_for_a_form_and_its_file(client, staff, case_no):
    headers = {**staff["clerk_xianan"], "Idempotency-Key": "upload"}

    def send(content, copies="1"):
        form = {"code": "land_payment", "copies": copies, "file": (io.BytesIO(content), "a.pdf")}
        return client.post(f"/api/v1/cases/{case_no}/materials", data=form, headers=headers)

    first, again = send(b"%PDF-1.4 one"), send(b"%PDF-1.4 one")
    assert (first.status_code, again.json) == (201, first.json)
    for other in (send(b"%PDF-1.4 two"), send(b"%PDF-1.4 one", "2")):
        assert (other.status_code, other.json["code"]) == (422, "idempotency_conflict")


def test_a_case_is_rated_once(client, staff, case_no):
    body = {"level": 5, "tags": ["快"], "text": "很好"}
    first = client.post(f"/api/v1/cases/{case_no}/rating", json=body, headers=staff["clerk_xianan"])
    second = client.post(f"/api/v1/cases/{case_no}/rating", json=body, headers=staff["clerk_xianan"])
    assert (first.status_code, second.status_code, second.json["code"]) == (201, 409, "already_rated")


def test_a_dry_run_writes_nothing(client, staff, case_no, db):
    found = client.post(f"/api/v1/cases/{case_no}/dry-run", headers=staff["registrar_tongshan"]).json
    assert found["passes"] is True
    assert found["entries"][0]["kind"] == "use_right"
    with db.transaction(SYSTEM) as conn:
        assert conn.execute("SELECT count(*) FROM registry.rrr").fetchone() == (0,)
