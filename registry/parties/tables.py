"""Tables of people and organisations, as migration 0005 makes them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    Table,
    Text,
    text,
)

from data.tables import metadata

party = Table(
    "party",
    metadata,
    Column("party_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("kind", Text, nullable=False, comment="person or organisation"),
    Column("name", Text, nullable=False, comment="Name"),
    Column(
        "id_type",
        Text,
        nullable=False,
        comment=(
            "Kind of proof of identity (证件种类): id_card, uscc, passport, hk_macau_taiwan, "
            "military, household, other"
        ),
    ),
    Column("id_number", Text, nullable=False, comment="Number of the proof; shown masked"),
    Column("id_masked", Text, nullable=False, comment="Number as it may be shown: first six and last four"),
    Column(
        "id_hash",
        LargeBinary,
        nullable=False,
        comment=("HMAC-SHA256 of kind and number under the key of the settings, for equality search"),
    ),
    Column("phone", Text, comment="Telephone; shown masked"),
    Column("county_code", Text, comment="County of the case or entry (属地); null while undecided"),
    Column("accept_office", Text, nullable=False, comment="Office that entered it (受理地)"),
    Column(
        "created_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now()"),
        comment="Instant of entry",
    ),
    CheckConstraint("kind IN ('person', 'organisation')", name="kind"),
    CheckConstraint("length(name) BETWEEN 1 AND 200", name="name"),
    CheckConstraint(
        ("id_type IN ('id_card', 'uscc', 'passport', 'hk_macau_taiwan', 'military', 'household', 'other')"),
        name="id_type",
    ),
    CheckConstraint("length(id_hash) = 32", name="id_hash"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'", name="county_code"),
    Index("party_id_hash_idx", "id_hash"),
    schema="registry",
    comment=("People and organisations as they were entered in a case or register entry; never in map views"),
)
