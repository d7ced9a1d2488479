"""Tables of statements of banks and channels, and of the kinds of differences."""

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

statement = Table(
    "statement",
    metadata,
    Column("statement_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("account", Text, nullable=False, comment="Account number"),
    Column("statement_ref", Text, nullable=False, comment="The bank's number of the statement"),
    Column("format", Text, nullable=False, comment="camt.053 or csv"),
    Column("sha256", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the file"),
    Column("raw", LargeBinary, nullable=False, comment="File"),
    Column("opening_fen", BigInteger, comment="Opening balance in fen"),
    Column("closing_fen", BigInteger, comment="Closing balance in fen"),
    Column("loaded_by", Text, nullable=False, comment="Sign-in name"),
    Column("loaded_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column("from_on", Date, comment="First day it covers; null for one without entries and balances"),
    Column("to_on", Date, comment="Last day it covers"),
    Column(
        "seq_no",
        BigInteger,
        comment="The bank's running number of the account's statements, where it gives one",
    ),
    UniqueConstraint("account", "statement_ref", name="statement_account_statement_ref_key"),
    CheckConstraint("from_on <= to_on", name="days"),
    CheckConstraint("format = ANY (ARRAY['camt.053'::text, 'csv'::text])", name="format"),
    CheckConstraint("length(sha256) = 32", name="sha256"),
    schema="money",
    comment="Bank statements as they came, append-only",
)

statement_entry = Table(
    "statement_entry",
    metadata,
    Column(
        "statement_id",
        BigInteger,
        ForeignKey("money.statement.statement_id"),
        primary_key=True,
        autoincrement=False,
        comment="Statement",
    ),
    Column("seq", Integer, primary_key=True, autoincrement=False, comment="Place, from 1"),
    Column("booked_on", Date, nullable=False, comment="Booking day"),
    Column(
        "amount_fen", BigInteger, nullable=False, comment="Amount in fen: positive credit, negative debit"
    ),
    Column("reference", Text, nullable=False, comment="EndToEndId, message id or settlement reference"),
    Column(
        "counterparty",
        Text,
        nullable=False,
        server_default=text("''::text"),
        comment="Account number of the other side",
    ),
    CheckConstraint("amount_fen <> 0", name="amount_fen"),
    Index("statement_entry_reference_idx", "reference"),
    schema="money",
    comment="Entries of bank statements, append-only",
)

channel_statement = Table(
    "channel_statement",
    metadata,
    Column("statement_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("channel", Text, ForeignKey("money.channel.channel"), nullable=False, comment="Channel"),
    Column("stated_on", Date, nullable=False, comment="Day of the channel, Asia/Shanghai"),
    Column("sha256", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the file"),
    Column("raw", LargeBinary, nullable=False, comment="File"),
    Column(
        "net_fen",
        BigInteger,
        nullable=False,
        comment="Paid less refunded in fen, before fees, as the file says and its lines add up to",
    ),
    Column("fee_fen", BigInteger, nullable=False, comment="Fees of the day in fen"),
    Column("loaded_by", Text, nullable=False, comment="Sign-in name"),
    Column("loaded_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    UniqueConstraint("channel", "stated_on", name="channel_statement_channel_stated_on_key"),
    CheckConstraint("fee_fen >= 0", name="fee_fen"),
    CheckConstraint("length(sha256) = 32", name="sha256"),
    schema="money",
    comment="Day statements of payment channels as they came, append-only",
)

channel_statement_line = Table(
    "channel_statement_line",
    metadata,
    Column(
        "statement_id",
        BigInteger,
        ForeignKey("money.channel_statement.statement_id"),
        primary_key=True,
        autoincrement=False,
        comment="Statement",
    ),
    Column("seq", Integer, primary_key=True, autoincrement=False, comment="Place, from 1"),
    Column("channel_txn", Text, nullable=False, comment="The channel's number of the payment"),
    Column("kind", Text, nullable=False, comment="paid or refunded"),
    Column("payment_code", Text, nullable=False, comment="Payment code as the channel knows it"),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount in fen"),
    Column("fee_fen", BigInteger, nullable=False, comment="Fee of the channel in fen"),
    Column(
        "occurred_at",
        DateTime(timezone=True),
        nullable=False,
        comment="Instant of the payment by the channel",
    ),
    Column(
        "refund_id",
        Text,
        comment=(
            "Number by which the channel knows the refund: our instruction, or its own where it acted alone;"
            " null where it tells none"
        ),
    ),
    CheckConstraint(
        "refund_id IS NULL OR refund_id <> ''::text AND kind = 'refunded'::text", name="refund_id"
    ),
    CheckConstraint("amount_fen > 0", name="amount_fen"),
    CheckConstraint("fee_fen >= 0", name="fee_fen"),
    CheckConstraint("kind = ANY (ARRAY['paid'::text, 'refunded'::text])", name="kind"),
    Index("channel_statement_line_channel_txn_idx", "channel_txn"),
    Index(
        "channel_statement_line_once_idx",
        "statement_id",
        "kind",
        "channel_txn",
        text("COALESCE(refund_id, ''::text)"),
        unique=True,
    ),
    schema="money",
    comment="Lines of channels' day statements, append-only",
)

break_type = Table(
    "break_type",
    metadata,
    Column("type", Text, primary_key=True, comment="Kind"),
    Column(
        "books",
        Text,
        nullable=False,
        comment="Books that differ: C channel, L ledger, B bills, K bank, or the books alone",
    ),
    Column("side", Text, nullable=False, comment="Who settles it: city, or the county it concerns"),
    Column("due_workdays", Integer, nullable=False, comment="Working days from its opening until it is due"),
    CheckConstraint("side = ANY (ARRAY['city'::text, 'county'::text])", name="side"),
    CheckConstraint("due_workdays = ANY (ARRAY[0, 1, 3, 7])", name="due_workdays"),
    schema="money",
    comment="Kinds of differences: who settles them and within how long",
)

head = Table(
    "head",
    metadata,
    Column(
        "head_on",
        Date,
        primary_key=True,
        comment="Last day it covers (Asia/Shanghai); it covers all that was written until it was made",
    ),
    Column("change_id", BigInteger, nullable=False, comment="Last row of map.change covered, 0 for none"),
    Column(
        "version_id",
        BigInteger,
        nullable=False,
        comment="Last row of spatial.parcel_version covered, 0 for none",
    ),
    Column(
        "lineage_id", BigInteger, nullable=False, comment="Last row of spatial.lineage covered, 0 for none"
    ),
    Column("rrr_id", BigInteger, nullable=False, comment="Last row of registry.rrr covered, 0 for none"),
    Column("end_id", BigInteger, nullable=False, comment="Last row of registry.rrr_end covered, 0 for none"),
    Column("n_rows", BigInteger, nullable=False, comment="Number of rows covered"),
    Column(
        "sha256",
        LargeBinary,
        nullable=False,
        comment="SHA-256 over the head before, the day and the rows in order",
    ),
    Column("prev_sha256", LargeBinary, nullable=False, comment="The head before, zeros for the first"),
    Column("signature", LargeBinary, nullable=False, comment="Signature of sha256"),
    Column("algorithm", Text, nullable=False, comment="Signature algorithm"),
    Column("made_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    CheckConstraint("n_rows >= 0", name="n_rows"),
    CheckConstraint("length(sha256) = 32", name="sha256"),
    CheckConstraint("length(prev_sha256) = 32", name="prev_sha256"),
    schema="registry",
    comment="Signed hash of what the register wrote since the head before, chained, append-only",
)
