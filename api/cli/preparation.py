"""The steps of ``up`` before anything serves: database, content, browser libraries."""

from api.cli.installation import Installation, open_database
from api.cli.steps import Steps


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


def content(installation: Installation, wish: str, steps: Steps) -> None:
    """Load reference data, accounts and, if wished, the demo city; what is there already stays."""
    from api.loading.reference import load_reference

    db = open_database(installation)
    try:
        with steps.step("reference data"):
            for name in load_reference(db):
                steps.say(name)
    finally:
        db.close()


def assets(installation: Installation, steps: Steps) -> None:
    """Bring the browser's libraries."""
    from webmap.assets.fetching import bring

    home = installation.settings.home
    with steps.step("browser libraries"):
        bring(home / "assets", home, say=steps.say)
