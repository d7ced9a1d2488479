"""Tables of channels beyond their events, as migration 0028 makes them."""

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
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from data.tables import metadata

_AT = DateTime(timezone=True)
_CHANNEL = "money.channel.channel"

channel_key = Table(
    "channel_key",
    metadata,
    Column("channel", Text, ForeignKey(_CHANNEL), primary_key=True, comment="Channel"),
    Column("kid", Text, primary_key=True, comment="Key id in the signature header"),
    Column("valid_from", _AT, nullable=False, comment="Instant from which it holds"),
    Column("valid_until", _AT, comment="Instant from which it holds no more; null while it holds"),
    Column("added_by", Text, nullable=False, comment="Sign-in name of who began the rotation"),
    Column("ended_by", Text, comment="Sign-in name of who finished it"),
    CheckConstraint("kid ~ '^[A-Za-z0-9_-]{1,32}$'::text", name="kid"),
    CheckConstraint("valid_until >= valid_from", name="validity"),
    CheckConstraint("(valid_until IS NULL) = (ended_by IS NULL)", name="ended"),
    schema="money",
    comment="Which keys of a channel hold when; the keys themselves stand in the keys folder",
)

payment_attempt = Table(
    "payment_attempt",
    metadata,
    Column("attempt_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("order_no", Text, ForeignKey("money.payment_order.order_no"), nullable=False, comment="Order"),
    Column("channel", Text, ForeignKey(_CHANNEL), nullable=False, comment="Channel"),
    Column("channel_txn", Text, nullable=False, comment="The channel's number of the payment"),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount asked in fen"),
    Column("started_at", _AT, nullable=False, comment="Instant"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'open'::text"),
        comment=(
            "open, paid or failed, as the channel says; a payment that comes by callback leaves it open until"
            " the next poll"
        ),
    ),
    Column("ended_at", _AT, comment="Instant from which it is not open"),
    UniqueConstraint("channel", "channel_txn", name="payment_attempt_channel_txn_key"),
    CheckConstraint("amount_fen > 0", name="amount_fen"),
    CheckConstraint("state = ANY (ARRAY['open'::text, 'paid'::text, 'failed'::text])", name="state"),
    CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
    Index(
        "payment_attempt_open_idx", "order_no", unique=True, postgresql_where=text("(state = 'open'::text)")
    ),
    schema="money",
    comment="Payments that payers began at a channel; one at a time of an order",
)

sandbox_payment = Table(
    "sandbox_payment",
    metadata,
    Column("channel", Text, ForeignKey(_CHANNEL), primary_key=True, comment="Channel"),
    Column("channel_txn", Text, primary_key=True, comment="The channel's number of the payment"),
    Column("payment_code", Text, nullable=False, comment="Payment code as the payer gave it"),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount in fen: asked while open, then taken"),
    Column("state", Text, nullable=False, comment="open, paid or failed"),
    Column("opened_at", _AT, nullable=False, comment="Instant the payer came"),
    Column("ended_at", _AT, comment="Instant it was paid or failed"),
    CheckConstraint("amount_fen > 0", name="amount_fen"),
    CheckConstraint("state = ANY (ARRAY['open'::text, 'paid'::text, 'failed'::text])", name="state"),
    CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
    Index("sandbox_payment_payment_code_idx", "channel", "payment_code"),
    Index(
        "sandbox_payment_ended_at_idx",
        "channel",
        "ended_at",
        postgresql_where=text("(state = 'paid'::text)"),
    ),
    schema="money",
    comment="Book of the sandbox channels: payments; no part of our books",
)

sandbox_notice = Table(
    "sandbox_notice",
    metadata,
    Column("notice_id", BigInteger, Identity(always=True), primary_key=True, comment="Key of the channels"),
    Column("channel", Text, ForeignKey(_CHANNEL), nullable=False, comment="Channel"),
    Column("channel_txn", Text, nullable=False, comment="Payment"),
    Column("kind", Text, nullable=False, comment="paid, refunded or failed"),
    Column("raw", LargeBinary, nullable=False, comment="Body"),
    Column("made_at", _AT, nullable=False, comment="Instant it was made"),
    Column("due_at", _AT, nullable=False, comment="Instant before which it is not sent (delay)"),
    Column(
        "behind", Boolean, nullable=False, comment="Whether it waits for a later one to go first (reordering)"
    ),
    Column("lost", Boolean, nullable=False, comment="Whether it is never sent (loss)"),
    Column("sent_at", _AT, comment="Instant of sending"),
    Column("answer", Text, comment="What we answered"),
    CheckConstraint("kind = ANY (ARRAY['paid'::text, 'refunded'::text, 'failed'::text])", name="kind"),
    Index(
        "sandbox_notice_unsent_idx",
        "notice_id",
        postgresql_where=text("((sent_at IS NULL) AND (NOT lost))"),
    ),
    schema="money",
    comment="Book of the sandbox channels: what they told us, and what a switch kept from us",
)

sandbox_switch = Table(
    "sandbox_switch",
    metadata,
    Column("switch_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("channel", Text, ForeignKey(_CHANNEL), nullable=False, comment="Channel"),
    Column("delay_s", Integer, nullable=False, comment="Seconds that a notice waits at most"),
    Column("duplicate_pct", Integer, nullable=False, comment="Per cent of notices sent twice"),
    Column(
        "reorder_pct", Integer, nullable=False, comment="Per cent of notices that let a later one go first"
    ),
    Column("lose_pct", Integer, nullable=False, comment="Per cent of notices never sent"),
    Column(
        "seed",
        BigInteger,
        nullable=False,
        comment="Seed of chance: the same payments have the same faults",
    ),
    Column("set_by", Text, nullable=False, comment="Sign-in name"),
    Column("set_at", _AT, nullable=False, comment="Instant from which it holds"),
    schema="money",
    comment=(
        "Faults of the sandbox channels, append-only; the last row of a channel holds, without one there are"
        " none"
    ),
)
