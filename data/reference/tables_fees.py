"""Tables of the registration fee and its tariff, as migrations 0002 and 0017 make them."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from data.reference.dated_columns import dated, disjoint
from data.tables import metadata

fee_item = Table(
    "fee_item",
    metadata,
    Column("item_code", Text, nullable=False, comment="Item code of the non-tax system"),
    Column("name_zh", Text, nullable=False, comment="Name on the bill"),
    Column("name_en", Text, nullable=False, comment="Name in English"),
    Column("unit_name", Text, nullable=False, comment="Unit charged, 件 or 本"),
    Column("standard_fen", BigInteger, nullable=False, comment="Price of one unit, fen"),
    *dated(),
    PrimaryKeyConstraint("item_code", "valid_from"),
    CheckConstraint("standard_fen >= 0", name="standard_fen"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    disjoint("fee_item", "item_code"),
    schema="ref",
    comment="What a fee line can be for, with the code of the non-tax system",
)

fee_rule = Table(
    "fee_rule",
    metadata,
    Column("rule_id", Text, nullable=False, comment="Rule id"),
    Column(
        "position",
        Integer,
        nullable=False,
        comment="Order: exempt, then cost_only, then half, then rate; count and extra stand beside them",
    ),
    Column(
        "outcome",
        Text,
        nullable=False,
        comment=(
            "exempt, cost_only, half, rate: the amount; count: how many pieces; extra: more certificates; "
            "payer: who pays"
        ),
    ),
    Column(
        "registration_types",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'::text[]"),
        comment="Registration types (DJLX) it holds for; empty for all",
    ),
    Column(
        "right_kinds",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'::text[]"),
        comment="own, mortgage, easement, residence; empty for all",
    ),
    Column(
        "right_types",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'::text[]"),
        comment="Right types (QLLX) of the unit; empty for all",
    ),
    Column(
        "use_classes",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'::text[]"),
        comment="housing, garage, non_housing; empty for all",
    ),
    Column(
        "flags_all",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'::text[]"),
        comment="Facts of the case that must all be declared",
    ),
    Column(
        "flags_none",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'::text[]"),
        comment="Facts of the case that must not be declared",
    ),
    Column(
        "amount_fen", BigInteger, nullable=False, comment="Amount per piece (件) or per certificate (本), fen"
    ),
    Column("amount_per", Text, nullable=False, comment="piece (件) or certificate (本)"),
    Column(
        "count_by",
        Text,
        comment=(
            "For count: what makes one piece: unit, parcel, case, or unit_when_apart "
            "(one while all lie on one parcel); otherwise null"
        ),
    ),
    Column("item_code", Text, nullable=False, comment="Fee item of the line"),
    Column("reason_zh", Text, nullable=False, comment="Reason shown to the payer, Chinese"),
    Column("reason_en", Text, nullable=False, comment="Reason shown to the payer, English"),
    Column("basis", Text, nullable=False, comment="Legal basis"),
    *dated(),
    Column(
        "choice", Text, comment="Open question this rule is one answer to; null when the documents leave none"
    ),
    Column("option", Text, comment="Which answer: in force only while ref.tariff_choice names it"),
    Column("payer_role", Text, comment="For payer: role that pays; otherwise null"),
    Column(
        "evidence_zh", Text, comment="Document a relief is granted on, Chinese; null when nobody grants it"
    ),
    Column("evidence_en", Text, comment="Document a relief is granted on, English"),
    Column(
        "self_declared",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Whether the applicant's own declaration is that document",
    ),
    PrimaryKeyConstraint("rule_id", "valid_from"),
    CheckConstraint(
        "outcome IN ('exempt', 'cost_only', 'half', 'rate', 'count', 'extra', 'payer')", name="outcome"
    ),
    CheckConstraint("amount_fen >= 0", name="amount_fen"),
    CheckConstraint("amount_per IN ('piece', 'certificate')", name="amount_per"),
    CheckConstraint(
        "(outcome = 'count') = (count_by IS NOT NULL)"
        " AND count_by IN ('unit', 'parcel', 'case', 'unit_when_apart')",
        name="count_by",
    ),
    CheckConstraint("(choice IS NULL) = (option IS NULL)", name="choice"),
    CheckConstraint("(outcome = 'payer') = (payer_role IS NOT NULL)", name="payer_role"),
    CheckConstraint(
        "(evidence_zh IS NULL) = (evidence_en IS NULL)"
        " AND (evidence_zh IS NULL OR outcome IN ('exempt', 'cost_only', 'half') AND flags_all <> '{}')"
        " AND (evidence_zh IS NOT NULL OR NOT self_declared)",
        name="evidence",
    ),
    CheckConstraint("outcome <> 'exempt' OR amount_fen = 0", name="exempt"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    disjoint("fee_rule", "rule_id"),
    schema="ref",
    comment="Tariff of the registration fee: the first rule by position whose conditions hold decides",
)

tariff_choice = Table(
    "tariff_choice",
    metadata,
    Column("choice", Text, nullable=False, comment="Open question, such as mortgage_piece"),
    Column("option", Text, nullable=False, comment="Answer in force, such as per_parcel"),
    *dated(),
    PrimaryKeyConstraint("choice", "valid_from"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    disjoint("tariff_choice", "choice"),
    schema="ref",
    comment="Which reading of an open rule of the tariff is in force, and who decided it",
)
