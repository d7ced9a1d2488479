"""Tables of bank statements, as migration 0006 makes them."""

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
    UniqueConstraint("account", "statement_ref", name="statement_account_statement_ref_key"),
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
