"""Tables of what the tax authority tells, as migrations 0006 and 0022 make them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from data.tables import metadata

tax_assessment = Table(
    "tax_assessment",
    metadata,
    Column("assessment_no", Text, primary_key=True, comment="The tax authority's number"),
    Column("case_no", Text, nullable=False, comment="Case"),
    Column("tax_code", Text, nullable=False, comment="Kind of tax"),
    Column("name", Text, nullable=False, comment="Name of the tax"),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount in fen"),
    Column("unit_code", Text, nullable=False, comment="28-character real-estate unit code"),
    Column("payer_name", Text, nullable=False, comment="Who owes it"),
    Column("body_sha256", LargeBinary, nullable=False, comment="SHA-256 of the signed message"),
    Column("received_at", DateTime(timezone=True), nullable=False, comment="Instant of receipt"),
    Column("tax_source_no", Text, comment="Tax source number (税源编号); null when the message named none"),
    Column(
        "replaces",
        Text,
        ForeignKey("money.tax_assessment.assessment_no"),
        unique=True,
        comment="Assessment this one takes the place of (重新核定)",
    ),
    CheckConstraint("amount_fen >= 0 AND amount_fen <= '10000000000000'::bigint", name="amount_fen"),
    CheckConstraint("length(body_sha256) = 32", name="body_sha256"),
    CheckConstraint("replaces <> assessment_no", name="replaces"),
    Index("tax_assessment_case_no_idx", "case_no"),
    schema="money",
    comment="Amounts assessed by the tax authority (税款核定), append-only",
)

tax_transition = Table(
    "tax_transition",
    metadata,
    Column("from_state", Text, primary_key=True, comment="State before; none at first"),
    Column("to_state", Text, primary_key=True, comment="State after"),
    schema="money",
    comment="Changes of state that a tax assessment may make",
)

tax_event = Table(
    "tax_event",
    metadata,
    Column(
        "assessment_no",
        Text,
        ForeignKey("money.tax_assessment.assessment_no"),
        primary_key=True,
        comment="Assessment",
    ),
    Column("seq", Integer, primary_key=True, autoincrement=False, comment="Place, from 1"),
    Column("from_state", Text, nullable=False, comment="State before, none at first"),
    Column(
        "to_state",
        Text,
        nullable=False,
        comment="State after: assessed, withdrawn, paid, certified or refunded",
    ),
    Column("at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column("actor", Text, nullable=False, comment="tax (the authority) or system"),
    Column(
        "order_no",
        Text,
        ForeignKey("money.payment_order.order_no"),
        comment="Order it was paid or refunded with",
    ),
    Column("certificate_no", Text, comment="Number of the tax payment certificate (完税凭证)"),
    Column("reason", Text, comment="Words of the authority"),
    Column("body_sha256", LargeBinary, comment="SHA-256 of the signed message, if one brought it"),
    ForeignKeyConstraint(
        ["from_state", "to_state"],
        ["money.tax_transition.from_state", "money.tax_transition.to_state"],
        name="tax_event_transition_fkey",
    ),
    CheckConstraint("seq > 0", name="seq"),
    CheckConstraint("length(body_sha256) = 32", name="body_sha256"),
    CheckConstraint("(to_state = 'certified') = (certificate_no IS NOT NULL)", name="certificate"),
    CheckConstraint("(to_state IN ('paid', 'refunded')) = (order_no IS NOT NULL)", name="order"),
    schema="money",
    comment="Changes of state of a tax assessment, append-only; the last one is its state",
)
