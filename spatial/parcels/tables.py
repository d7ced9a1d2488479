"""Tables of parcels and of the map's change feed, as migration 0003 makes them."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
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
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, TSTZRANGE

from data.tables import metadata
from spatial.native_types import NativePolygon, Xid8

parcel_layer = Table(
    "parcel_layer",
    metadata,
    Column("layer", Text, primary_key=True, comment="Name, the key"),
    Column(
        "layer_no",
        SmallInteger,
        nullable=False,
        unique=True,
        comment="Small number of the layer, for the overlap guard",
    ),
    Column("name_zh", Text, nullable=False, comment="Name in Chinese"),
    Column("name_en", Text, nullable=False, comment="Name in English"),
    schema="spatial",
    comment="Layers of parcels (LADM levels); parcels of one layer never overlap",
)

layer_pair = Table(
    "layer_pair",
    metadata,
    Column(
        "layer_a",
        Text,
        ForeignKey("spatial.parcel_layer.layer"),
        primary_key=True,
        comment="Layer that comes first by name",
    ),
    Column(
        "layer_b",
        Text,
        ForeignKey("spatial.parcel_layer.layer"),
        primary_key=True,
        comment="The other layer, or the same",
    ),
    Column("may_overlap", Boolean, nullable=False, comment="Whether parcels of the two may share ground"),
    Column("reason", Text, nullable=False, comment="Why"),
    Column(
        "judgement",
        Text,
        nullable=False,
        comment="What the checks say of an overlap: allow, warn (disputed) or error",
    ),
    schema="spatial",
    comment="Which layers may lie over each other; a pair not listed may not",
)

code_serial = Table(
    "code_serial",
    metadata,
    Column(
        "prefix",
        Text,
        primary_key=True,
        comment="Sub-district and character (14), parcel and fixture type (20), or building (24)",
    ),
    Column("last_serial", Integer, nullable=False, comment="Highest serial given"),
    schema="spatial",
    comment="Highest serial number ever given under a code prefix; never goes down (GB/T 37346: no reuse)",
)

parcel = Table(
    "parcel",
    metadata,
    Column("parcel_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "parcel_code",
        Text,
        nullable=False,
        unique=True,
        comment="Nineteen-character parcel code (宗地代码, GB/T 37346)",
    ),
    Column(
        "county_code",
        Text,
        nullable=False,
        comment="County in the code; where money goes is spatial.county_decision's to say",
    ),
    Column(
        "layer",
        Text,
        ForeignKey("spatial.parcel_layer.layer"),
        nullable=False,
        comment="Layer; never changes",
    ),
    Column(
        "created_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now()"),
        comment="Instant of the first registration",
    ),
    schema="spatial",
    comment="Identity of parcels (宗地); one row a code, for ever",
)

parcel_version = Table(
    "parcel_version",
    metadata,
    Column("version_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("parcel_id", BigInteger, ForeignKey("spatial.parcel.parcel_id"), nullable=False, comment="Parcel"),
    Column("parcel_code", Text, nullable=False, comment="Nineteen-character parcel code, as spatial.parcel"),
    Column(
        "unit_code",
        Text,
        nullable=False,
        comment="Twenty-eight-character unit code (不动产单元代码) of the land",
    ),
    Column("county_code", Text, nullable=False, comment="Six-digit county code, as spatial.parcel"),
    Column("layer", Text, nullable=False, comment="Layer, as spatial.parcel"),
    Column(
        "geom",
        Geometry("GEOMETRY", 4547),
        nullable=False,
        comment="Legal shape, EPSG:4547 (E, N) metres, 1 mm grid, valid",
    ),
    Column(
        "geom_3857",
        Geometry("GEOMETRY", 3857),
        Computed("st_transform(geom, 3857)", persisted=True),
        comment="Shape for tiles, EPSG:3857 metres",
    ),
    Column(
        "geom_sha256",
        LargeBinary,
        nullable=False,
        comment="SHA-256 of the normalised little-endian WKB of geom",
    ),
    Column(
        "official_area_m2",
        Numeric(14, 2),
        nullable=False,
        comment="Area on the certificate (证载面积), square metres",
    ),
    Column("surveyed_area_m2", Numeric(14, 2), comment="Area the surveyor declared, square metres"),
    Column(
        "calculated_area_m2",
        Numeric(14, 2),
        nullable=False,
        comment="Area of geom in the plane of EPSG:4547, square metres",
    ),
    Column("land_use", Text, comment="Land use code (用途)"),
    Column("address", Text, comment="Location (坐落)"),
    Column("valid", DATERANGE, nullable=False, comment="Days on which it was or is in force"),
    Column("known", TSTZRANGE, nullable=False, comment="Instants at which the register said so"),
    Column("survey_id", BigInteger, comment="Survey submission that brought it"),
    Index(
        "parcel_version_parcel_code_idx", "parcel_code", postgresql_ops={"parcel_code": "text_pattern_ops"}
    ),
    Index(
        "idx_parcel_version_geom_3857_replaced",
        "geom_3857",
        postgresql_using="gist",
        postgresql_where=text("NOT upper_inf(known)"),
    ),
    Index("parcel_version_survey_id_idx", "survey_id", postgresql_where=text("survey_id IS NOT NULL")),
    Index(
        "parcel_version_address_idx",
        "address",
        postgresql_using="gin",
        postgresql_ops={"address": "gin_trgm_ops"},
        postgresql_where=text("upper_inf(known)"),
    ),
    schema="spatial",
    comment="What was in force (valid) and what the registrar knew (known) of a parcel;"
    " a row only ever has its known range closed",
)

parcel_piece = Table(
    "parcel_piece",
    metadata,
    Column(
        "version_id",
        BigInteger,
        ForeignKey("spatial.parcel_version.version_id"),
        primary_key=True,
        comment="Version",
    ),
    Column("piece_no", SmallInteger, primary_key=True, comment="Number of the piece in the version, from 1"),
    Column("layer_no", SmallInteger, nullable=False, comment="Number of the layer"),
    Column(
        "piece",
        NativePolygon(),
        nullable=False,
        comment="Piece as a PostgreSQL polygon (its && is exact), EPSG:4547 (E, N) metres",
    ),
    Column("valid", DATERANGE, nullable=False, comment="Days on which the version is in force"),
    schema="spatial",
    comment="Guard against overlap: each version known now, shrunk by 1 mm and cut into parts without holes",
)

lineage = Table(
    "lineage",
    metadata,
    Column("lineage_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "parent_id",
        BigInteger,
        ForeignKey("spatial.parcel.parcel_id"),
        nullable=False,
        comment="Parcel that was",
    ),
    Column(
        "child_id",
        BigInteger,
        ForeignKey("spatial.parcel.parcel_id"),
        nullable=False,
        comment="Parcel that came from it",
    ),
    Column("kind", Text, nullable=False, comment="split, merge, adjust, renumber or resurvey"),
    Column("effective_on", Date, nullable=False, comment="Day of the change"),
    Column("area_m2", Numeric(14, 2), comment="Ground the two share, square metres (EPSG:4547 plane)"),
    Column("survey_id", BigInteger, comment="Survey submission that brought it"),
    Column("known_at", DateTime(timezone=True), nullable=False, comment="Instant of registration"),
    UniqueConstraint(
        "parent_id", "child_id", "effective_on", name="lineage_parent_id_child_id_effective_on_key"
    ),
    Index("lineage_child_id_idx", "child_id"),
    schema="spatial",
    comment="Which parcel came from which (沿革)",
)

change = Table(
    "change",
    metadata,
    Column("change_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key, rising"),
    Column(
        "at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now()"),
        comment="Instant of the transaction",
    ),
    Column(
        "tx",
        Xid8(),
        nullable=False,
        server_default=text("pg_current_xact_id()"),
        comment="Transaction, so that readers miss no late commit",
    ),
    Column("layer", Text, nullable=False, comment="Layer of the map or of parcels"),
    Column("county_code", Text, comment="Six-digit county code; null for the whole city"),
    Column("kind", Text, nullable=False, comment="new, changed or retired"),
    Column("object_code", Text, comment="Code of what changed; null for many"),
    Column(
        "bbox_3857",
        Geometry("POLYGON", 3857, spatial_index=False),
        comment="Box touched, EPSG:3857 metres; null for everything",
    ),
    Index("change_tx_change_id_idx", "tx", "change_id"),
    schema="map",
    comment="What changed on the map, in order; append-only",
)
