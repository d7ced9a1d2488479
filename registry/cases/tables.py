"""Tables of cases, as migration 0005 makes them."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
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
from sqlalchemy.dialects.postgresql import JSONB

from data.tables import metadata
from spatial.native_types import Xid8

case = Table(
    "case",
    metadata,
    Column("case_no", Text, primary_key=True, comment="Case number (业务号), YW, day and serial"),
    Column("type_code", Text, nullable=False, comment="Business type of the handbook"),
    Column("handbook_version", Integer, nullable=False, comment="Version of the entry it was accepted under"),
    Column("status", Text, nullable=False, comment="State of the case"),
    Column(
        "node",
        Text,
        nullable=False,
        comment="Node of the handbook it stands at; the state itself when closed",
    ),
    Column("node_role", Text, comment="Role that acts at the node; null when closed"),
    Column(
        "node_office",
        Text,
        comment=("Office that acts at the node; null when closed, or while the county is undecided"),
    ),
    Column(
        "accept_office",
        Text,
        ForeignKey("registry.office.office"),
        nullable=False,
        comment="Office that accepted it (受理地)",
    ),
    Column(
        "decide_office",
        Text,
        ForeignKey("registry.office.office"),
        comment="Office that decides it; null while the county is undecided",
    ),
    Column("county_code", Text, comment="County of the parcel (属地), six digits; null while undecided"),
    Column("decision_id", BigInteger, comment="County decision in force for the case"),
    Column("unit_count", Integer, nullable=False, comment="Number of units"),
    Column("place", Geometry("POINT", srid=4547), comment="Point of the first unit, EPSG:4547 (E, N) metres"),
    Column(
        "place_3857",
        Geometry("POINT", srid=3857),
        Computed("st_transform(place, 3857)", persisted=True),
        comment="Point of the first unit for tiles, EPSG:3857 metres",
    ),
    Column("applicant", Text, nullable=False, comment="Name of the first applicant"),
    Column("address", Text, nullable=False, comment="Address of the first unit"),
    Column("accepted_by", Text, nullable=False, comment="Sign-in name of the clerk"),
    Column("accepted_at", DateTime(timezone=True), nullable=False, comment="Instant of acceptance"),
    Column(
        "accepted_on",
        Date,
        nullable=False,
        comment="Day of acceptance, Asia/Shanghai; fees and limits follow it",
    ),
    Column("due_on", Date, nullable=False, comment="Last day of the promised limit, in working days"),
    Column("node_since", DateTime(timezone=True), nullable=False, comment="Instant of arrival at the node"),
    Column("notice_to", Date, comment="Last day of the public notice"),
    Column("fee_total_fen", BigInteger, nullable=False, comment="Sum of the fee lines, fen"),
    Column(
        "pay_before",
        Text,
        nullable=False,
        server_default=text("'issue'::text"),
        comment="Node that needs the payment: issue, or register when taxes are due",
    ),
    Column("paid_at", DateTime(timezone=True), comment="Instant of payment"),
    Column("order_no", Text, comment="Paid order"),
    Column("registered_at", DateTime(timezone=True), comment="Instant of entry in the register"),
    Column("closed_at", DateTime(timezone=True), comment="Instant of the end"),
    Column("survey_id", BigInteger, comment="Survey it follows, if one"),
    Column(
        "detail",
        JSONB,
        nullable=False,
        server_default=text("'{}'::jsonb"),
        comment="Facts stated: declares, certificates, amount_fen, term, cause",
    ),
    Column("revision", Integer, nullable=False, server_default=text("1"), comment="Rises with each change"),
    CheckConstraint("case_no ~ '^YW[0-9]{14}$'", name="case_no"),
    CheckConstraint(
        (
            "status IN ('draft', 'accepted', 'supplement', 'notice', 'review', 'registered', "
            "'certified', 'issued', 'archived', 'refused', 'withdrawn', 'suspended')"
        ),
        name="status",
    ),
    CheckConstraint("county_code ~ '^[0-9]{6}$'", name="county_code"),
    CheckConstraint("(county_code IS NULL) = (decide_office IS NULL)", name="decided"),
    CheckConstraint("fee_total_fen >= 0", name="fee_total_fen"),
    CheckConstraint("pay_before IN ('issue', 'register')", name="pay_before"),
    Index("case_county_code_idx", "county_code", "accepted_at", "case_no"),
    Index("case_accept_office_idx", "accept_office", "accepted_at", "case_no"),
    Index("case_accepted_at_idx", "accepted_at", "case_no"),
    Index("case_status_idx", "status", "accepted_at", "case_no"),
    Index("case_undecided_idx", "accepted_at", postgresql_where=text("county_code IS NULL")),
    Index(
        "case_waiting_idx", "node_office", "node_role", "due_on", postgresql_where=text("closed_at IS NULL")
    ),
    schema="registry",
    comment="Cases (登记业务): accepted at any window, decided in the county of the parcel",
)

case_unit = Table(
    "case_unit",
    metadata,
    Column("case_no", Text, ForeignKey("registry.case.case_no"), primary_key=True, comment="Case"),
    Column("seq", Integer, primary_key=True, comment="Order, from 1"),
    Column("unit_code", Text, nullable=False, comment="Twenty-eight-character unit code"),
    Column("parcel_code", Text, nullable=False, comment="Nineteen-character parcel code"),
    Column("kind", Text, nullable=False, comment="Fixture type: W bare land, F building, L forest, Q other"),
    Column("housing", Boolean, nullable=False, comment="Whether it is housing for the tariff"),
    Column("use_code", Text, comment="Use (GB/T 21010)"),
    Column("address", Text, nullable=False, comment="Address"),
    Column("area_m2", Numeric(14, 2), comment="Area, square metres"),
    Column(
        "place",
        Geometry("POINT", srid=4547, spatial_index=False),
        comment="Point in the unit, EPSG:4547 (E, N) metres",
    ),
    Column("decision_id", BigInteger, comment="County decision of the unit"),
    UniqueConstraint("case_no", "unit_code"),
    CheckConstraint("unit_code ~ '^[0-9]{12}[GJZ][A-Z][0-9]{5}[FLQW][0-9]{8}$'", name="unit_code"),
    Index("case_unit_unit_code_idx", "unit_code"),
    Index("case_unit_parcel_code_idx", "parcel_code"),
    schema="registry",
    comment="Units a case is about",
)

case_party = Table(
    "case_party",
    metadata,
    Column("case_no", Text, ForeignKey("registry.case.case_no"), primary_key=True, comment="Case"),
    Column("seq", Integer, primary_key=True, comment="Order, from 1"),
    Column("party_id", BigInteger, ForeignKey("registry.party.party_id"), nullable=False, comment="Party"),
    Column(
        "role", Text, nullable=False, comment="holder, transferor, transferee, mortgagor, mortgagee or agent"
    ),
    Column("share_num", Integer, comment="Numerator of the share"),
    Column("share_den", Integer, comment="Denominator of the share"),
    CheckConstraint(
        ("role IN ('holder', 'transferor', 'transferee', 'mortgagor', 'mortgagee', 'agent')"), name="role"
    ),
    CheckConstraint("share_num BETWEEN 1 AND share_den", name="share"),
    Index("case_party_party_id_idx", "party_id"),
    schema="registry",
    comment="Applicants of a case and their roles",
)

case_event = Table(
    "case_event",
    metadata,
    Column("event_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key, rising"),
    Column("case_no", Text, ForeignKey("registry.case.case_no"), nullable=False, comment="Case"),
    Column("at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column(
        "action",
        Text,
        nullable=False,
        comment="Action of the handbook, or accept, material, paid, county, rating",
    ),
    Column("from_node", Text, comment="Node before"),
    Column("to_node", Text, nullable=False, comment="Node after"),
    Column("from_status", Text, comment="State before"),
    Column("to_status", Text, nullable=False, comment="State after"),
    Column("login", Text, nullable=False, comment="Who"),
    Column("office", Text, comment="Office of who"),
    Column("comment", Text, comment="Words"),
    Column(
        "detail",
        JSONB,
        nullable=False,
        server_default=text("'{}'::jsonb"),
        comment="Further facts, without personal data",
    ),
    Column(
        "tx",
        Xid8(),
        nullable=False,
        server_default=text("pg_current_xact_id()"),
        comment="Transaction, so that readers miss no late commit",
    ),
    Index("case_event_case_no_idx", "case_no", "event_id"),
    Index("case_event_tx_idx", "tx"),
    schema="registry",
    comment="What happened to a case, in order; append-only",
)

material = Table(
    "material",
    metadata,
    Column("material_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("case_no", Text, ForeignKey("registry.case.case_no"), nullable=False, comment="Case"),
    Column("code", Text, nullable=False, comment="Material code of the handbook"),
    Column("name", Text, nullable=False, comment="Name"),
    Column("original", Boolean, nullable=False, comment="Whether the original was given"),
    Column("copies", SmallInteger, nullable=False, comment="Number of copies"),
    Column("shared_from", Text, comment="Source it was taken from instead of paper (共享获取)"),
    Column("file_sha256", Text, comment="SHA-256 (hex) of the stored file"),
    Column("file_name", Text, comment="Name the file came with"),
    Column("media_type", Text, comment="Media type by content"),
    Column("size_bytes", BigInteger, comment="Size in bytes"),
    Column("received_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column("received_by", Text, nullable=False, comment="Sign-in name"),
    CheckConstraint("file_sha256 ~ '^[0-9a-f]{64}$'", name="file_sha256"),
    CheckConstraint("copies BETWEEN 0 AND 999", name="copies"),
    Index("material_case_no_idx", "case_no"),
    schema="registry",
    comment="Materials received (收件), append-only; a file has its SHA-256",
)

fee_line = Table(
    "fee_line",
    metadata,
    Column("case_no", Text, ForeignKey("registry.case.case_no"), primary_key=True, comment="Case"),
    Column("line_no", Integer, primary_key=True, comment="Order, from 1"),
    Column("item_code", Text, nullable=False, comment="Item of the non-tax system"),
    Column("name", Text, nullable=False, comment="Name on the bill"),
    Column("quantity", Integer, nullable=False, comment="Pieces or copies"),
    Column("amount_fen", BigInteger, nullable=False, comment="Amount in fen"),
    Column("rule_id", Text, nullable=False, comment="Rule of the tariff"),
    Column("reason", Text, nullable=False, comment="Why this amount"),
    Column("payer_role", Text, nullable=False, comment="Role that pays"),
    Column(
        "payer_party_id",
        BigInteger,
        ForeignKey("registry.party.party_id"),
        nullable=False,
        comment="Who pays",
    ),
    Column("unit_code", Text, nullable=False, comment="Unit"),
    Column("parcel_code", Text, nullable=False, comment="Parcel"),
    Column("county_code", Text, comment="County of the parcel, six digits; null while undecided"),
    Column("accept_office", Text, nullable=False, comment="Office that accepted the case"),
    Column("reason_en", Text, nullable=False, server_default=text("''"), comment="Why this amount, English"),
    Column(
        "basis", Text, nullable=False, server_default=text("''"), comment="Document and clause of the rule"
    ),
    Column(
        "count_rule_id",
        Text,
        comment="Rule that says what one piece is; null on lines assessed before it was kept",
    ),
    Column(
        "payer_rule_id",
        Text,
        comment="Rule that says who pays; null on lines assessed before it was kept",
    ),
    Column(
        "relief_fen",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="What a granted relief (减免) takes off the rate, fen",
    ),
    Column("relief_document", Text, comment="Document the relief was granted on; null without relief"),
    Column("relief_by", Text, comment="Sign-in name of who granted the relief"),
    Column(
        "superseded_at",
        DateTime(timezone=True),
        comment="Instant from which a later assessment stands in its place; null while it counts",
    ),
    Column("superseded_by", Text, comment="Sign-in name of who had the fee assessed again"),
    Column("superseded_reason", Text, comment="Why the fee was assessed again"),
    CheckConstraint(
        "num_nulls(superseded_at, superseded_by, superseded_reason) = ANY (ARRAY[0, 3])", name="superseded"
    ),
    CheckConstraint("relief_fen >= 0", name="relief_fen"),
    CheckConstraint(
        "(relief_document IS NULL) = (relief_by IS NULL) AND (relief_fen = 0 OR relief_document IS NOT NULL)",
        name="relief",
    ),
    CheckConstraint("amount_fen >= 0", name="amount_fen"),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'", name="county_code"),
    schema="registry",
    comment="Fee assessed for a case (收费明细): one line a piece and rule",
)

certificate_serial = Table(
    "certificate_serial",
    metadata,
    Column("authority", Text, primary_key=True, comment="Name in the number, such as 咸宁市"),
    Column("kind", Text, primary_key=True, comment="right (不动产权) or proof (不动产证明)"),
    Column("year", Integer, primary_key=True, comment="Year in the number"),
    Column("last_serial", Integer, nullable=False, comment="Last serial given"),
    CheckConstraint("kind IN ('right', 'proof')", name="kind"),
    CheckConstraint("last_serial BETWEEN 0 AND 9999999", name="last_serial"),
    schema="registry",
    comment="Last serial of certificates an authority, kind and year; numbers have no gaps",
)

certificate = Table(
    "certificate",
    metadata,
    Column(
        "certificate_no", Text, primary_key=True, comment="Number, such as 鄂(2026)通山县不动产权第0000001号"
    ),
    Column("kind", Text, nullable=False, comment="right or proof"),
    Column("authority", Text, nullable=False, comment="Name in the number"),
    Column("year", Integer, nullable=False, comment="Year in the number"),
    Column("serial", Integer, nullable=False, comment="Serial, from 1 each year"),
    Column("case_no", Text, ForeignKey("registry.case.case_no"), nullable=False, comment="Case"),
    Column(
        "rrr_id", BigInteger, ForeignKey("registry.rrr.rrr_id"), nullable=False, comment="Entry it states"
    ),
    Column("unit_code", Text, nullable=False, comment="Unit"),
    Column(
        "copy_no",
        SmallInteger,
        nullable=False,
        comment="Copy of the entry, from 1; co-owners may have one each",
    ),
    Column(
        "check_code", Text, nullable=False, comment="Six random characters printed on it, for verification"
    ),
    Column("county_code", Text, nullable=False, comment="County, six digits"),
    Column("accept_office", Text, nullable=False, comment="Office that accepted the case"),
    Column(
        "issued_at",
        DateTime(timezone=True),
        nullable=False,
        comment="Instant of entry in the register, the date on the certificate",
    ),
    UniqueConstraint("authority", "kind", "year", "serial"),
    UniqueConstraint("rrr_id", "copy_no"),
    CheckConstraint("kind IN ('right', 'proof')", name="kind"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'", name="county_code"),
    CheckConstraint("serial BETWEEN 1 AND 9999999", name="serial"),
    CheckConstraint("check_code ~ '^[0-9A-Z]{6}$'", name="check_code"),
    Index("certificate_case_no_idx", "case_no"),
    Index("certificate_unit_code_idx", "unit_code"),
    schema="registry",
    comment="Certificates (不动产权证书) and proofs of registration (不动产登记证明), append-only",
)

rating = Table(
    "rating",
    metadata,
    Column("case_no", Text, ForeignKey("registry.case.case_no"), primary_key=True, comment="Case"),
    Column(
        "level",
        SmallInteger,
        nullable=False,
        comment="5 very satisfied to 1 very dissatisfied; 1 and 2 are followed up",
    ),
    Column(
        "tags",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'::text[]"),
        comment="Short remarks chosen",
    ),
    Column("words", Text, nullable=False, server_default=text("''::text"), comment="Free words"),
    Column("channel", Text, nullable=False, comment="window, site, app, kiosk, qr, sms or 12345"),
    Column("county_code", Text, comment="County of the case, six digits"),
    Column("accept_office", Text, nullable=False, comment="Office that accepted the case"),
    Column("rated_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    CheckConstraint("level BETWEEN 1 AND 5", name="level"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'", name="county_code"),
    schema="registry",
    comment="Ratings of the service (好差评), one a case, append-only",
)
