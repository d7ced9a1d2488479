"""Tables of the handbook, as migration 0005 makes them."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from data.tables import metadata

handbook_version = Table(
    "handbook_version",
    metadata,
    Column("type_code", Text, primary_key=True, comment="Business type"),
    Column("version", Integer, primary_key=True, comment="Version of the entry, from 1"),
    Column("name", Text, nullable=False, comment="Name in Chinese"),
    Column("valid_from", Date, nullable=False, comment="First day on which cases are accepted under it"),
    Column("sha256", Text, nullable=False, comment="SHA-256 (hex) of the canonical JSON text"),
    Column("body", Text, nullable=False, comment="Entry as canonical JSON: sorted keys, no spaces, UTF-8"),
    Column(
        "published_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now()"),
        comment="Instant of publication",
    ),
    UniqueConstraint("type_code", "valid_from"),
    CheckConstraint("type_code ~ '^[a-z][a-z0-9_]*$'", name="type_code"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
    schema="registry",
    comment=(
        "Published entries of the handbook (登记手册), never changed; a case stores the "
        "version it was accepted under"
    ),
)
