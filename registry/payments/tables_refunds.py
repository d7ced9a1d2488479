"""Tables of refunds, as migrations 0006, 0027 and 0028 make them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from data.tables import metadata

_AT = DateTime(timezone=True)

refund = Table(
    "refund",
    metadata,
    Column("refund_no", Text, primary_key=True, comment="Number"),
    Column(
        "order_no",
        Text,
        ForeignKey("money.payment_order.order_no"),
        comment="Order; of suspense money the order it was meant for, if one",
    ),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount in fen"),
    Column("cause", Text, nullable=False, comment="Code of the cause"),
    Column("reason", Text, nullable=False, comment="Words of who asked"),
    Column(
        "requested_by",
        Text,
        nullable=False,
        comment="Sign-in name or channel; payer for who has the payment code",
    ),
    Column("requested_at", _AT, nullable=False, comment="Instant"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'requested'::text"),
        comment=(
            "requested, rejected, approved (red bills first), returning (counties pay back), paying,"
            " failed (the channel refused), done"
        ),
    ),
    Column("done_at", _AT, comment="Instant of the end"),
    Column(
        "suspended_id",
        BigInteger,
        ForeignKey("money.posting.posting_id"),
        comment="Posting that put the money into suspense; null for a refund of an order",
    ),
    Column("channel", Text, comment="Channel the money came by and goes back by (原路退回)"),
    Column("channel_txn", Text, comment="The channel's number of the payment"),
    Column(
        "whole",
        Boolean,
        nullable=False,
        server_default=text("true"),
        comment="Whether nothing of the order is left",
    ),
    Column("decided_by", Text, comment="Who approved or rejected; never who asked"),
    Column("decided_at", _AT, comment="Instant of the decision"),
    Column("decision", Text, nullable=False, server_default=text("''::text"), comment="Words of who decided"),
    Column(
        "attempts",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="How often the channel was asked to pay",
    ),
    Column(
        "last_error",
        Text,
        nullable=False,
        server_default=text("''::text"),
        comment="Why the last attempt failed",
    ),
    Column(
        "checked_by", Text, comment="Who of the staff looked at what a payer asks for, before another decides"
    ),
    Column("checked_at", _AT, comment="Instant of that"),
    CheckConstraint("amount_fen > 0", name="amount_fen"),
    CheckConstraint("(checked_by IS NULL) = (checked_at IS NULL)", name="checked"),
    CheckConstraint(
        (
            "requested_by <> 'payer' OR state IN ('requested', 'rejected')"
            " OR checked_by IS NOT NULL AND checked_by <> decided_by"
        ),
        name="payer_two_persons",
    ),
    CheckConstraint("attempts >= 0", name="attempts"),
    CheckConstraint("(state = 'requested'::text) = (decided_by IS NULL)", name="decided"),
    CheckConstraint("decided_by <> requested_by", name="two_persons"),
    CheckConstraint("order_no IS NOT NULL OR suspended_id IS NOT NULL", name="subject"),
    CheckConstraint(
        (
            "state = ANY (ARRAY['requested'::text, 'rejected'::text, 'approved'::text, 'returning'::text,"
            " 'paying'::text, 'failed'::text, 'done'::text])"
        ),
        name="state",
    ),
    Index(
        "refund_order_live_idx",
        "order_no",
        unique=True,
        postgresql_where=text(
            "((state <> ALL (ARRAY['rejected'::text, 'done'::text])) AND (suspended_id IS NULL))"
        ),
    ),
    Index("refund_order_no_idx", "order_no"),
    Index("refund_payment_idx", "channel", "channel_txn"),
    Index(
        "refund_suspended_idx",
        "suspended_id",
        unique=True,
        postgresql_where=text("(state <> 'rejected'::text)"),
    ),
    schema="money",
    comment="Refunds (退付): of an order, of lines of it, or of money in suspense",
)

refund_line = Table(
    "refund_line",
    metadata,
    Column("refund_no", Text, ForeignKey("money.refund.refund_no"), primary_key=True, comment="Refund"),
    Column(
        "line_id",
        BigInteger,
        ForeignKey("money.order_line.line_id"),
        primary_key=True,
        autoincrement=False,
        comment="Order line",
    ),
    Column("county_code", Text, nullable=False, comment="County that was owed, and gives back"),
    Column("kind", Text, nullable=False, comment="nontax or tax; never netted"),
    Column(
        "amount_fen", BigInteger, nullable=False, comment="Amount in fen, at most what is left of the line"
    ),
    CheckConstraint("amount_fen > 0", name="amount_fen"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    CheckConstraint("kind = ANY (ARRAY['nontax'::text, 'tax'::text])", name="kind"),
    Index("refund_line_line_id_idx", "line_id"),
    schema="money",
    comment="What of which order line a refund gives back, append-only",
)

county_return = Table(
    "county_return",
    metadata,
    Column("refund_no", Text, ForeignKey("money.refund.refund_no"), primary_key=True, comment="Refund"),
    Column("county_code", Text, primary_key=True, comment="County that gives back"),
    Column("kind", Text, primary_key=True, comment="nontax or tax; never netted"),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount in fen"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'asked'::text"),
        comment="asked, sent (left the county's account) or arrived (in the collection account)",
    ),
    Column(
        "reference",
        Text,
        nullable=False,
        server_default=text("''::text"),
        comment="The county's number of its payment (退付凭证号)",
    ),
    Column("sent_by", Text, comment="Sign-in name of the county's finance"),
    Column("sent_at", _AT, comment="Instant it left"),
    Column("arrived_at", _AT, comment="Instant it arrived"),
    CheckConstraint("amount_fen > 0", name="amount_fen"),
    CheckConstraint("(state = 'arrived'::text) = (arrived_at IS NOT NULL)", name="arrived"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    CheckConstraint("kind = ANY (ARRAY['nontax'::text, 'tax'::text])", name="kind"),
    CheckConstraint(
        "(state = 'asked'::text) = (sent_by IS NULL) AND (sent_by IS NULL) = (sent_at IS NULL)", name="sent"
    ),
    CheckConstraint("state = ANY (ARRAY['asked'::text, 'sent'::text, 'arrived'::text])", name="state"),
    schema="money",
    comment="What counties give back of money that had been cleared to them (退付)",
)

sandbox_refund = Table(
    "sandbox_refund",
    metadata,
    Column("instruction", Text, primary_key=True, comment="Our number of the refund and attempt; paid once"),
    Column("channel", Text, nullable=False, comment="Channel"),
    Column("channel_txn", Text, nullable=False, comment="Payment that is paid back"),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount in fen"),
    Column("state", Text, nullable=False, comment="received, done or failed"),
    Column("reason", Text, nullable=False, server_default=text("''::text"), comment="Reason of a failure"),
    Column("submissions", Integer, nullable=False, server_default=text("1"), comment="Times it was sent in"),
    Column("received_at", _AT, nullable=False, comment="Instant of first receipt"),
    CheckConstraint("amount_fen > 0", name="amount_fen"),
    CheckConstraint("state = ANY (ARRAY['received'::text, 'done'::text, 'failed'::text])", name="state"),
    schema="money",
    comment="Book of the sandbox channels: what they were asked to pay back; no part of our books",
)
