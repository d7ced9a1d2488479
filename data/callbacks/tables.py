"""Tables of callbacks; the migration 0018 creates them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from data.tables import metadata

callback = Table(
    "callback",
    metadata,
    Column("callback_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "key_id",
        BigInteger,
        ForeignKey("registry.api_key.key_id"),
        nullable=False,
        unique=True,
        comment="Key of the program; what concerns its account is told",
    ),
    Column("url", Text, nullable=False, comment="Address that gets a signed POST of each event"),
    Column(
        "secret_no",
        Integer,
        nullable=False,
        server_default=text("1"),
        comment="How often the signing secret was made anew; the secret itself is derived, not stored",
    ),
    Column(
        "active",
        Boolean,
        nullable=False,
        server_default=text("true"),
        comment="Whether events are written for it",
    ),
    Column("changed_at", DateTime(timezone=True), nullable=False, comment="Instant of the last change"),
    CheckConstraint("url ~ '^https?://' AND length(url) <= 500", name="url"),
    CheckConstraint("secret_no > 0", name="secret_no"),
    schema="registry",
    comment="Where programs want to be told what happens (回调地址), one address a key",
)

callback_event = Table(
    "callback_event",
    metadata,
    Column(
        "event_id",
        BigInteger,
        Identity(always=True),
        primary_key=True,
        comment="Our key, rising; receivers tell repetitions by it",
    ),
    Column(
        "callback_id",
        BigInteger,
        ForeignKey("registry.callback.callback_id"),
        nullable=False,
        comment="Whose event",
    ),
    Column(
        "subject",
        Text,
        nullable=False,
        comment="Thing it is about, such as survey:12; its events are delivered in order",
    ),
    Column("kind", Text, nullable=False, comment="What happened, such as survey.status"),
    Column("payload", JSONB, nullable=False, comment="Facts of the event, without personal data"),
    Column("at", DateTime(timezone=True), nullable=False, comment="Instant of the fact"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'waiting'"),
        comment="waiting, delivered or given_up",
    ),
    Column("attempts", Integer, nullable=False, server_default=text("0"), comment="Times sent"),
    Column("next_at", DateTime(timezone=True), nullable=False, comment="Not sent before this instant"),
    Column(
        "lease_until",
        DateTime(timezone=True),
        comment="Somebody sends it now; past this instant it is sent again",
    ),
    Column("last_status", Integer, comment="HTTP status of the last answer; null without one"),
    Column("last_error", Text, comment="Why the last try failed"),
    Column("finished_at", DateTime(timezone=True), comment="Instant of delivery, or of giving up"),
    CheckConstraint("state IN ('waiting', 'delivered', 'given_up')", name="state"),
    Index(
        "callback_event_waiting_idx",
        "callback_id",
        "subject",
        "event_id",
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("callback_event_callback_id_idx", "callback_id", "event_id"),
    schema="registry",
    comment="Events on their way to programs: written with the fact, delivered at least once, in order within"
    " a subject",
)
