"""Tables of electronic bills, as migrations 0006, 0027 and 0043 make them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
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
from sqlalchemy.dialects.postgresql import JSONB

from data.tables import metadata

bill_pool = Table(
    "bill_pool",
    metadata,
    Column("pool_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("code", Text, nullable=False, comment="Bill code (票据代码), 8 digits"),
    Column("county_code", Text, nullable=False, comment="County whose bills they are"),
    Column("lo", BigInteger, nullable=False, comment="First number"),
    Column("hi", BigInteger, nullable=False, comment="Last number"),
    Column("next", BigInteger, nullable=False, comment="Next number to be used"),
    Column("issued_by", Text, nullable=False, comment="Who gave the segment"),
    Column(
        "document",
        Text,
        nullable=False,
        server_default=text("''::text"),
        comment="The bureau's number of the delivery (领用单号)",
    ),
    Column(
        "received_by",
        Text,
        nullable=False,
        server_default=text("'system'::text"),
        comment="Who entered it (入库)",
    ),
    Column(
        "received_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now()"),
        comment="Instant of entry",
    ),
    CheckConstraint("code ~ '^[0-9]{8}$'::text", name="code"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    CheckConstraint("hi <= '9999999999'::bigint", name="hi"),
    CheckConstraint("lo > 0", name="lo"),
    CheckConstraint("lo <= hi AND next >= lo AND next <= (hi + 1)", name="next"),
    Index("bill_pool_county_code_idx", "county_code", "code", "lo"),
    schema="money",
    comment="Segments of bill numbers received from the finance bureau",
)

bill = Table(
    "bill",
    metadata,
    Column("code", Text, primary_key=True, comment="Bill code (票据代码), 8 digits"),
    Column(
        "number",
        Text,
        primary_key=True,
        comment="Bill number (票据号码), 10 digits, without gaps in its pool",
    ),
    Column(
        "pool_id",
        BigInteger,
        ForeignKey("money.bill_pool.pool_id"),
        nullable=False,
        comment="Segment of the number",
    ),
    Column("kind", Text, nullable=False, comment="blue, or red (红票) that reverses a blue one"),
    Column("red_of", Text, comment="code-number of the blue bill; at most one red each"),
    Column("order_no", Text, ForeignKey("money.payment_order.order_no"), nullable=False, comment="Order"),
    Column("case_no", Text, nullable=False, comment="Case"),
    Column("county_code", Text, nullable=False, comment="County whose income it is"),
    Column("accept_office", Text, nullable=False, comment="Office that accepted the case"),
    Column("payer_name", Text, nullable=False, comment="Payer (交款人)"),
    Column("payer_kind", Text, nullable=False, comment="person or unit"),
    Column("payer_code", Text, comment="Unified social credit code of a unit"),
    Column("amount_fen", BigInteger, nullable=False, comment="Face in fen; negative on a red bill"),
    Column("check_code", Text, nullable=False, comment="Check code (校验码), 6 random characters"),
    Column("issued_at", DateTime(timezone=True), nullable=False, comment="Instant of issue"),
    Column("issued_on", Date, nullable=False, comment="Day of issue in Asia/Shanghai"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'numbered'::text"),
        comment=(
            "numbered, signed (files stored), held (a glyph is missing) or void (作废: never signed,"
            " its number stays used)"
        ),
    ),
    Column("xml", LargeBinary, comment="einvoice.xml as issued"),
    Column("xml_sha256", LargeBinary, unique=True, comment="SHA-256 of the XML"),
    Column("xml_sm3", LargeBinary, comment="SM3 of the XML"),
    Column("xml_signature", LargeBinary, comment="Detached signature of the XML by the issuer (开票单位)"),
    Column("algorithm", Text, comment="Algorithm of both signatures of the XML"),
    Column(
        "pdf_sha256",
        LargeBinary,
        unique=True,
        comment="SHA-256 of the PDF, also its name in the document store",
    ),
    Column("pdf_sm3", LargeBinary, comment="SM3 of the PDF"),
    Column("held_reason", Text, nullable=False, server_default=text("''::text"), comment="Why it is held"),
    Column(
        "supervisor_signature",
        LargeBinary,
        comment="Detached signature of the XML by the supervisor (财政监制)",
    ),
    Column(
        "issuer_chain",
        LargeBinary,
        ForeignKey("money.signing_chain.chain_id"),
        comment="Certificates of the issuer",
    ),
    Column(
        "supervisor_chain",
        LargeBinary,
        ForeignKey("money.signing_chain.chain_id"),
        comment="Certificates of the supervisor",
    ),
    Column(
        "replaces", Text, comment="code-number of the reversed bill whose rest this blue one is for (换开)"
    ),
    Column(
        "refund_no",
        Text,
        ForeignKey("money.refund.refund_no"),
        comment="Refund a red bill, or the blue one for the rest, was made for",
    ),
    Column(
        "dispute_no",
        Text,
        ForeignKey("money.dispute.dispute_no"),
        comment=(
            "Dispute whose ruling a red bill, the blue one for the rest, or the blue one of the other county"
            " was made for"
        ),
    ),
    Column(
        "correction_id",
        BigInteger,
        comment=(
            "Correction a red bill, and the blue one in its place, was made for (money.bill_correction)"
        ),
    ),
    CheckConstraint("check_code ~ '^[0-9a-z]{6}$'::text", name="check_code"),
    CheckConstraint(
        (
            "correction_id IS NULL OR num_nonnulls(refund_no, dispute_no) = 0"
            " AND num_nonnulls(red_of, replaces) = 1"
        ),
        name="correction",
    ),
    CheckConstraint("code ~ '^[0-9]{8}$'::text", name="code"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    CheckConstraint("kind = ANY (ARRAY['blue'::text, 'red'::text])", name="kind"),
    CheckConstraint("number ~ '^[0-9]{10}$'::text", name="number"),
    CheckConstraint("length(pdf_sha256) = 32", name="pdf_sha256"),
    CheckConstraint("length(pdf_sm3) = 32", name="pdf_sm3"),
    CheckConstraint(
        (
            "kind = 'blue'::text AND amount_fen > 0 AND red_of IS NULL OR kind = "
            "'red'::text AND amount_fen < 0 AND red_of IS NOT NULL AND replaces IS NULL"
        ),
        name="sign",
    ),
    CheckConstraint(
        (
            "state <> 'signed'::text OR num_nulls(xml, xml_sha256, xml_sm3, "
            "xml_signature, algorithm, pdf_sha256, pdf_sm3) = 0"
        ),
        name="signed_whole",
    ),
    CheckConstraint(
        "state = ANY (ARRAY['numbered'::text, 'signed'::text, 'held'::text, 'void'::text])", name="state"
    ),
    CheckConstraint(
        (
            "algorithm IS DISTINCT FROM 'SM2-SM3'::text OR num_nulls(supervisor_signature, issuer_chain,"
            " supervisor_chain) = 0"
        ),
        name="two_signatures",
    ),
    CheckConstraint("length(xml_sha256) = 32", name="xml_sha256"),
    CheckConstraint("length(xml_sm3) = 32", name="xml_sm3"),
    Index(
        "bill_blue_key",
        "order_no",
        "case_no",
        "county_code",
        unique=True,
        postgresql_where=text(
            "((kind = 'blue'::text) AND (state <> 'void'::text) AND (replaces IS NULL)"
            " AND (dispute_no IS NULL))"
        ),
    ),
    Index(
        "bill_dispute_idx",
        "dispute_no",
        unique=True,
        postgresql_where=text("((kind = 'blue'::text) AND (state <> 'void'::text) AND (replaces IS NULL))"),
    ),
    Index("bill_red_of_idx", "red_of", unique=True, postgresql_where=text("(state <> 'void'::text)")),
    Index("bill_replaces_idx", "replaces", unique=True, postgresql_where=text("(state <> 'void'::text)")),
    Index("bill_refund_no_idx", "refund_no", postgresql_where=text("(refund_no IS NOT NULL)")),
    Index("bill_case_no_idx", "case_no"),
    Index("bill_issued_at_idx", "issued_at", "code", "number"),
    schema="money",
    comment="Electronic bills (财政电子票据): one per payer, case and county",
)

bill_line = Table(
    "bill_line",
    metadata,
    Column("code", Text, primary_key=True, comment="Bill code"),
    Column("number", Text, primary_key=True, comment="Bill number"),
    Column(
        "line_id",
        BigInteger,
        ForeignKey("money.order_line.line_id"),
        primary_key=True,
        autoincrement=False,
        comment="Order line",
    ),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount in fen; negative on a red bill"),
    ForeignKeyConstraint(
        ["code", "number"], ["money.bill.code", "money.bill.number"], name="bill_line_code_number_fkey"
    ),
    Index("bill_line_line_id_idx", "line_id"),
    schema="money",
    comment="Order lines of a bill, append-only",
)

bill_event = Table(
    "bill_event",
    metadata,
    Column("event_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("code", Text, nullable=False, comment="Bill code"),
    Column("number", Text, nullable=False, comment="Bill number"),
    Column(
        "kind",
        Text,
        nullable=False,
        comment="void (作废), copy (打印), entry (入账反馈), entry_again (a second use, warned)",
    ),
    Column(
        "seq",
        Integer,
        nullable=False,
        comment="How many of its kind, from 1; of copies the number printed on the paper",
    ),
    Column(
        "actor",
        Text,
        nullable=False,
        comment="Sign-in name or program; public for who has the check code only",
    ),
    Column(
        "detail",
        JSONB,
        nullable=False,
        server_default=text("'{}'::jsonb"),
        comment="Reason of a void; organisation and voucher of an entry",
    ),
    Column("at", DateTime(timezone=True), nullable=False, comment="Instant"),
    CheckConstraint(
        "kind = ANY (ARRAY['void'::text, 'copy'::text, 'entry'::text, 'entry_again'::text])", name="kind"
    ),
    CheckConstraint("seq > 0", name="seq"),
    ForeignKeyConstraint(
        ["code", "number"], ["money.bill.code", "money.bill.number"], name="bill_event_code_number_fkey"
    ),
    UniqueConstraint("code", "number", "kind", "seq"),
    Index(
        "bill_event_once_idx",
        "code",
        "number",
        "kind",
        unique=True,
        postgresql_where=text("(kind = ANY (ARRAY['void'::text, 'entry'::text]))"),
    ),
    schema="money",
    comment="What happened to a bill after its number: void, paper copies, entries in books; append-only",
)

bill_correction = Table(
    "bill_correction",
    metadata,
    Column("correction_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("code", Text, nullable=False, comment="Bill code of the wrong bill"),
    Column("number", Text, nullable=False, comment="Its number"),
    Column("payer_name", Text, nullable=False, comment="Payer (交款人) as it should be"),
    Column("payer_kind", Text, nullable=False, comment="person or unit"),
    Column("payer_code", Text, comment="Unified social credit code of a unit"),
    Column("reason", Text, nullable=False, comment="Why it was wrong"),
    Column("requested_by", Text, nullable=False, comment="Sign-in name of who asked"),
    Column("requested_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'requested'::text"),
        comment="requested, approved (the red bill and the new one have numbers) or rejected",
    ),
    Column("decided_by", Text, comment="Sign-in name of the second person"),
    Column("decided_at", DateTime(timezone=True), comment="Instant"),
    Column(
        "decision",
        Text,
        nullable=False,
        server_default=text("''::text"),
        comment="Words of the second person",
    ),
    CheckConstraint("payer_kind = ANY (ARRAY['person'::text, 'unit'::text])", name="payer_kind"),
    CheckConstraint("reason <> ''::text", name="reason"),
    CheckConstraint(
        "state = ANY (ARRAY['requested'::text, 'approved'::text, 'rejected'::text])", name="state"
    ),
    CheckConstraint(
        (
            "(state = 'requested'::text) = (decided_by IS NULL) AND"
            " (decided_by IS NULL) = (decided_at IS NULL)"
        ),
        name="decided",
    ),
    CheckConstraint("decided_by IS DISTINCT FROM requested_by", name="two_persons"),
    ForeignKeyConstraint(
        ["code", "number"],
        ["money.bill.code", "money.bill.number"],
        name="bill_correction_code_number_fkey",
    ),
    Index(
        "bill_correction_live_idx",
        "code",
        "number",
        unique=True,
        postgresql_where=text("(state <> 'rejected'::text)"),
    ),
    schema="money",
    comment=(
        "Bills made out to the wrong payer (更正换开): reversed whole and issued anew for the same amount,"
        " no money moves"
    ),
)

signing_chain = Table(
    "signing_chain",
    metadata,
    Column("chain_id", LargeBinary, primary_key=True, comment="SHA-256 of the chain"),
    Column("role", Text, nullable=False, comment="issuer (开票单位) or supervisor (财政监制)"),
    Column("subject", Text, nullable=False, comment="Common name of the signer"),
    Column(
        "chain", Text, nullable=False, comment="Certificates in PEM, the signer's own first, the root last"
    ),
    Column(
        "first_used_at",
        DateTime(timezone=True),
        nullable=False,
        comment="Instant of the first bill signed under it",
    ),
    CheckConstraint("length(chain_id) = 32", name="chain_id"),
    CheckConstraint("role = ANY (ARRAY['issuer'::text, 'supervisor'::text])", name="role"),
    schema="money",
    comment="Certificates under which bills were signed, append-only: a bill outlives a change of keys",
)
