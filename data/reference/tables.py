"""Tables of the reference data, as migrations 0002 and 0017 make them."""

from typing import Any

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
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

from data.tables import metadata


def _dated() -> list[Column[object]]:
    """Return the columns every dated row has."""
    return [
        Column("valid_from", Date, nullable=False, comment="First day in force"),
        Column(
            "valid_to", Date, nullable=True, comment="Day from which it is no longer in force; null for open"
        ),
        Column("source_doc", Text, nullable=False, comment="Document it is taken from"),
        Column("verified", Boolean, nullable=False, comment="Whether the source itself was read"),
    ]


def _disjoint(table: str, *keys: str) -> ExcludeConstraint:
    """Return the constraint that rows of one key do not overlap in validity."""
    parts: list[tuple[Any, str]] = [(key, "=") for key in keys]
    return ExcludeConstraint(
        *parts, (text("daterange(valid_from, valid_to)"), "&&"), name=f"{table}_validity_excl"
    )


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
    *_dated(),
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
    *_dated(),
    PrimaryKeyConstraint("town_code", "valid_from"),
    CheckConstraint("town_code ~ '^[0-9]{9}$'", name="town_code"),
    CheckConstraint("kind IN ('street', 'town', 'township', 'other')", name="kind"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    _disjoint("township", "town_code"),
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
    *_dated(),
    PrimaryKeyConstraint("village_code", "valid_from"),
    CheckConstraint("village_code ~ '^[0-9]{12}$'", name="village_code"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    _disjoint("village", "village_code"),
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
    *_dated(),
    PrimaryKeyConstraint("list_code", "code", "valid_from"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    _disjoint("code", "list_code", "code"),
    schema="ref",
    comment="Codes of the lists",
)

fee_item = Table(
    "fee_item",
    metadata,
    Column("item_code", Text, nullable=False, comment="Item code of the non-tax system"),
    Column("name_zh", Text, nullable=False, comment="Name on the bill"),
    Column("name_en", Text, nullable=False, comment="Name in English"),
    Column("unit_name", Text, nullable=False, comment="Unit charged, 件 or 本"),
    Column("standard_fen", BigInteger, nullable=False, comment="Price of one unit, fen"),
    *_dated(),
    PrimaryKeyConstraint("item_code", "valid_from"),
    CheckConstraint("standard_fen >= 0", name="standard_fen"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    _disjoint("fee_item", "item_code"),
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
    *_dated(),
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
    _disjoint("fee_rule", "rule_id"),
    schema="ref",
    comment="Tariff of the registration fee: the first rule by position whose conditions hold decides",
)

tariff_choice = Table(
    "tariff_choice",
    metadata,
    Column("choice", Text, nullable=False, comment="Open question, such as mortgage_piece"),
    Column("option", Text, nullable=False, comment="Answer in force, such as per_parcel"),
    *_dated(),
    PrimaryKeyConstraint("choice", "valid_from"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    _disjoint("tariff_choice", "choice"),
    schema="ref",
    comment="Which reading of an open rule of the tariff is in force, and who decided it",
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
    *_dated(),
    PrimaryKeyConstraint("county_code", "kind", "valid_from"),
    CheckConstraint("kind IN ('nontax', 'tax')", name="kind"),
    CheckConstraint("owner_code ~ '^[0-9]{6}$'", name="owner_code"),
    CheckConstraint("cnaps ~ '^[0-9]{12}$'", name="cnaps"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    _disjoint("county_account", "county_code", "kind"),
    schema="ref",
    comment="Which account a county's money is paid to",
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
    *_dated(),
    PrimaryKeyConstraint("rule_id", "valid_from"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    _disjoint("second_review_rule", "rule_id"),
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
    *_dated(),
    PrimaryKeyConstraint("valid_from"),
    CheckConstraint("cutoff < late_cutoff", name="order"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    _disjoint("clearing_hours"),
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
    *_dated(),
    PrimaryKeyConstraint("valid_from"),
    CheckConstraint("dispute_days >= 1 AND dispute_days <= 365", name="dispute_days"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    _disjoint("county_policy"),
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
    *_dated(),
    PrimaryKeyConstraint("valid_from"),
    CheckConstraint("low_count >= 1 AND low_count <= 1000000", name="low_count"),
    CheckConstraint("valid_to > valid_from", name="validity"),
    _disjoint("bill_stock_policy"),
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
