"""Every page answers those it is for, refuses others, and carries the strict policy."""

import html
import re

import pytest

from api.app import create_app
from data.access import service as access
from data.access.records import SYSTEM
from data.settings import Settings
from tests.web.people import PASSWORD
from webmap.sign_in import local_path

OFFICES = {"clerk": "tongshan", "registrar": "tongshan", "finance_county": "tongshan"}
ROLES = (
    "surveyor",
    "reviewer",
    "clerk",
    "registrar",
    "finance_city",
    "finance_county",
    "supervisor",
    "partner",
    "admin",
)
PUBLIC = (
    "/",
    "/sign-in",
    "/pay",
    "/pay/42120212345678901234",
    "/verify",
    "/handbook",
    "/apply",
    "/help",
    "/help/errors",
    "/help/rules",
    "/api/v1/docs",
)
BY_ROLE = {
    "/inbox": set(ROLES),
    "/password": set(ROLES),
    "/surveys": {"surveyor", "reviewer", "supervisor"},
    "/surveys/1": {"surveyor", "reviewer", "supervisor"},
    "/review/1": {"reviewer", "supervisor"},
    "/cases": {"clerk", "registrar", "supervisor", "finance_city", "finance_county"},
    "/cases/YW20261124000001": {"clerk", "registrar", "supervisor", "finance_city", "finance_county"},
    "/finance/what-if": {"finance_city", "reviewer", "supervisor"},
    "/finance/disputes": {"finance_city", "finance_county", "supervisor"},
    "/window": {"clerk"},
    "/trace/O2026112400000001": {"clerk", "registrar", "supervisor", "finance_city", "finance_county"},
    "/audit": {"reviewer", "registrar", "supervisor", "admin"},
    "/decisions": {"finance_city", "reviewer", "registrar", "supervisor"},
    "/finance": {"finance_city", "finance_county", "supervisor"},
    "/finance/refunds": {"finance_city", "finance_county", "supervisor"},
    "/finance/bills": {"finance_city", "finance_county", "supervisor"},
    "/admin": {"admin"},
}
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def app(module_db, tmp_path_factory):
    with module_db.transaction(SYSTEM) as conn:
        for role in ROLES:
            access.create_user(
                conn, login=role, name=role, roles=[role], office=OFFICES.get(role), password=PASSWORD
            )
    settings = Settings(home=tmp_path_factory.mktemp("home"), secret_key="test-secret", clock="sandbox")
    return create_app(settings, db=module_db)


@pytest.fixture
def public(app):
    return app.test_client()


@pytest.fixture(scope="module")
def clients(app):
    """A signed-in browser for every role."""
    made = {}
    for role in ROLES:
        client = app.test_client()
        answer = client.post("/api/v1/auth/session", json={"username": role, "password": PASSWORD})
        assert answer.status_code == 200, answer.json
        made[role] = client
    return made


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_needs_no_account(public, path):
    answer = public.get(path, headers=HTML)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")


@pytest.mark.parametrize("path", sorted(BY_ROLE))
def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(public, path):
    answer = public.get(f"{path}?a=1", headers=HTML)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=%2F")
    form = public.get(answer.headers["Location"], headers=HTML).text
    assert f'data-next="{path}?a=1"' in form


@pytest.mark.parametrize("path", sorted(BY_ROLE))
def test_a_page_opens_for_its_roles_only(clients, path):
    answers = {role: client.get(path, headers=HTML).status_code for role, client in clients.items()}
    assert answers == {role: 200 if role in BY_ROLE[path] else 403 for role in ROLES}


@pytest.mark.parametrize("path", [*PUBLIC, "/admin"])
def test_scripts_and_styles_come_from_us_only(clients, path):
    answer = clients["admin"].get(path, headers=HTML)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<[^>]+\s(?:style|on[a-z]+)=", answer.text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)


@pytest.mark.parametrize("path", [*PUBLIC, *sorted(BY_ROLE)])
def test_every_word_has_a_text_in_both_languages(clients, path):
    role = min(BY_ROLE.get(path, ROLES))
    zh, en = (clients[role].get(f"{path}?lang={lang}", headers=HTML).text for lang in ("zh", "en"))
    assert 'lang="zh-CN"' in zh
    assert '<html lang="en"' in en
    for page in (zh, en):
        words = re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.DOTALL)
        assert not re.search(r"[>\"]\s*ui\.[a-z_]+\.", words)


def test_the_chosen_language_stays(app):
    client = app.test_client()
    client.get("/help?lang=en", headers=HTML)
    assert '<html lang="en"' in client.get("/verify", headers=HTML).text
    client.get("/help?lang=zh", headers=HTML)
    assert '<html lang="zh-CN"' in client.get("/verify", headers=HTML).text


