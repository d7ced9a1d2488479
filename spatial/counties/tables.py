"""Tables of counties and their decisions, as migrations 0003, 0036 and 0038 make them."""

from geoalchemy2 import Geometry
from sqlalchemy import (
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
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB

from data.tables import metadata

boundary_set = Table(
    "boundary_set",
    metadata,
    Column("set_id", Integer, Identity(always=True), primary_key=True, comment="Our key"),
    Column("name", Text, nullable=False, unique=True, comment="Name of the version, such as xianning-v1"),
    Column("valid", DATERANGE, nullable=False, comment="Days on which it is in force"),
    Column(
        "accuracy_m",
        Numeric(8, 2),
        nullable=False,
        comment="How far a true line may lie from the drawn one, metres",
    ),
    Column("source", Text, nullable=False, comment="Where the lines come from"),
    Column("source_doc", Text, nullable=False, comment="Document or package and its version"),
    Column("licence", Text, nullable=False, comment="Licence as the source states it"),
    Column("notice_zh", Text, nullable=False, comment="Notice shown on each map, Chinese"),
    Column("notice_en", Text, nullable=False, comment="Notice shown on each map, English"),
    Column("legal", Boolean, nullable=False, comment="Whether the lines are legal boundaries"),
    Column("sha256", LargeBinary, nullable=False, comment="SHA-256 of the ordered codes and 1 mm shapes"),
    Column(
        "loaded_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now()"),
        comment="Instant of loading",
    ),
    schema="spatial",
    comment="Versions of the county boundaries (县界); one is in force on a day",
)

county_boundary = Table(
    "county_boundary",
    metadata,
    Column(
        "set_id", Integer, ForeignKey("spatial.boundary_set.set_id"), primary_key=True, comment="Boundary set"
    ),
    Column("county_code", Text, primary_key=True, comment="Six-digit county code (GB/T 2260)"),
    Column("name_zh", Text, nullable=False, comment="Name in Chinese"),
    Column("name_en", Text, nullable=False, comment="Name in English"),
    Column(
        "in_city", Boolean, nullable=False, comment="Whether it is a county of the city; false for neighbours"
    ),
    Column(
        "geom",
        Geometry("MULTIPOLYGON", 4547),
        nullable=False,
        comment="Area, EPSG:4547 (E, N) metres, 1 mm grid",
    ),
    Column(
        "geom_3857",
        Geometry("MULTIPOLYGON", 3857),
        Computed("st_transform(geom, 3857)", persisted=True),
        comment="Area for tiles, EPSG:3857 metres",
    ),
    schema="spatial",
    comment="Counties of a boundary set: those of the city and their neighbours",
)

county_piece = Table(
    "county_piece",
    metadata,
    Column("piece_id", Integer, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "set_id", Integer, ForeignKey("spatial.boundary_set.set_id"), nullable=False, comment="Boundary set"
    ),
    Column("county_code", Text, nullable=False, comment="Six-digit county code (GB/T 2260)"),
    Column(
        "in_city", Boolean, nullable=False, comment="Whether it is a county of the city; false for neighbours"
    ),
    Column(
        "geom",
        Geometry("POLYGON", 4547, spatial_index=False),
        nullable=False,
        comment="Piece, EPSG:4547 (E, N) metres",
    ),
    Index("idx_county_piece_geom", "geom", postgresql_using="gist", postgresql_include=["geom"]),
    schema="spatial",
    comment="Counties cut into pieces of at most 64 vertices, which tile them",
)

county_core = Table(
    "county_core",
    metadata,
    Column("core_id", Integer, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "set_id", Integer, ForeignKey("spatial.boundary_set.set_id"), nullable=False, comment="Boundary set"
    ),
    Column("county_code", Text, nullable=False, comment="Six-digit county code (GB/T 2260)"),
    Column(
        "geom",
        Geometry("POLYGON", 4547),
        nullable=False,
        comment="Piece of at most 64 vertices, EPSG:4547 (E, N) metres",
    ),
    schema="spatial",
    comment="Pieces of the city's counties farther than accuracy_m from every county line",
)

