"""The steps of ``up`` before anything serves: database, content, browser libraries."""

from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.installation import Installation, kept_secret, open_database
from api.cli.steps import Steps

if TYPE_CHECKING:
    from data.db import Database

DEMO_PARCELS = 20_000
DEMO_CASES = 5_000
DEMO_SEED = 4212
# Kept in the database: the demo city is there, to its end.
_DEMO_MARK = "demo_city"
_CONTENT = "content"


def database(installation: Installation, steps: Steps) -> Installation:
    """Start or check the database and bring its schema to the newest."""
    with steps.step("database"):
        if installation.embedded is None:
            from api.cli.given_database import prepare_given

            installation = installation.with_urls(prepare_given(installation.settings))
            steps.say("given by NINGTU_DATABASE_URL")
        else:
            installation = installation.with_urls(installation.embedded.start())
    with steps.step("migrations"):
        from data.migrations.run import upgrade

        upgrade(installation.settings.owner_url)
    return installation


def choose_content(installation: Installation, *, demo: bool | None, empty: bool) -> str:
    """Return ``demo``, ``accounts`` (no parcels or people) or ``empty`` (only admin).

    What the first run chose holds until another is asked for: a city in real use gets no demo parcels because
    somebody left a word out.
    """
    home = installation.settings.home
    if empty:
        chosen = "empty"
    elif demo is not None:
        chosen = "demo" if demo else "accounts"
    else:
        chosen = kept_content(home)
    (home / _CONTENT).write_text(chosen, encoding="utf-8")
    return chosen


def kept_content(home: Path) -> str:
    """Return what the last start chose, ``demo`` if there was none."""
    path = home / _CONTENT
    return path.read_text(encoding="utf-8").strip() if path.exists() else "demo"


def content(installation: Installation, chosen: str, steps: Steps) -> None:
    """Load reference data, accounts and, if chosen, the demo city; what is there already stays."""
    from api.loading.reference import load_reference

    db = open_database(installation)
    try:
        with steps.step("reference data"):
            for name in load_reference(db):
                steps.say(name)
        with steps.step("accounts"):
            _accounts(installation, chosen, db, steps)
        if chosen == "demo":
            with steps.step("demo city (synthetic)"):
                _city(installation, db, steps)
    finally:
        db.close()


def _accounts(installation: Installation, chosen: str, db: "Database", steps: Steps) -> None:
    from api.loading.accounts import create_admin, create_demo_accounts

    settings = installation.settings
    if chosen == "empty":
        create_admin(db, kept_secret(settings.home, "admin_password"))
        return
    created = create_demo_accounts(db, settings.demo_password, partner_key=partner_key(settings.home))
    if created.logins:
        steps.say(f"{len(created.logins)} demo accounts")


def partner_key(home: Path) -> str:
    """Return the API key of the demo partner, made at the first call."""
    return f"nt_{kept_secret(home, 'partner_key')}"


def _city(installation: Installation, db: "Database", steps: Steps) -> None:
    from data.access.records import SYSTEM
    from data.reference.store import loaded_sha256, note_loaded

    with db.transaction(SYSTEM) as conn:
        if loaded_sha256(conn, _DEMO_MARK) is not None:
            return
    # What makes a city takes a while to load: not for a start that makes none.
    from api.loading.city import load_city
    from api.loading.errors import OtherCityLoaded
    from data.clock import SystemClock, day_of
    from data.synthetic.city import CityOrder
    from registry.parties.service import search_key

    now = SystemClock().now()
    order = CityOrder(DEMO_PARCELS, DEMO_CASES, DEMO_SEED, day_of(now))
    key = search_key(installation.settings.secret_key)
    try:
        loaded = load_city(db, order, search_key=key, now=now, progress=steps.parcels)
    except OtherCityLoaded:
        steps.say("the database holds other parcels: no demo city is added")
        return
    with db.transaction(SYSTEM) as conn:
        note_loaded(conn, _DEMO_MARK, str(DEMO_SEED), DEMO_PARCELS)
    steps.say(f"{loaded.parcels:,} parcels, {loaded.units:,} flats, {loaded.cases:,} cases")


def assets(installation: Installation, steps: Steps) -> None:
    """Bring the browser's libraries."""
    from webmap.assets.fetching import bring

    home = installation.settings.home
    with steps.step("browser libraries"):
        bring(home / "assets", home, say=steps.say)
