"""Tables of draft boundaries, as migration 0029 makes them."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
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

from data.tables import metadata

_DRAFT = "spatial.boundary_draft.draft_id"

boundary_draft = Table(
    "boundary_draft",
    metadata,
    Column("draft_id", Integer, Identity(always=True), primary_key=True, comment="Our key"),
    Column("name", Text, nullable=False, comment="Name of the file or of the draft"),
    Column("sha256", LargeBinary, nullable=False, comment="SHA-256 of the ordered codes and 1 mm shapes"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default=text("'draft'::text"),
        comment="draft, comparing, compared with a boundary set in force, or cancelled before it was",
    ),
    Column("loaded_by", Text, nullable=False, comment="Login"),
    Column("loaded_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    Column(
        "set_id",
        Integer,
        ForeignKey("spatial.boundary_set.set_id"),
        comment="Boundary set it was compared with",
    ),
    Column("as_of", Date, comment="Day whose parcels were compared"),
    Column("compared_at", DateTime(timezone=True), comment="Instant of the comparison"),
    Column("seconds", Double, comment="How long the comparison took, seconds"),
    Column(
        "candidates",
        Integer,
        comment="Live parcels on ground that changes its county; null before the ground is known",
    ),
    Column(
        "checked",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="How many of them were looked at",
    ),
    Column(
        "upto_version",
        BigInteger,
        nullable=False,
        server_default=text("'0'::bigint"),
        comment="Parcel version up to which they were looked at",
    ),
    CheckConstraint("candidates >= 0", name="candidates"),
    CheckConstraint("checked >= 0", name="checked"),
    CheckConstraint(
        "(state = 'compared'::text) = (compared_at IS NOT NULL AND set_id IS NOT NULL AND as_of IS NOT NULL)",
        name="compared",
    ),
    CheckConstraint("length(sha256) = 32", name="sha256"),
    CheckConstraint(
        "state = ANY (ARRAY['draft'::text, 'comparing'::text, 'compared'::text, 'cancelled'::text])",
        name="state",
    ),
    schema="spatial",
    comment="Draft county boundaries that were checked; nothing is decided with them",
)

boundary_draft_piece = Table(
    "boundary_draft_piece",
    metadata,
    Column("piece_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("draft_id", Integer, ForeignKey(_DRAFT), nullable=False, comment="Draft"),
    Column("county_code", Text, nullable=False, comment="Six-digit county code"),
    Column("geom", Geometry("POLYGON", 4547), nullable=False, comment="Piece, EPSG:4547 (E, N) metres"),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    Index("boundary_draft_piece_draft_id_idx", "draft_id"),
    schema="spatial",
    comment="Counties of a draft cut into pieces of at most 64 vertices",
)

boundary_draft_zone = Table(
    "boundary_draft_zone",
    metadata,
    Column("zone_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("draft_id", Integer, ForeignKey(_DRAFT), nullable=False, comment="Draft"),
    Column("from_county", Text, comment="County now; null outside the city"),
    Column("to_county", Text, comment="County by the draft; null outside the city"),
    Column("geom", Geometry("POLYGON", 4547), nullable=False, comment="Ground, EPSG:4547 (E, N) metres"),
    CheckConstraint("from_county IS DISTINCT FROM to_county", name="differs"),
    Index("boundary_draft_zone_draft_id_idx", "draft_id"),
    schema="spatial",
    comment="Ground that would change its county by a draft",
)

boundary_draft_parcel = Table(
    "boundary_draft_parcel",
    metadata,
    Column("draft_id", Integer, ForeignKey(_DRAFT), primary_key=True, autoincrement=False, comment="Draft"),
    Column(
        "version_id",
        BigInteger,
        ForeignKey("spatial.parcel_version.version_id"),
        primary_key=True,
        autoincrement=False,
        comment="Parcel version",
    ),
    Column("parcel_code", Text, nullable=False, comment="Nineteen-character parcel code"),
    Column("from_county", Text, comment="County with at least 98 % of it now; null when none"),
    Column("to_county", Text, comment="County with at least 98 % of it by the draft; null when none"),
    Column("area_m2", Double, nullable=False, comment="Area, square metres (EPSG:4547 plane)"),
    Column(
        "moved_m2",
        Double,
        nullable=False,
        comment="Part of it on ground that changes its county, square metres",
    ),
    CheckConstraint("from_county IS DISTINCT FROM to_county", name="differs"),
    Index("boundary_draft_parcel_parcel_code_idx", "parcel_code"),
    schema="spatial",
    comment="Live parcels whose county would change by a draft",
)

boundary_draft_county = Table(
    "boundary_draft_county",
    metadata,
    Column("draft_id", Integer, ForeignKey(_DRAFT), primary_key=True, autoincrement=False, comment="Draft"),
    Column("county_code", Text, primary_key=True, comment="Six-digit county code"),
    Column(
        "geom",
        Geometry("MULTIPOLYGON", 4547),
        nullable=False,
        comment="Area, EPSG:4547 (E, N) metres, 1 mm grid",
    ),
    CheckConstraint("county_code ~ '^[0-9]{6}$'::text", name="county_code"),
    schema="spatial",
    comment="Counties of a draft as they were read, append-only",
)

boundary_publication = Table(
    "boundary_publication",
    metadata,
    Column("publication_id", Integer, Identity(always=True), primary_key=True, comment="Our key"),
    Column("draft_id", Integer, ForeignKey(_DRAFT), nullable=False, comment="Draft"),
    Column("name", Text, nullable=False, comment="Name of the boundary set it would become"),
    Column("valid_from", Date, nullable=False, comment="First day in force"),
    Column(
        "accuracy_m",
        Numeric(8, 2),
        nullable=False,
        comment="How far a true line may lie from the drawn one, metres",
    ),
    Column("basis_doc", Text, nullable=False, comment="Document by which the lines are changed"),
    Column("reason", Text, nullable=False, comment="Words of who proposed"),
    Column("source", Text, nullable=False, comment="Where the lines come from"),
    Column("licence", Text, nullable=False, comment="Licence as the source states it"),
    Column("notice_zh", Text, nullable=False, comment="Notice shown on each map, Chinese"),
    Column("notice_en", Text, nullable=False, comment="Notice shown on each map, English"),
    Column("legal", Boolean, nullable=False, comment="Whether the lines are legal boundaries"),
    Column("proposed_by", Text, nullable=False, comment="Login"),
    Column("proposed_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    CheckConstraint("accuracy_m >= 0::numeric", name="accuracy_m"),
    CheckConstraint("basis_doc <> ''::text", name="basis_doc"),
    CheckConstraint("licence <> ''::text", name="licence"),
    CheckConstraint("name <> ''::text", name="name"),
    CheckConstraint("notice_en <> ''::text", name="notice_en"),
    CheckConstraint("notice_zh <> ''::text", name="notice_zh"),
    CheckConstraint("reason <> ''::text", name="reason"),
    CheckConstraint("source <> ''::text", name="source"),
    Index("boundary_publication_draft_id_idx", "draft_id"),
    schema="spatial",
    comment="Drafts that a person proposed to bring into force, append-only",
)

boundary_publication_end = Table(
    "boundary_publication_end",
    metadata,
    Column(
        "publication_id",
        Integer,
        ForeignKey("spatial.boundary_publication.publication_id"),
        primary_key=True,
        autoincrement=False,
        comment="Publication",
    ),
    Column("outcome", Text, nullable=False, comment="confirmed or declined"),
    Column("comment", Text, nullable=False, comment="Words of who ended it"),
    Column(
        "set_id",
        Integer,
        ForeignKey("spatial.boundary_set.set_id"),
        comment="Boundary set it became; null if declined",
    ),
    Column("ended_by", Text, nullable=False, comment="Login"),
    Column("ended_at", DateTime(timezone=True), nullable=False, comment="Instant"),
    CheckConstraint("(outcome = 'confirmed'::text) = (set_id IS NOT NULL)", name="confirmed"),
    CheckConstraint("outcome = ANY (ARRAY['confirmed'::text, 'declined'::text])", name="outcome"),
    UniqueConstraint("set_id"),
    schema="spatial",
    comment="How publications ended: confirmed by a second person, or declined; append-only",
)