county_line = Table(
    "county_line",
    metadata,
    Column("line_id", Integer, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "set_id", Integer, ForeignKey("spatial.boundary_set.set_id"), nullable=False, comment="Boundary set"
    ),
    Column(
        "geom",
        Geometry("LINESTRING", 4547, spatial_index=False),
        nullable=False,
        comment="Part of a line, EPSG:4547 (E, N) metres",
    ),
    Index("idx_county_line_geom", "geom", postgresql_using="gist", postgresql_include=["geom"]),
    schema="spatial",
    comment="Lines that bound the city's counties, in parts of at most 32 vertices",
)

county_decision = Table(
    "county_decision",
    metadata,
    Column("decision_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("subject", Text, nullable=False, comment="Unit code, parcel code or case number decided for"),
    Column("parcel_code", Text, comment="Parcel whose shape was looked up"),
    Column("unit_code", Text, comment="Unit whose code prefix was compared"),
    Column(
        "geom",
        Geometry("GEOMETRY", 4547, spatial_index=False),
        comment="Shape looked up, EPSG:4547 (E, N) metres, 1 mm grid",
    ),
    Column("geometry_sha256", LargeBinary, comment="SHA-256 of the normalised little-endian WKB of geom"),
    Column(
        "set_id",
        Integer,
        ForeignKey("spatial.boundary_set.set_id"),
        nullable=False,
        comment="Boundary set used",
    ),
    Column("rule", Text, nullable=False, comment="Rule that matched, R1 to R7"),
    Column(
        "county_overlaps",
        JSONB,
        nullable=False,
        comment="Counties of the city: county_code, ratio_ppm, area_mm2; largest first",
    ),
    Column(
        "neighbours",
        JSONB,
        nullable=False,
        server_default=text("'[]'::jsonb"),
        comment="Counties outside the city, in the same form",
    ),
    Column("outside_ppm", Integer, nullable=False, comment="Part outside the city, millionths"),
    Column(
        "distance_to_line_m",
        Numeric(12, 3),
        comment="Distance to the nearest county line, metres; null without a shape",
    ),
    Column("code_county", Text, comment="County in the unit code"),
    Column("county_code", Text, comment="County chosen; null while undecided"),
    Column(
        "by_person",
        Boolean,
        nullable=False,
        comment="Whether people decided: then a second person must confirm",
    ),
    Column("reason", Text, comment="Why undecided"),
    Column("basis_doc", Text, comment="Document a person relied on"),
    Column("person_reason", Text, comment="Reason a person gave"),
    Column("engine", JSONB, nullable=False, comment="Versions of PostGIS, GEOS and PROJ, and of the rules"),
    Column("as_of", Date, nullable=False, comment="Day whose boundary set was used"),
    Column("decided_by", Text, nullable=False, comment="Login of who asked or decided"),
    Column("decided_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column(
        "supersedes",
        BigInteger,
        ForeignKey("spatial.county_decision.decision_id"),
        unique=True,
        comment="Decision this one takes the place of",
    ),
    Index("county_decision_subject_idx", "subject", "decision_id"),
    Index("county_decision_undecided_idx", "decision_id", postgresql_where=text("county_code IS NULL")),
    Column(
        "shares",
        JSONB,
        comment=(
            "Parts by which fees are split, where the policy of the day says so: county_code, ratio_ppm,"
            " area_mm2; null without a split"
        ),
    ),
    CheckConstraint(
        "shares IS NULL OR rule = 'R3'::text AND NOT by_person AND county_code IS NULL"
        " AND jsonb_array_length(shares) > 1",
        name="shares",
    ),
    schema="spatial",
    comment="Which county a thing belongs to, with the evidence; append-only, a later row supersedes",
)

county_confirmation = Table(
    "county_confirmation",
    metadata,
    Column(
        "decision_id",
        BigInteger,
        ForeignKey("spatial.county_decision.decision_id"),
        primary_key=True,
        comment="Decision",
    ),
    Column("confirmed_by", Text, nullable=False, comment="Login of the second person"),
    Column("confirmed_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    schema="spatial",
    comment="Second signatures under decisions made by people",
)

county_run = Table(
    "county_run",
    metadata,
    Column("run_id", Integer, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "set_id",
        Integer,
        ForeignKey("spatial.boundary_set.set_id"),
        nullable=False,
        comment="Boundary set used",
    ),
    Column("as_of", Date, nullable=False, comment="Day whose parcels were looked up"),
    Column("started_at", DateTime(timezone=True), nullable=False, comment="Instant of the start"),
    Column("started_by", Text, nullable=False, comment="Login of who started it"),
    Column("engine", JSONB, nullable=False, comment="Versions of PostGIS, GEOS and PROJ, and of the rules"),
    schema="spatial",
    comment="Lookups of all parcels at once",
)

county_assignment = Table(
    "county_assignment",
    metadata,
    Column("run_id", Integer, primary_key=True, comment="Run"),
    Column("version_id", BigInteger, primary_key=True, comment="Parcel version"),
    Column("county_code", Text, comment="County; null when undecided"),
    Column("rule", Text, nullable=False, comment="Rule that matched, R1 to R4"),
    Column(
        "main_county",
        Text,
        comment="County with the largest part; null when wholly outside the city",
    ),
    Column("main_ppm", Integer, nullable=False, comment="Part in main_county, millionths"),
    Column("outside_ppm", Integer, nullable=False, comment="Part outside the city, millionths"),
    Column(
        "distance_to_line_m",
        Numeric(12, 3),
        comment="Distance to the nearest county line, metres; null when not under accuracy_m of the set",
    ),
    Column(
        "county_overlaps",
        JSONB,
        comment="Counties of the city: county_code, ratio_ppm, area_mm2; null when wholly in main_county",
    ),
    Column("geometry_sha256", LargeBinary, nullable=False, comment="SHA-256 of the normalised shape"),
    schema="spatial",
    comment="Answers of a run for parcels that no core piece covers, one a parcel version",
)

county_core_assignment = Table(
    "county_core_assignment",
    metadata,
    Column("run_id", Integer, ForeignKey("spatial.county_run.run_id"), primary_key=True, comment="Run"),
    Column(
        "core_id",
        Integer,
        ForeignKey("spatial.county_core.core_id"),
        primary_key=True,
        comment="Core piece that covers the parcels",
    ),
    Column(
        "code_agrees",
        Boolean,
        primary_key=True,
        comment="Whether the codes of the parcels begin with the county",
    ),
    Column("county_code", Text, nullable=False, comment="County of the core piece"),
    Column("version_ids", ARRAY(BigInteger), nullable=False, comment="Parcel versions"),
    Column(
        "geometry_sha256s",
        ARRAY(LargeBinary),
        nullable=False,
        comment="SHA-256 of their normalised shapes, in the order of version_ids",
    ),
    schema="spatial",
    comment="Answers of a run for the parcels covered by a core piece, one row a piece",
)

decision_document = Table(
    "decision_document",
    metadata,
    Column("document_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "decision_id",
        BigInteger,
        ForeignKey("spatial.county_decision.decision_id"),
        nullable=False,
        comment="Decision made by people",
    ),
    Column("file_name", Text, nullable=False, comment="Name it came with, without folders"),
    Column("media_type", Text, nullable=False, comment="Media type by its first bytes"),
    Column("size_bytes", BigInteger, nullable=False, comment="Size in bytes"),
    Column("sha256", LargeBinary, nullable=False, comment="SHA-256 of the content, its name in the archive"),
    Column("added_by", Text, nullable=False, comment="Sign-in name"),
    Column("added_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    UniqueConstraint("decision_id", "sha256", name="decision_document_once_key"),
    CheckConstraint("file_name <> ''::text", name="file_name"),
    CheckConstraint("length(sha256) = 32", name="sha256"),
    CheckConstraint("size_bytes > 0", name="size_bytes"),
    schema="spatial",
    comment="Files of the documents by which people designated a county, append-only",
)
