"""Tables of orders, channel events, refunds and differences, as migration 0006 makes them."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
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
from sqlalchemy.dialects.postgresql import JSONB

import registry.payments.tables_channels
import registry.payments.tables_refunds
import registry.payments.tables_tax  # noqa: F401  one metadata, four files
from data.tables import metadata

payment_order = Table(
    "payment_order",
    metadata,
    Column("order_no", Text, primary_key=True, comment="Order number"),
    Column(
        "payment_code",
        Text,
        unique=True,
        comment="20-digit payment code (缴款码), last digit is a check digit; null when nothing is owed",
    ),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'draft'::text"),
        comment="Projection of order_event, written by its trigger only",
    ),
    Column("amount_fen", BigInteger, nullable=False, comment="Sum of the lines in fen, frozen at issue"),
    Column("payer_name", Text, nullable=False, comment="Payer (缴款人)"),
    Column(
        "payer_kind", Text, nullable=False, server_default=text("'person'::text"), comment="person or unit"
    ),
    Column("payer_code", Text, comment="Unified social credit code of a unit; not kept for persons"),
    Column("payer_last4", Text, comment="Last four characters of the identity number, to look the order up"),
    Column("accept_office", Text, nullable=False, comment="Office that accepted the case (受理地)"),
    Column("county_codes", ARRAY(Text), nullable=False, comment="Counties of the lines"),
    Column("created_by", Text, nullable=False, comment="Sign-in name of who issued it"),
    Column("issued_at", DateTime(timezone=True), nullable=False, comment="Instant of issue"),
    Column(
        "expires_at",
        DateTime(timezone=True),
        nullable=False,
        comment="Payments that happen later go to suspense",
    ),
    CheckConstraint("amount_fen >= 0 AND amount_fen <= '10000000000000'::bigint", name="amount_fen"),
    CheckConstraint("(amount_fen = 0) = (payment_code IS NULL)", name="code_when_owed"),
    CheckConstraint("order_no ~ '^O[0-9]{16,20}$'::text", name="order_no"),
    CheckConstraint("payer_kind = ANY (ARRAY['person'::text, 'unit'::text])", name="payer_kind"),
    CheckConstraint("payment_code ~ '^[0-9]{20}$'::text", name="payment_code"),
    Index("payment_order_issued_at_idx", "issued_at"),
    Index(
        "payment_order_open_idx",
        "state",
        "issued_at",
        postgresql_where=text(
            "(state = ANY (ARRAY['issued'::text, 'paying'::text, 'paid'::text, 'refunding'::text]))"
        ),
    ),
    schema="money",
    comment="Payment orders (缴费单)",
)

order_line = Table(
    "order_line",
    metadata,
    Column("line_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("order_no", Text, ForeignKey("money.payment_order.order_no"), nullable=False, comment="Order"),
    Column("line_no", Integer, nullable=False, comment="Place in the order, from 1"),
    Column("kind", Text, nullable=False, comment="fee (non-tax revenue of the county) or tax (treasury)"),
    Column("item_code", Text, nullable=False, comment="Fee item or tax code"),
    Column("name", Text, nullable=False, comment="Name of the item"),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount in fen"),
    Column("rule_id", Text, nullable=False, comment="Tariff rule or tax assessment number"),
    Column(
        "reason", Text, nullable=False, server_default=text("''::text"), comment="Why this amount (减免原因)"
    ),
    Column("case_no", Text, nullable=False, comment="Case"),
    Column("source", Text, nullable=False, comment="Which fee line or assessment of the case"),
    Column("unit_code", Text, comment="28-character real-estate unit code"),
    Column("parcel_code", Text, comment="19-character parcel code"),
    Column("county_code", Text, nullable=False, comment="County that is owed, as decided"),
    Column(
        "decision_id",
        BigInteger,
        ForeignKey("spatial.county_decision.decision_id"),
        nullable=False,
        comment="County decision with its evidence",
    ),
    Column("accept_office", Text, nullable=False, comment="Office that accepted the case"),
    Column("place", Geometry("POINT", srid=4547), comment="Point of the unit, EPSG:4547 (E, N) metres"),
    Column(
        "reason_en",
        Text,
        nullable=False,
        server_default=text("''::text"),
        comment="Why this amount, English",
    ),
    UniqueConstraint("order_no", "line_no", name="order_line_order_no_line_no_key"),
    CheckConstraint("amount_fen >= 0 AND amount_fen <= '10000000000000'::bigint", name="amount_fen"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    CheckConstraint("kind = ANY (ARRAY['fee'::text, 'tax'::text])", name="kind"),
    CheckConstraint("line_no > 0", name="line_no"),
    Index("order_line_case_no_idx", "case_no"),
    Index("order_line_county_code_idx", "county_code"),
    Index("order_line_decision_id_idx", "decision_id"),
    Index("order_line_parcel_code_idx", "parcel_code"),
    schema="money",
    comment="Lines of an order (收费明细), append-only; the county is frozen with its evidence",
)

order_claim = Table(
    "order_claim",
    metadata,
    Column("case_no", Text, primary_key=True, comment="Case"),
    Column("source", Text, primary_key=True, comment="Fee line or assessment of the case"),
    Column(
        "order_no", Text, ForeignKey("money.payment_order.order_no"), nullable=False, comment="Live order"
    ),
    Index("order_claim_order_no_idx", "order_no"),
    schema="money",
    comment="Which live order asks for a fee line: nobody is asked twice",
)

order_event = Table(
    "order_event",
    metadata,
    Column("order_no", Text, primary_key=True, comment="Order"),
    Column(
        "seq",
        BigInteger,
        Identity(always=False, start=1000),
        primary_key=True,
        comment="Rising; the order's row is locked when an event is written",
    ),
    Column("from_state", Text, nullable=False, comment="State before"),
    Column("to_state", Text, nullable=False, comment="State after"),
    Column("at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column("actor", Text, nullable=False, comment="Sign-in name or program"),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb"), comment="Further facts"),
    CheckConstraint("money.may_follow(from_state, to_state)", name="transition"),
    schema="money",
    comment="Changes of state of an order, append-only; the state is their projection",
)

channel = Table(
    "channel",
    metadata,
    Column("channel", Text, primary_key=True, comment="Key in the address of the callback"),
    Column("name", Text, nullable=False, comment="Name in Chinese"),
    Column("sandbox", Boolean, nullable=False, comment="Not a real channel"),
    Column(
        "kind",
        Text,
        nullable=False,
        comment=(
            "How a payer pays there: direct (signed events only), wechat, alipay, unionpay, pos (a window's"
            " terminal) or transfer (to the collection account)"
        ),
    ),
    Column("name_en", Text, nullable=False, comment="Name in English"),
    CheckConstraint("channel ~ '^[a-z][a-z0-9_]*$'::text", name="channel"),
    CheckConstraint("kind IN ('direct', 'wechat', 'alipay', 'unionpay', 'pos', 'transfer')", name="kind"),
    schema="money",
    comment="Payment channels, append-only; live is one that has a key",
)

channel_event = Table(
    "channel_event",
    metadata,
    Column("event_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("channel", Text, nullable=False, comment="Channel"),
    Column(
        "channel_txn", Text, comment="The channel's number of the payment; null when unreadable or unsigned"
    ),
    Column("kind", Text, comment="paid, refunded or failed"),
    Column("payment_code", Text, comment="Payment code in the message"),
    Column("amount_fen", BigInteger, comment="Amount in the message, fen"),
    Column("occurred_at", DateTime(timezone=True), comment="Instant of the payment by the channel"),
    Column("received_at", DateTime(timezone=True), nullable=False, comment="Instant of receipt"),
    Column("raw", LargeBinary, nullable=False, comment="Body, at most 8 KiB when the signature was bad"),
    Column("headers", JSONB, nullable=False, comment="Signature header"),
    Column(
        "sig_ok", Boolean, nullable=False, comment="Whether the signature was good; if not, nothing followed"
    ),
    Column("body_sha256", LargeBinary, nullable=False, comment="SHA-256 of the body"),
    Column(
        "source",
        Text,
        nullable=False,
        server_default=text("'callback'::text"),
        comment=(
            "How we learnt of it: callback, poll (we asked the channel), return (asked as the payer came"
            " back) or statement (a line of its day statement)"
        ),
    ),
    CheckConstraint("source IN ('callback', 'poll', 'return', 'statement')", name="source"),
    UniqueConstraint(
        "channel",
        "channel_txn",
        "kind",
        "body_sha256",
        name="channel_event_channel_channel_txn_kind_body_sha256_key",
    ),
    CheckConstraint("length(body_sha256) = 32", name="body_sha256"),
    CheckConstraint("kind = ANY (ARRAY['paid'::text, 'refunded'::text, 'failed'::text])", name="kind"),
    Index(
        "channel_event_occurred_at_idx",
        "occurred_at",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": True},
    ),
    Index("channel_event_refunded_idx", "payment_code", postgresql_where=text("(kind = 'refunded'::text)")),
    schema="money",
    comment="What channels sent, as it came, append-only",
)

event_result = Table(
    "event_result",
    metadata,
    Column(
        "event_id",
        BigInteger,
        ForeignKey("money.channel_event.event_id"),
        primary_key=True,
        autoincrement=False,
        comment="Event",
    ),
    Column(
        "result",
        Text,
        nullable=False,
        comment="accepted, conflict, suspense, unapplied, or duplicate (another source told the same before)",
    ),
    Column("reason", Text, nullable=False, comment="Why"),
    Column("order_no", Text, comment="Order, if one"),
    Column("at", DateTime(timezone=True), nullable=False, comment="Instant"),
    CheckConstraint(
        "result IN ('accepted', 'conflict', 'suspense', 'unapplied', 'duplicate')",
        name="result",
    ),
    schema="money",
    comment="What became of an event that is not a plain payment, append-only",
)

break_ = Table(
    "break",
    metadata,
    Column("break_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("key", Text, nullable=False, unique=True, comment="Business key: one difference, one row"),
    Column("type", Text, nullable=False, comment="Kind of difference"),
    Column("biz_date", Date, nullable=False, comment="Accounting day"),
    Column("county_code", Text, comment="County concerned, if one"),
    Column("order_no", Text, comment="Order, if one"),
    Column(
        "event_id", BigInteger, ForeignKey("money.channel_event.event_id"), comment="Channel event, if one"
    ),
    Column("msg_id", Text, comment="Payout message, if one"),
    Column("amount_fen", BigInteger, nullable=False, server_default=text("0"), comment="Amount in fen"),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb"), comment="Further facts"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'open'::text"),
        comment="open, assigned, explained, resolved or confirmed",
    ),
    Column("owner", Text, comment="Who works on it"),
    Column("opened_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column(
        "side",
        Text,
        nullable=False,
        server_default=text("'city'::text"),
        comment="Who settles it: city, or the county it concerns",
    ),
    Column("due_on", Date, nullable=False, comment="Day by which it shall be settled"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    CheckConstraint("side = ANY (ARRAY['city'::text, 'county'::text])", name="side"),
    CheckConstraint(
        (
            "state = ANY (ARRAY['open'::text, 'assigned'::text, 'explained'::text, "
            "'resolved'::text, 'confirmed'::text])"
        ),
        name="state",
    ),
    Index("break_biz_date_idx", "biz_date", "break_id"),
    Index(
        "break_unsettled_idx",
        "due_on",
        postgresql_where=text("(state = ANY (ARRAY['open'::text, 'assigned'::text, 'explained'::text]))"),
    ),
    schema="money",
    comment="Differences (差错) that a person must settle",
)

break_action = Table(
    "break_action",
    metadata,
    Column("action_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("break_id", BigInteger, ForeignKey("money.break.break_id"), nullable=False, comment="Difference"),
    Column("action", Text, nullable=False, comment="Action"),
    Column("comment", Text, nullable=False, comment="Words"),
    Column(
        "posting_id",
        BigInteger,
        ForeignKey("money.posting.posting_id"),
        comment="Posting that settles it, if one",
    ),
    Column("actor", Text, nullable=False, comment="Sign-in name or program"),
    Column("at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column("document", Text, comment="Number of the document that settles it, if no posting does"),
    Column("county_code", Text, comment="County of who acted; null for the city"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    Index("break_action_break_id_idx", "break_id"),
    schema="money",
    comment="What was done about a difference, append-only",
)
