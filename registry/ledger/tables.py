"""Tables of the ledger, as migrations 0006 and 0021 make them."""

from sqlalchemy import (
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
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB

from data.tables import metadata

account = Table(
    "account",
    metadata,
    Column("account_id", Integer, primary_key=True, autoincrement=False, comment="Our key"),
    Column(
        "code",
        Text,
        nullable=False,
        unique=True,
        comment="Account code; after the point the county or channel",
    ),
    Column("name", Text, nullable=False, comment="Name in Chinese"),
    Column("class", Text, nullable=False, comment="A asset, L liability, R discharged, X expense"),
    Column("county_code", Text, comment="Six-digit county (GB/T 2260), if it is a county's"),
    Column("channel", Text, comment="Payment channel, if it is a channel's"),
    Column(
        "guard",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Whether the available balance may never be negative",
    ),
    Column(
        "valid",
        DATERANGE,
        nullable=False,
        server_default=text("'[2023-01-01,)'::daterange"),
        comment="Days on which it is open",
    ),
    CheckConstraint("class = ANY (ARRAY['A'::text, 'L'::text, 'R'::text, 'X'::text])", name="class"),
    CheckConstraint("code ~ '^[0-9]{4}([.][a-z0-9_]+)?$'::text", name="code"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    schema="money",
    comment="Chart of accounts (科目), append-only",
)

guard = Table(
    "guard",
    metadata,
    Column(
        "account_id",
        Integer,
        ForeignKey("money.account.account_id"),
        primary_key=True,
        autoincrement=False,
        comment="Guarded account",
    ),
    schema="money",
    comment="Row lock of each guarded account",
)

posting = Table(
    "posting",
    metadata,
    Column("posting_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("key", Text, nullable=False, unique=True, comment="Business key: one key, one effect"),
    Column(
        "body_sha256",
        LargeBinary,
        nullable=False,
        comment="SHA-256 of the input; the same key with another input is refused",
    ),
    Column("kind", Text, nullable=False, comment="What happened, such as pay, arrive, freeze"),
    Column("biz_date", Date, nullable=False, comment="Accounting day in Asia/Shanghai"),
    Column("event_at", DateTime(timezone=True), nullable=False, comment="Instant of the event"),
    Column(
        "inserted_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("clock_timestamp()"),
        comment="Instant of writing",
    ),
    Column("order_no", Text, comment="Payment order, if one"),
    Column("msg_id", Text, comment="Payout message, if one"),
    Column(
        "event_id",
        BigInteger,
        unique=True,
        comment="Channel event that caused it, if one",
    ),
    Column(
        "reverses",
        BigInteger,
        ForeignKey("money.posting.posting_id"),
        comment="Posting that this one reverses (冲正)",
    ),
    Column("actor", Text, nullable=False, comment="Sign-in name or program"),
    Column("n_rows", Integer, nullable=False, comment="Number of transfers"),
    Column("total_fen", BigInteger, nullable=False, comment="Sum of the transfers in fen"),
    CheckConstraint("length(body_sha256) = 32", name="body_sha256"),
    CheckConstraint("length(key) >= 3 AND length(key) <= 200", name="key"),
    CheckConstraint("n_rows >= 1 AND n_rows <= 100000", name="n_rows"),
    CheckConstraint("total_fen > 0", name="total_fen"),
    Index(
        "posting_biz_date_idx",
        "biz_date",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": True},
    ),
    Index("posting_msg_id_idx", "msg_id", postgresql_where=text("(msg_id IS NOT NULL)")),
    Index("posting_order_no_idx", "order_no", postgresql_where=text("(order_no IS NOT NULL)")),
    Index("posting_reverses_idx", "reverses", unique=True, postgresql_where=text("(reverses IS NOT NULL)")),
    schema="money",
    comment="Business events (记账事件), append-only; each has 1..n transfers",
)

transfer = Table(
    "transfer",
    metadata,
    Column("transfer_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("posting_id", BigInteger, nullable=False, comment="Event it belongs to"),
    Column("biz_date", Date, nullable=False, comment="Accounting day, as the posting's"),
    Column(
        "n_rows",
        Integer,
        nullable=False,
        comment="Number of transfers of the posting: no row can be added later",
    ),
    Column("seq", Integer, nullable=False, comment="Place in the posting, from 1"),
    Column("dr", Integer, nullable=False, comment="Debit account"),
    Column("cr", Integer, nullable=False, comment="Credit account"),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount in fen"),
    Column(
        "phase",
        Text,
        nullable=False,
        server_default=text("'FINAL'::text"),
        comment="FINAL, or PENDING resolved later by one POST or VOID",
    ),
    Column(
        "pending_id",
        BigInteger,
        ForeignKey("money.transfer.transfer_id"),
        comment="PENDING transfer that this one resolves",
    ),
    Column("line_id", BigInteger, comment="Order line, if one"),
    Column("decision_id", BigInteger, comment="County decision that chose the account, if one"),
    UniqueConstraint("posting_id", "seq", name="transfer_posting_id_seq_key"),
    CheckConstraint("amount_fen > 0 AND amount_fen <= '10000000000000'::bigint", name="amount_fen"),
    CheckConstraint(
        "phase = ANY (ARRAY['FINAL'::text, 'PENDING'::text, 'POST'::text, 'VOID'::text])", name="phase"
    ),
    CheckConstraint(
        "(phase = ANY (ARRAY['POST'::text, 'VOID'::text])) = (pending_id IS NOT NULL)", name="phase_pending"
    ),
    CheckConstraint("seq >= 1 AND seq <= n_rows", name="seq"),
    CheckConstraint("dr <> cr", name="sides"),
    Index(
        "transfer_biz_date_idx",
        "biz_date",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": True},
    ),
    Index("transfer_cr_idx", "cr", "biz_date"),
    Index("transfer_dr_idx", "dr", "biz_date"),
    Index("transfer_line_id_idx", "line_id", postgresql_where=text("(line_id IS NOT NULL)")),
    Index(
        "transfer_pending_id_idx",
        "pending_id",
        unique=True,
        postgresql_where=text("(pending_id IS NOT NULL)"),
    ),
    schema="money",
    comment="One debit, one credit, one amount (分录), append-only; balanced by construction",
)

day_seal = Table(
    "day_seal",
    metadata,
    Column("biz_date", Date, primary_key=True, comment="Accounting day; nothing is posted to it any more"),
    Column("n_rows", BigInteger, nullable=False, comment="Number of transfers"),
    Column(
        "sha256",
        LargeBinary,
        nullable=False,
        comment="SHA-256 over the day's transfers in order and the seal before",
    ),
    Column("prev_sha256", LargeBinary, nullable=False, comment="The seal before, zeros for the first"),
    Column("signature", LargeBinary, nullable=False, comment="Signature of sha256"),
    Column("algorithm", Text, nullable=False, comment="Signature algorithm"),
    Column("sealed_by", Text, nullable=False, comment="Sign-in name"),
    Column("sealed_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    CheckConstraint("length(prev_sha256) = 32", name="prev_sha256"),
    CheckConstraint("length(sha256) = 32", name="sha256"),
    schema="money",
    comment="Signed hash of all transfers of a day and of the seal before it, append-only",
)

balance_day = Table(
    "balance_day",
    metadata,
    Column(
        "account_id",
        Integer,
        ForeignKey("money.account.account_id"),
        primary_key=True,
        autoincrement=False,
        comment="Account",
    ),
    Column("biz_date", Date, ForeignKey("money.day_seal.biz_date"), primary_key=True, comment="Sealed day"),
    Column("dr_fen", BigInteger, nullable=False, comment="Debits posted, fen"),
    Column("cr_fen", BigInteger, nullable=False, comment="Credits posted, fen"),
    Column("pend_dr_fen", BigInteger, nullable=False, comment="Debits pending, fen"),
    Column("pend_cr_fen", BigInteger, nullable=False, comment="Credits pending, fen"),
    schema="money",
    comment="Sums of an account from the beginning to the end of a sealed day, append-only",
)

balance_over = Table(
    "balance_over",
    metadata,
    Column("biz_date", Date, primary_key=True, comment="Accounting day in Asia/Shanghai"),
    Column(
        "account_id",
        Integer,
        ForeignKey("money.account.account_id"),
        primary_key=True,
        autoincrement=False,
        comment="Account",
    ),
    Column("dr_fen", BigInteger, nullable=False, comment="Debits posted, fen"),
    Column("cr_fen", BigInteger, nullable=False, comment="Credits posted, fen"),
    Column("pend_dr_fen", BigInteger, nullable=False, comment="Debits pending, fen"),
    Column("pend_cr_fen", BigInteger, nullable=False, comment="Credits pending, fen"),
    schema="money",
    comment=(
        "Sums of an account to the end of a day that is over and not sealed; made anew when a later"
        " posting names the day"
    ),
)

period = Table(
    "period",
    metadata,
    Column("month", Date, primary_key=True, comment="First day of the month"),
    Column(
        "state", Text, nullable=False, server_default=text("'open'::text"), comment="open, closing or closed"
    ),
    Column("trial_sha256", LargeBinary, comment="SHA-256 of the trial balance at the close"),
    Column("signature", LargeBinary, comment="Signature of trial_sha256, once closed"),
    Column("algorithm", Text, comment="Signature algorithm"),
    Column("moved_by", Text, nullable=False, comment="Sign-in name of who brought it to its state"),
    Column(
        "moved_at", DateTime(timezone=True), nullable=False, comment="Instant of the last change of state"
    ),
    CheckConstraint("EXTRACT(day FROM month) = 1::numeric", name="month"),
    CheckConstraint("length(trial_sha256) = 32", name="trial_sha256"),
    CheckConstraint(
        "(state = 'closed'::text) = (num_nulls(trial_sha256, signature, algorithm) = 0)", name="closed_whole"
    ),
    CheckConstraint("state = ANY (ARRAY['open'::text, 'closing'::text, 'closed'::text])", name="state"),
    schema="money",
    comment="Accounting months; a month without a row is open",
)

books_check = Table(
    "books_check",
    metadata,
    Column("check_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column("occasion", Text, nullable=False, comment="close (before clearing), night, or hand"),
    Column(
        "after_day",
        Date,
        comment="Sealed day after which postings were looked at one by one; null for all",
    ),
    Column(
        "breaches",
        JSONB,
        nullable=False,
        comment="Array of [assertion, what breaks it]; empty when the books hold",
    ),
    CheckConstraint("occasion = ANY (ARRAY['close'::text, 'night'::text, 'hand'::text])", name="occasion"),
    CheckConstraint("jsonb_typeof(breaches) = 'array'::text", name="breaches"),
    schema="money",
    comment="Runs of the books' own assertions (账务自检), append-only",
)