@pytest.mark.parametrize("wish", ["/cases?status=review", "/", "/review/7#f3"])
def test_a_path_of_ours_is_followed_after_sign_in(wish):
    assert local_path(wish) == wish


@pytest.mark.parametrize(
    "wish",
    [
        None,
        "",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/a\nb",
        "cases",
    ],
)
def test_another_site_is_not_followed_after_sign_in(wish):
    assert local_path(wish) == "/inbox"


def test_sign_in_shows_no_foreign_address(public):
    page = public.get("/sign-in?next=//evil.example/", headers=HTML).text
    assert 'data-next="/inbox"' in page


def test_an_error_code_points_at_its_row(public):
    problem = public.get("/api/v1/me").json
    page, _, anchor = problem["type"].partition("#")
    assert f'id="{anchor}"' in public.get(page, headers=HTML).text


def test_every_rule_of_the_survey_check_is_explained(public):
    from spatial.survey.rules.catalogue import catalogue

    page = public.get("/help", headers=HTML).text
    assert all(f'id="rule-{rule_id}"' in page for rule_id in catalogue())


def test_only_who_may_see_cases_gets_the_map_with_cases(public, clients):
    def style(client):
        return re.search(r'id="map"[^>]*data-style="(\w+)"', client.get("/", headers=HTML).text).group(1)

    assert style(public) == style(clients["surveyor"]) == style(clients["partner"]) == "city"
    assert style(clients["clerk"]) == style(clients["supervisor"]) == "work"


def test_the_public_is_led_to_guide_and_payment(public, clients):
    for client, shown in ((public, True), (clients["clerk"], False)):
        nav = client.get("/", headers=HTML).text.partition("<nav")[2].partition("</nav>")[0]
        assert ('href="/apply"' in nav, 'href="/pay"' in nav) == (shown, shown)


def test_help_links_what_the_reader_may_open(clients):
    page = clients["clerk"].get("/help", headers=HTML).text
    assert 'href="/window"' in page
    assert 'href="/admin"' not in page


def test_pages_count_from_the_servers_clock(app, clients):
    moved = "2026-03-02T09:30:00+08:00"
    csrf = re.search(r'name="csrf" content="([^"]+)"', clients["admin"].get("/", headers=HTML).text).group(1)
    answer = clients["admin"].post(
        "/api/v1/sandbox/clock", json={"now": moved}, headers={"X-CSRF-Token": csrf}
    )
    assert answer.status_code == 200, answer.json
    shown = re.search(r'data-now="([^"]+)"', clients["clerk"].get("/pay", headers=HTML).text).group(1)
    assert shown.startswith("2026-03-02T09:3")


def test_a_page_is_of_one_language_whatever_the_browser_speaks(public):
    english = {**HTML, "Accept-Language": "en-GB,en"}
    assert "Not found" not in public.get("/nowhere", headers=english).text
    assert "没有找到" not in public.get("/nowhere?lang=en", headers=english).text
    detail = public.get("/api/v1/parcels/421202001001GB99999", headers={"Accept-Language": "en-GB"}).json
    assert detail["detail"].isascii()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_rule_has_its_place_in_the_catalogue_page(public, lang):
    """Each rule with its anchor, what it asks, exceptions, tolerances with sources; no text is missing."""
    from data.messages import text
    from registry.rights.audit.service import catalogue as register_rules
    from spatial.survey.rules.catalogue import catalogue

    page = html.unescape(public.get(f"/help/rules?lang={lang}", headers=HTML).text)
    rules = catalogue() | register_rules()
    unread = sum(not rule.verified for rule in rules.values())
    assert text("ui.help.rules_unverified", lang, n=unread, of=len(rules)) in page
    for rule_id, rule in rules.items():
        _, _, rest = page.partition(f'<section class="panel rule-card" id="{rule_id}"')
        card = rest.partition("</section>")[0]
        for kind in ("rule", "rule_about", "rule_exceptions"):
            assert text(f"survey.{kind}.{rule_id}", lang) in card, rule_id
        assert rule.basis in card
        assert all(
            name in card and text(f"survey.tolerance.{name}", lang) in card for name in rule.tolerances
        )
        assert ("待核" in card or "not yet checked" in card) is not rule.verified
    main = page.partition("<main")[2].partition("</main>")[0]
    assert not re.search(r"ui\.(help|status|common)\.|survey\.(rule|tolerance|finding)|\{\w+\}", main)
