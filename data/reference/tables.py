"""Tables of the reference data, as migrations 0002, 0017 and 0044 make them."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
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
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Time,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

import data.reference.tables_fees  # noqa: F401  one metadata, two files
from data.reference.dated_columns import dated, disjoint
from data.tables import metadata

loaded_set = Table(
    "loaded_set",
    metadata,
    Column("set_name", Text, primary_key=True, comment="Name of the set, such as fee_rules"),
    Column(
        "sha256",
        Text,
        nullable=False,
        comment="SHA-256 (hex) of its files' bytes, or another mark of the edition",
    ),
    Column("row_count", Integer, nullable=False, comment="Rows loaded"),
    Column(
        "loaded_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now()"),
        comment="Instant of loading",
    ),
    schema="ref",
    comment="Which edition of each reference set is loaded",
)

county = Table(
    "county",
    metadata,
    Column("county_code", Text, primary_key=True, comment="Six-digit code (GB/T 2260)"),
    Column("slug", Text, nullable=False, unique=True, comment="Office slug"),
    Column("name_zh", Text, nullable=False, comment="Name in Chinese"),
    Column("name_en", Text, nullable=False, comment="Name in English"),
    Column("certificate_name", Text, nullable=False, comment="Name that stands in certificate numbers"),
    Column("registrar_name", Text, nullable=False, comment="Registration authority (登记机构)"),
    Column("position", SmallInteger, nullable=False, unique=True, comment="Order on lists"),
    *dated(),
    CheckConstraint("county_code ~ '^[0-9]{6}$'", name="county_code"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    schema="ref",
    comment="The six counties of the city",
)

township = Table(
    "township",
    metadata,
    Column("town_code", Text, nullable=False, comment="Nine digits of the statistics bureau"),
    Column(
        "county_code",
        Text,
        ForeignKey("ref.county.county_code"),
        nullable=False,
        comment="County, six digits",
    ),
    Column("name", Text, nullable=False, comment="Name"),
    Column(
        "kind",
        Text,
        nullable=False,
        comment="street, town, township or other (farm, forest station, development zone)",
    ),
    Column(
        "geom",
        Geometry("POINT", srid=4547),
        comment="Place where known, EPSG:4547 (E, N) metres; may be off by kilometres",
    ),
    Column("geom_source", Text, comment="Where the place comes from"),
    *dated(),
    PrimaryKeyConstraint("town_code", "valid_from"),
    CheckConstraint("town_code ~ '^[0-9]{9}$'", name="town_code"),
    CheckConstraint("kind IN ('street', 'town', 'township', 'other')", name="kind"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    disjoint("township", "town_code"),
    schema="ref",
    comment="Towns, townships and street offices (乡镇街道)",
)

village = Table(
    "village",
    metadata,
    Column("village_code", Text, nullable=False, comment="Twelve digits of the statistics bureau"),
    Column("town_code", Text, nullable=False, comment="Town, nine digits"),
    Column(
        "county_code",
        Text,
        ForeignKey("ref.county.county_code"),
        nullable=False,
        comment="County, six digits",
    ),
    Column("name", Text, nullable=False, comment="Name"),
    *dated(),
    PrimaryKeyConstraint("village_code", "valid_from"),
    CheckConstraint("village_code ~ '^[0-9]{12}$'", name="village_code"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    disjoint("village", "village_code"),
    Index("village_town_code_idx", "town_code"),
    schema="ref",
    comment="Villages and neighbourhoods (村、社区)",
)

code_list = Table(
    "code_list",
    metadata,
    Column("list_code", Text, primary_key=True, comment="Name of the list, such as QLLX"),
    Column("name_zh", Text, nullable=False, comment="Name in Chinese"),
    Column("name_en", Text, nullable=False, comment="Name in English"),
    Column("standard", Text, nullable=False, comment="Standard the list belongs to"),
    schema="ref",
    comment="Code lists of the registration database standard and the unit code",
)

code = Table(
    "code",
    metadata,
    Column("list_code", Text, ForeignKey("ref.code_list.list_code"), nullable=False, comment="List"),
    Column("code", Text, nullable=False, comment="Code"),
    Column("name_zh", Text, nullable=False, comment="Meaning in Chinese"),
    Column("name_en", Text, nullable=False, comment="Meaning in English"),
    Column("position", Integer, nullable=False, comment="Order in the list"),
    Column(
        "attributes",
        JSONB,
        nullable=False,
        server_default=text("'{}'::jsonb"),
        comment="Further facts, such as the fixtures a parcel character allows",
    ),
    *dated(),
    PrimaryKeyConstraint("list_code", "code", "valid_from"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    disjoint("code", "list_code", "code"),
    schema="ref",
    comment="Codes of the lists",
)

county_account = Table(
    "county_account",
    metadata,
    Column(
        "county_code",
        Text,
        ForeignKey("ref.county.county_code"),
        nullable=False,
        comment="County of the fee line, six digits",
    ),
    Column("kind", Text, nullable=False, comment="nontax (财政非税收入专户) or tax (国库)"),
    Column(
        "owner_code",
        Text,
        nullable=False,
        comment="Six digits of the finance body that holds the account; 421200 is the city",
    ),
    Column("name", Text, nullable=False, comment="Name of the account"),
    Column("bank", Text, nullable=False, comment="Bank"),
    Column("number", Text, nullable=False, comment="Account number"),
    Column("cnaps", Text, nullable=False, comment="Bank number of the large-value payment system, 12 digits"),
    *dated(),
    PrimaryKeyConstraint("county_code", "kind", "valid_from"),
    CheckConstraint("kind IN ('nontax', 'tax')", name="kind"),
    CheckConstraint("owner_code ~ '^[0-9]{6}$'", name="owner_code"),
    CheckConstraint("cnaps ~ '^[0-9]{12}$'", name="cnaps"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    disjoint("county_account", "county_code", "kind"),
    schema="ref",
    comment="Which account a county's money is paid to",
)

account_change = Table(
    "account_change",
    metadata,
    Column("change_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "county_code",
        Text,
        ForeignKey("ref.county.county_code"),
        nullable=False,
        comment="County of the fee line, six digits",
    ),
    Column("kind", Text, nullable=False, comment="nontax (财政非税收入专户) or tax (国库)"),
    Column(
        "owner_code",
        Text,
        nullable=False,
        comment="Six digits of the finance body that holds the account; 421200 is the city",
    ),
    Column("name", Text, nullable=False, comment="Name of the account"),
    Column("bank", Text, nullable=False, comment="Bank"),
    Column("number", Text, nullable=False, comment="Account number"),
    Column("cnaps", Text, nullable=False, comment="Bank number of the large-value payment system, 12 digits"),
    Column("valid_from", Date, nullable=False, comment="First day in force"),
    Column("source_doc", Text, nullable=False, comment="Document it is taken from"),
    Column("proposed_by", Text, nullable=False, comment="Sign-in name of who proposed it"),
    Column("proposed_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'proposed'::text"),
        comment="proposed, confirmed or declined",
    ),
    Column("decided_by", Text, comment="Sign-in name of who confirmed, declined or took it back"),
    Column("decided_at", DateTime(timezone=True), comment="Instant"),
    CheckConstraint("kind IN ('nontax', 'tax')", name="kind"),
    CheckConstraint("owner_code ~ '^[0-9]{6}$'", name="owner_code"),
    CheckConstraint("cnaps ~ '^[0-9]{12}$'", name="cnaps"),
    CheckConstraint("state IN ('proposed', 'confirmed', 'declined')", name="state"),
    CheckConstraint(
        "num_nulls(decided_by, decided_at) = CASE state WHEN 'proposed' THEN 2 ELSE 0 END", name="decided"
    ),
    CheckConstraint("state <> 'confirmed' OR decided_by <> proposed_by", name="second_person"),
    Index(
        "account_change_open_idx",
        "county_code",
        "kind",
        unique=True,
        postgresql_where=text("(state = 'proposed'::text)"),
    ),
    schema="ref",
    comment="Changes of the counties' accounts: proposed by one person, confirmed by a second",
)

second_review_rule = Table(
    "second_review_rule",
    metadata,
    Column("rule_id", Text, nullable=False, comment="Key of the rule"),
    Column("position", Integer, nullable=False, comment="Order in which rules are told"),
    Column("kinds", ARRAY(Text), nullable=False, comment="Kinds of submissions it holds for; empty for all"),
    Column("min_features", Integer, comment="From this many parcels on; null for any"),
    Column(
        "min_area_m2",
        Numeric(14, 2),
        comment="From this area of all its parcels on, square metres (EPSG:4547 plane); null for any",
    ),
    Column("min_waivers", Integer, comment="From this many waived errors on; null for any"),
    Column(
        "straddles_county",
        Boolean,
        nullable=False,
        comment="Only where a parcel was found to cross a county line",
    ),
    Column("reason_zh", Text, nullable=False, comment="Why, in Chinese"),
    Column("reason_en", Text, nullable=False, comment="Why, in English"),
    *dated(),
    PrimaryKeyConstraint("rule_id", "valid_from"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    disjoint("second_review_rule", "rule_id"),
    schema="ref",
    comment="When a survey result is accepted by two people (双人审核); all conditions of a row must hold",
)

clearing_hours = Table(
    "clearing_hours",
    metadata,
    Column(
        "cutoff",
        Time,
        nullable=False,
        comment="Money that arrived until then is in the first run, Asia/Shanghai",
    ),
    Column(
        "late_cutoff",
        Time,
        nullable=False,
        comment="End of the late window: a second run takes what arrived since, Asia/Shanghai",
    ),
    *dated(),
    PrimaryKeyConstraint("valid_from"),
    CheckConstraint("cutoff < late_cutoff", name="order"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    disjoint("clearing_hours"),
    schema="ref",
    comment="Cut-offs of a clearing day (日清截止时间), Asia/Shanghai",
)

county_policy = Table(
    "county_policy",
    metadata,
    Column(
        "dispute_days",
        Integer,
        nullable=False,
        comment="Days after payment or clearing in which a county may dispute a line",
    ),
    Column(
        "area_split",
        Boolean,
        nullable=False,
        comment=(
            "Whether fees of a parcel in several counties are split by area (R3) instead of waiting for a"
            " designated county"
        ),
    ),
    *dated(),
    PrimaryKeyConstraint("valid_from"),
    CheckConstraint("dispute_days >= 1 AND dispute_days <= 365", name="dispute_days"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    disjoint("county_policy"),
    schema="ref",
    comment="What the city chose for money whose county is not plain, as dated data",
)

bill_stock_policy = Table(
    "bill_stock_policy",
    metadata,
    Column(
        "low_count",
        Integer,
        nullable=False,
        comment="Numbers left of a county below which an alert is shown",
    ),
    *dated(),
    PrimaryKeyConstraint("valid_from"),
    CheckConstraint("low_count >= 1 AND low_count <= 1000000", name="low_count"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    disjoint("bill_stock_policy"),
    schema="ref",
    comment="Below how many numbers a county's stock of bills is low, as dated data",
)

calendar = Table(
    "calendar",
    metadata,
    Column("day", Date, primary_key=True, comment="Day, Asia/Shanghai"),
    Column("is_workday", Boolean, nullable=False, comment="Whether offices work"),
    Column("name", Text, comment="Holiday, or the holiday made up for; null on an ordinary day"),
    Column(
        "source_doc", Text, nullable=False, comment="Notice of the State Council, or the rule of the week"
    ),
    Column("verified", Boolean, nullable=False, comment="Whether the source itself was read"),
    schema="ref",
    comment="Every day with its kind; working days count in time limits",
)
