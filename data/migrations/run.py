"""Bring a database to the newest schema."""

from importlib import resources
from pathlib import Path

from alembic import command
from alembic.config import Config

HERE = Path(__file__).resolve().parent


def configuration(owner_url: str) -> Config:
    """Return Alembic's configuration for a database, reached as its owner role."""
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.attributes["conninfo"] = owner_url
    return config


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Run every migration that is not yet in the database."""
    command.upgrade(configuration(owner_url), revision)


def ddl(name: str) -> str:
    """Return the text of ``sql/<name>`` beside the migrations."""
    return resources.files("data.migrations").joinpath("sql", name).read_text(encoding="utf-8")


def run_ddl(name: str) -> None:
    """Execute ``sql/<name>`` in the running migration; ``:prefix`` stands for the role names' prefix."""
    from alembic import op

    from data.db import OWNER_SUFFIX

    connection = op.get_bind()
    owner = connection.exec_driver_sql("SELECT current_user").scalar_one()
    prefix = str(owner).removesuffix(OWNER_SUFFIX)
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("no connection")
    driver.execute(ddl(name).replace(":prefix", prefix))
