"""Alembic migrations, the only source of DDL."""
