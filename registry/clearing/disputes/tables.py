"""Tables of disputes, as migrations 0029 and 0036 make them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
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

dispute_transition = Table(
    "dispute_transition",
    metadata,
    Column("from_state", Text, primary_key=True, comment="State before; none at first"),
    Column("to_state", Text, primary_key=True, comment="State after"),
    schema="money",
    comment="Changes of state that a dispute may make",
)

dispute = Table(
    "dispute",
    metadata,
    Column("dispute_no", Text, primary_key=True, comment="Number: order, line, how manieth"),
    Column(
        "line_id",
        BigInteger,
        ForeignKey("money.order_line.line_id"),
        nullable=False,
        comment="Order line in dispute",
    ),
    Column(
        "order_no",
        Text,
        ForeignKey("money.payment_order.order_no"),
        nullable=False,
        comment="Order of the line",
    ),
    Column("county_code", Text, nullable=False, comment="County the line was decided for"),
    Column("claimed_county", Text, nullable=False, comment="County to which it shall belong"),
    Column("kind", Text, nullable=False, comment="nontax or tax; never netted"),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount of the line in fen"),
    Column("reason", Text, nullable=False, comment="Words of who raised it"),
    Column("basis_doc", Text, nullable=False, comment="Document relied on"),
    Column("raised_by", Text, nullable=False, comment="Sign-in name"),
    Column("raised_county", Text, nullable=False, comment="County of who raised it: one of the two"),
    Column("raised_at", _AT, nullable=False, comment="Instant"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'none'::text"),
        comment=(
            "none, raised, held, ruled, adjusted, withdrawn or rejected: projection of dispute_event,"
            " written by its trigger only"
        ),
    ),
    Column(
        "cleared", Boolean, comment="Whether the line was in a clearing run when it was held; null before"
    ),
    Column("ruled_county", Text, comment="County of the ruling that stands; null before"),
    Column("changed_at", _AT, nullable=False, comment="Instant of the last event"),
    CheckConstraint("amount_fen > 0", name="amount_fen"),
    CheckConstraint("claimed_county ~ '^[0-9]{6}$'::text", name="claimed_county"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    CheckConstraint("dispute_no ~ '^DO[0-9]{16,20}-[0-9]+-[0-9]+$'::text", name="dispute_no"),
    CheckConstraint("kind = ANY (ARRAY['nontax'::text, 'tax'::text])", name="kind"),
    CheckConstraint("claimed_county <> county_code", name="other_county"),
    CheckConstraint("raised_county = county_code OR raised_county = claimed_county", name="raised_by_one"),
    CheckConstraint("raised_county ~ '^[0-9]{6}$'::text", name="raised_county"),
    Index(
        "dispute_line_idx",
        "line_id",
        unique=True,
        postgresql_where=text("(state <> ALL (ARRAY['withdrawn'::text, 'rejected'::text]))"),
    ),
    Index("dispute_order_no_idx", "order_no"),
    Index(
        "dispute_open_idx",
        "state",
        postgresql_where=text("(state = ANY (ARRAY['raised'::text, 'held'::text, 'ruled'::text]))"),
    ),
    schema="money",
    comment="Disputes of counties about an order line (属地争议); a line is ruled on once",
)

dispute_ruling = Table(
    "dispute_ruling",
    metadata,
    Column("ruling_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("dispute_no", Text, ForeignKey("money.dispute.dispute_no"), nullable=False, comment="Dispute"),
    Column(
        "county_code",
        Text,
        nullable=False,
        comment="County to which the line belongs by it: one of the two",
    ),
    Column("basis_doc", Text, nullable=False, comment="Document relied on"),
    Column("reason", Text, nullable=False, comment="Why"),
    Column(
        "proposed_by",
        Text,
        nullable=False,
        comment="Sign-in name; neither who raised the dispute nor who ends the ruling",
    ),
    Column(
        "proposed_office",
        Text,
        nullable=False,
        comment="Always the city: no county rules on its own money",
    ),
    Column("proposed_at", _AT, nullable=False, comment="Instant"),
    Column("accepted", Boolean, comment="Whether the second person agreed; null while open"),
    Column("ended_by", Text, comment="Sign-in name of the second person"),
    Column("ended_office", Text, comment="Always the city"),
    Column("ended_at", _AT, comment="Instant"),
    Column(
        "comment",
        Text,
        nullable=False,
        server_default=text("''::text"),
        comment="Words of the second person",
    ),
    Column(
        "decision_id",
        BigInteger,
        ForeignKey("spatial.county_decision.decision_id"),
        comment="County decision that supersedes the line's; null when the county stays",
    ),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    CheckConstraint("decision_id IS NULL OR accepted", name="decision"),
    CheckConstraint(
        "num_nulls(accepted, ended_by, ended_office, ended_at) = ANY (ARRAY[0, 4])", name="ended"
    ),
    CheckConstraint("ended_office = 'city'::text", name="ended_office"),
    CheckConstraint("proposed_office = 'city'::text", name="proposed_office"),
    CheckConstraint("ended_by <> proposed_by", name="two_persons"),
    Index(
        "dispute_ruling_open_idx",
        "dispute_no",
        unique=True,
        postgresql_where=text("(accepted IS DISTINCT FROM false)"),
    ),
    Index("dispute_ruling_dispute_no_idx", "dispute_no"),
    schema="money",
    comment="Rulings: proposed by the city's finance, ended by a second person of the city",
)

dispute_event = Table(
    "dispute_event",
    metadata,
    Column("dispute_no", Text, ForeignKey("money.dispute.dispute_no"), primary_key=True, comment="Dispute"),
    Column("seq", Integer, primary_key=True, autoincrement=False, comment="Place, from 1"),
    Column("from_state", Text, nullable=False, comment="State before"),
    Column("to_state", Text, nullable=False, comment="State after"),
    Column("at", _AT, nullable=False, comment="Instant"),
    Column("actor", Text, nullable=False, comment="Sign-in name or program"),
    Column("comment", Text, nullable=False, server_default=text("''::text"), comment="Words"),
    ForeignKeyConstraint(
        ["from_state", "to_state"],
        ["money.dispute_transition.from_state", "money.dispute_transition.to_state"],
        name="dispute_event_transition_fkey",
    ),
    CheckConstraint("seq > 0", name="seq"),
    schema="money",
    comment="Changes of state of a dispute, append-only; the state is their projection",
)

batch_adjustment = Table(
    "batch_adjustment",
    metadata,
    Column(
        "batch_id",
        BigInteger,
        ForeignKey("money.batch.batch_id"),
        primary_key=True,
        autoincrement=False,
        comment="Run",
    ),
    Column(
        "dispute_no",
        Text,
        ForeignKey("money.dispute.dispute_no"),
        primary_key=True,
        comment="Dispute whose ruling it carries out",
    ),
    Column("county_code", Text, primary_key=True, comment="County whose payout is changed"),
    Column("kind", Text, nullable=False, comment="nontax or tax; never netted"),
    Column(
        "amount_fen",
        BigInteger,
        nullable=False,
        comment="Fen: negative is kept from the county that had the money, positive is paid to the other",
    ),
    CheckConstraint("amount_fen <> 0", name="amount_fen"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    CheckConstraint("kind = ANY (ARRAY['nontax'::text, 'tax'::text])", name="kind"),
    Index("batch_adjustment_dispute_no_idx", "dispute_no"),
    schema="money",
    comment=(
        "What a run pays more or less because a line that was cleared belongs to another county, append-only"
    ),
)

dispute_document = Table(
    "dispute_document",
    metadata,
    Column("document_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("dispute_no", Text, ForeignKey("money.dispute.dispute_no"), nullable=False, comment="Dispute"),
    Column("purpose", Text, nullable=False, comment="claim: of one of the two counties; ruling: of the city"),
    Column("file_name", Text, nullable=False, comment="Name it came with, without folders"),
    Column("media_type", Text, nullable=False, comment="Media type by its first bytes"),
    Column("size_bytes", BigInteger, nullable=False, comment="Size in bytes"),
    Column("sha256", LargeBinary, nullable=False, comment="SHA-256 of the content, its name in the archive"),
    Column("added_by", Text, nullable=False, comment="Sign-in name"),
    Column("added_at", _AT, nullable=False, comment="Instant"),
    UniqueConstraint("dispute_no", "purpose", "sha256", name="dispute_document_once_key"),
    CheckConstraint("file_name <> ''::text", name="file_name"),
    CheckConstraint("purpose = ANY (ARRAY['claim'::text, 'ruling'::text])", name="purpose"),
    CheckConstraint("length(sha256) = 32", name="sha256"),
    CheckConstraint("size_bytes > 0", name="size_bytes"),
    schema="money",
    comment="Files of the documents that the sides and the ruling of a dispute rely on, append-only",
)
