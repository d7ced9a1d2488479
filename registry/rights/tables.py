"""Tables of the register of rights, as migration 0005 makes them."""

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
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from data.tables import metadata

unit_page = Table(
    "unit_page",
    metadata,
    Column("unit_code", Text, primary_key=True, comment="Twenty-eight-character unit code (不动产单元代码)"),
    Column("county_code", Text, nullable=False, comment="County that keeps the page, six digits"),
    Column("last_seq", Integer, nullable=False, server_default=text("0"), comment="Number of the last entry"),
    Column("opened_at", DateTime(timezone=True), nullable=False, comment="Instant of the first entry"),
    CheckConstraint("unit_code ~ '^[0-9]{12}[GJZ][A-Z][0-9]{5}[FLQW][0-9]{8}$'", name="unit_code"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'", name="county_code"),
    CheckConstraint("last_seq >= 0", name="last_seq"),
    schema="registry",
    comment="One page of the register (登记簿) a unit: the row that serialises entries",
)

rrr = Table(
    "rrr",
    metadata,
    Column("rrr_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("unit_code", Text, ForeignKey("registry.unit_page.unit_code"), nullable=False, comment="Unit"),
    Column(
        "seq",
        Integer,
        nullable=False,
        comment="Number of the entry on the page, from 1 without gaps: the legal order",
    ),
    Column("parcel_code", Text, nullable=False, comment="Nineteen-character parcel code"),
    Column("county_code", Text, nullable=False, comment="County that keeps the page, six digits"),
    Column("accept_office", Text, nullable=False, comment="Office that accepted the case"),
    Column(
        "kind",
        Text,
        nullable=False,
        comment=(
            "use_right, ownership, homestead, mortgage, seizure, notice, objection, easement, residence"
        ),
    ),
    Column(
        "right_type",
        Text,
        nullable=False,
        comment="Right type (QLLX) where the standard has one, otherwise empty",
    ),
    Column(
        "registration_type",
        Text,
        nullable=False,
        comment="Registration type (DJLX): 100 first, 200 transfer, ...",
    ),
    Column(
        "sharing",
        Text,
        nullable=False,
        server_default=text("'0'::text"),
        comment="How it is held (GYFS): 0 alone, 1 jointly, 2 by shares, 3 other",
    ),
    Column(
        "on_rrr_id",
        BigInteger,
        ForeignKey("registry.rrr.rrr_id"),
        comment="Right that a mortgage, notice or objection lies on",
    ),
    Column(
        "after_rrr_id",
        BigInteger,
        ForeignKey("registry.rrr.rrr_id"),
        comment="Entry this one takes the place of",
    ),
    Column(
        "case_no", Text, comment="Case that entered it; null for entries from court orders or old registers"
    ),
    Column("subtype", Text, comment="Kind of seizure (CFLX), notice (YGDJZL) or mortgage (DYFS)"),
    Column(
        "transfer_ban",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Whether the mortgage forbids transfer (禁止转让约定)",
    ),
    Column("amount_fen", BigInteger, comment="Secured claim in fen"),
    Column("area_m2", Numeric(14, 2), comment="Area on the certificate, square metres"),
    Column("use_code", Text, comment="Use (GB/T 21010) on the certificate"),
    Column("term_from", Date, comment="First day of the term"),
    Column("term_to", Date, comment="Last day of the term; a seizure is over after it"),
    Column("cause", Text, nullable=False, comment="Cause of registration (登记原因)"),
    Column("note", Text, comment="Annex (附记)"),
    Column("registered_at", DateTime(timezone=True), nullable=False, comment="Instant of entry (登簿)"),
    Column("registered_by", Text, nullable=False, comment="Sign-in name of the registrar"),
    UniqueConstraint("unit_code", "seq"),
    CheckConstraint(
        (
            "kind IN ('use_right', 'ownership', 'homestead', 'mortgage', 'seizure', "
            "'notice', 'objection', 'easement', 'residence')"
        ),
        name="kind",
    ),
    CheckConstraint("county_code ~ '^[0-9]{6}$'", name="county_code"),
    CheckConstraint("seq > 0", name="seq"),
    CheckConstraint("sharing IN ('0', '1', '2', '3')", name="sharing"),
    CheckConstraint("amount_fen > 0", name="amount_fen"),
    CheckConstraint("area_m2 > 0", name="area_m2"),
    CheckConstraint("term_to >= term_from", name="term"),
    Index("rrr_parcel_code_idx", "parcel_code"),
    Index("rrr_case_no_idx", "case_no", postgresql_where=text("case_no IS NOT NULL")),
    schema="registry",
    comment=(
        "Entries of the register: rights, restrictions, responsibilities; content never "
        "changes, an end is a row of rrr_end"
    ),
)

rrr_holder = Table(
    "rrr_holder",
    metadata,
    Column("rrr_id", BigInteger, ForeignKey("registry.rrr.rrr_id"), primary_key=True, comment="Entry"),
    Column("seq", SmallInteger, primary_key=True, comment="Order on the page, from 1"),
    Column("party_id", BigInteger, ForeignKey("registry.party.party_id"), nullable=False, comment="Party"),
    Column(
        "role",
        Text,
        nullable=False,
        comment="holder, mortgagor, mortgagee, obligor (e.g. whose right is seized), authority",
    ),
    Column("share_num", Integer, nullable=False, server_default=text("1"), comment="Numerator of the share"),
    Column(
        "share_den", Integer, nullable=False, server_default=text("1"), comment="Denominator of the share"
    ),
    CheckConstraint("share_num BETWEEN 1 AND share_den", name="share"),
    Index("rrr_holder_party_id_idx", "party_id"),
    schema="registry",
    comment="Who holds an entry, with exact shares",
)

rrr_end = Table(
    "rrr_end",
    metadata,
    Column(
        "rrr_id", BigInteger, ForeignKey("registry.rrr.rrr_id"), primary_key=True, comment="Entry that ends"
    ),
    Column("status", Text, nullable=False, comment="QSZT: 2 history (superseded), 3 ended (cancelled)"),
    Column("by_rrr_id", BigInteger, ForeignKey("registry.rrr.rrr_id"), comment="Entry that takes its place"),
    Column("case_no", Text, comment="Case that ended it"),
    Column("cause", Text, nullable=False, comment="Cause"),
    Column("ended_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column("ended_by", Text, nullable=False, comment="Sign-in name of the registrar"),
    Column(
        "end_id",
        BigInteger,
        Identity(always=True),
        nullable=False,
        unique=True,
        comment="Order of writing, rising",
    ),
    CheckConstraint("status IN ('2', '3')", name="status"),
    schema="registry",
    comment=("End of an entry: from then on it is history (QSZT 2) or ended (QSZT 3); at most one an entry"),
)
