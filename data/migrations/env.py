"""Alembic environment: runs as the owner role; imports no room."""

from alembic import context
from sqlalchemy import Connection, create_engine, text


def run() -> None:
    """Run the migrations on the connection handed in, or on a new one to ``sqlalchemy.url``."""
    given = context.config.attributes.get("connection")
    if given is not None:
        _migrate(given)
        return
    import psycopg

    conninfo = context.config.attributes["conninfo"]
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo))
    with engine.connect() as connection:
        _migrate(connection)
    engine.dispose()


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, version_table_schema="ref", transaction_per_migration=False)
    with context.begin_transaction():
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS ref"))
        context.run_migrations()


run()
