"""Tables of clearing and of the sandbox bank, as migrations 0006 and 0021 make them."""

from sqlalchemy import (
    BigInteger,
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

from data.tables import metadata

batch = Table(
    "batch",
    metadata,
    Column("batch_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("biz_date", Date, nullable=False, comment="Accounting day"),
    Column("seq", Integer, nullable=False, comment="Run of the day, from 1"),
    Column(
        "frozen_at",
        DateTime(timezone=True),
        nullable=False,
        comment="Instant of the cut: money arrived before it is in",
    ),
    Column("created_by", Text, nullable=False, comment="Sign-in name or program"),
    UniqueConstraint("biz_date", "seq", name="batch_biz_date_seq_key"),
    CheckConstraint("seq > 0", name="seq"),
    schema="money",
    comment="Clearing runs (清分批次) of a day, append-only; the state is that of the payouts",
)

payout = Table(
    "payout",
    metadata,
    Column("msg_id", Text, primary_key=True, comment="Message id towards the bank"),
    Column("batch_id", BigInteger, ForeignKey("money.batch.batch_id"), nullable=False, comment="Run"),
    Column("county_code", Text, nullable=False, comment="County that is paid"),
    Column("kind", Text, nullable=False, comment="nontax or tax; never netted"),
    Column(
        "attempt",
        Integer,
        nullable=False,
        comment="From 1; a rejected payment gets a new attempt and message id",
    ),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount in fen"),
    Column("n_items", Integer, nullable=False, comment="Number of order lines"),
    Column(
        "items_sha256",
        LargeBinary,
        nullable=False,
        comment="SHA-256 of the item list, told to the county in the remittance text",
    ),
    Column("creditor_name", Text, nullable=False, comment="Holder of the county's account, frozen"),
    Column("creditor_number", Text, nullable=False, comment="Account number, frozen"),
    Column("creditor_bank", Text, nullable=False, comment="Bank, frozen"),
    Column("creditor_cnaps", Text, nullable=False, comment="CNAPS number of the bank, frozen"),
    Column(
        "debit_pending_id",
        BigInteger,
        ForeignKey("money.transfer.transfer_id"),
        nullable=False,
        comment="Pending transfer out of the collection account",
    ),
    Column(
        "owed_pending_id",
        BigInteger,
        ForeignKey("money.transfer.transfer_id"),
        nullable=False,
        comment="Pending transfer that discharges the debt",
    ),
    Column("file_sha256", LargeBinary, comment="SHA-256 of the pain.001 file"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'planned'::text"),
        comment=(
            "planned, written, sent, unknown (no answer), acked, confirmed "
            "(debited), settled (county credited), rejected"
        ),
    ),
    Column("reason", Text, nullable=False, server_default=text("''::text"), comment="Reason of a rejection"),
    Column(
        "changed_at", DateTime(timezone=True), nullable=False, comment="Instant of the last change of state"
    ),
    Column(
        "execute_on",
        Date,
        nullable=False,
        comment="Day on which the bank is asked to pay: a day on which it works",
    ),
    Column(
        "items_signature",
        LargeBinary,
        comment="Signature of the item list (CSV), null until it is written",
    ),
    Column("items_algorithm", Text, comment="Signature algorithm"),
    UniqueConstraint(
        "batch_id", "county_code", "kind", "attempt", name="payout_batch_id_county_code_kind_attempt_key"
    ),
    CheckConstraint("amount_fen > 0", name="amount_fen"),
    CheckConstraint("attempt > 0", name="attempt"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    CheckConstraint("length(file_sha256) = 32", name="file_sha256"),
    CheckConstraint("length(items_sha256) = 32", name="items_sha256"),
    CheckConstraint("(items_signature IS NULL) = (items_algorithm IS NULL)", name="items_signed"),
    CheckConstraint("kind = ANY (ARRAY['nontax'::text, 'tax'::text])", name="kind"),
    CheckConstraint("msg_id ~ '^[A-Z0-9]{10,35}$'::text", name="msg_id"),
    CheckConstraint("n_items > 0", name="n_items"),
    CheckConstraint(
        (
            "state = ANY (ARRAY['planned'::text, 'written'::text, 'sent'::text, "
            "'unknown'::text, 'acked'::text, 'confirmed'::text, 'settled'::text, "
            "'rejected'::text])"
        ),
        name="state",
    ),
    Index(
        "payout_live_key",
        "batch_id",
        "county_code",
        "kind",
        unique=True,
        postgresql_where=text("(state <> 'rejected'::text)"),
    ),
    schema="money",
    comment="Payments (划拨) of a run: one county and kind each",
)

batch_item = Table(
    "batch_item",
    metadata,
    Column(
        "line_id",
        BigInteger,
        ForeignKey("money.order_line.line_id"),
        primary_key=True,
        autoincrement=False,
        comment="Order line",
    ),
    Column("batch_id", BigInteger, ForeignKey("money.batch.batch_id"), nullable=False, comment="Run"),
    Column("county_code", Text, nullable=False, comment="County that is owed"),
    Column("kind", Text, nullable=False, comment="nontax or tax"),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount in fen"),
    CheckConstraint("amount_fen > 0", name="amount_fen"),
    CheckConstraint("kind = ANY (ARRAY['nontax'::text, 'tax'::text])", name="kind"),
    Index("batch_item_batch_id_idx", "batch_id", "county_code", "kind"),
    schema="money",
    comment="Order lines of a run, append-only; a line is in one run only",
)

day_sign = Table(
    "day_sign",
    metadata,
    Column("biz_date", Date, primary_key=True, comment="Accounting day"),
    Column("county_code", Text, primary_key=True, comment="County"),
    Column("sheet_sha256", LargeBinary, primary_key=True, comment="SHA-256 of the figures that were signed"),
    Column("signed_by", Text, nullable=False, comment="Sign-in name"),
    Column("signed_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    CheckConstraint("length(sheet_sha256) = 32", name="sheet_sha256"),
    schema="money",
    comment="Counties' signatures under the day sheet (双方确认), append-only",
)

sandbox_bank_order = Table(
    "sandbox_bank_order",
    metadata,
    Column("msg_id", Text, primary_key=True, comment="Message id"),
    Column("sha256", LargeBinary, nullable=False, comment="SHA-256 of the message"),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount in fen"),
    Column("creditor_number", Text, nullable=False, comment="Account to credit"),
    Column(
        "state",
        Text,
        nullable=False,
        comment="lost (never reached the bank), received, debited, credited or rejected",
    ),
    Column("reason", Text, nullable=False, server_default=text("''::text"), comment="Reason of a rejection"),
    Column("submissions", Integer, nullable=False, server_default=text("1"), comment="Times it was sent in"),
    Column("received_at", DateTime(timezone=True), nullable=False, comment="Instant of first receipt"),
    Column("execute_on", Date, nullable=False, comment="Requested day of execution"),
    Column(
        "executions",
        Integer,
        nullable=False,
        server_default=text("1"),
        comment="Times it was taken for payment; a careless bank takes each submission",
    ),
    Column(
        "told",
        Text,
        nullable=False,
        server_default=text("''::text"),
        comment="State it last sent a message about, empty for none",
    ),
    CheckConstraint(
        (
            "state = ANY (ARRAY['lost'::text, 'received'::text, 'debited'::text, "
            "'credited'::text, 'rejected'::text])"
        ),
        name="state",
    ),
    schema="money",
    comment="Book of the sandbox bank: what it was asked to pay; no part of our books",
)

bank_message = Table(
    "bank_message",
    metadata,
    Column("message_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("kind", Text, nullable=False, comment="pain.002 (status) or camt.054 (debit or credit)"),
    Column("ref", Text, nullable=False, comment="The bank's own number of the message"),
    Column(
        "sha256",
        LargeBinary,
        nullable=False,
        unique=True,
        comment="SHA-256 of the message; the same bytes again change nothing",
    ),
    Column("raw", LargeBinary, nullable=False, comment="Message"),
    Column("received_by", Text, nullable=False, comment="Sign-in name or program"),
    Column("received_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    CheckConstraint("kind = ANY (ARRAY['pain.002'::text, 'camt.054'::text])", name="kind"),
    CheckConstraint("length(sha256) = 32", name="sha256"),
    schema="money",
    comment="Reports of the bank on payouts (pain.002, camt.054) as they came, append-only",
)

bank_report = Table(
    "bank_report",
    metadata,
    Column(
        "message_id",
        BigInteger,
        ForeignKey("money.bank_message.message_id"),
        primary_key=True,
        autoincrement=False,
        comment="Message",
    ),
    Column("seq", Integer, primary_key=True, autoincrement=False, comment="Place in the message, from 1"),
    Column(
        "msg_id",
        Text,
        nullable=False,
        comment="Message id of the payout it speaks of, as the bank wrote it",
    ),
    Column("state", Text, nullable=False, comment="received, debited, credited or rejected"),
    Column(
        "entry_ref",
        Text,
        nullable=False,
        server_default=text("''::text"),
        comment="The bank's reference of the entry",
    ),
    Column("amount_fen", BigInteger, comment="Amount in fen, if it says one"),
    Column("reason", Text, nullable=False, server_default=text("''::text"), comment="Reason of a rejection"),
    Column(
        "result",
        Text,
        nullable=False,
        comment="applied, known (nothing new), or break (a difference was opened)",
    ),
    CheckConstraint("seq > 0", name="seq"),
    CheckConstraint(
        "state = ANY (ARRAY['received'::text, 'debited'::text, 'credited'::text, 'rejected'::text])",
        name="state",
    ),
    CheckConstraint("result = ANY (ARRAY['applied'::text, 'known'::text, 'break'::text])", name="result"),
    Index("bank_report_msg_id_idx", "msg_id"),
    schema="money",
    comment="What the bank's messages say of payouts, and what it led to, append-only",
)
