"""Tables of buildings, as migrations 0003, 0015 and 0024 make them; two views show what is known now."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, TSTZRANGE

from data.tables import metadata

building_identity = Table(
    "building_identity",
    metadata,
    Column("building_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "building_code",
        Text,
        nullable=False,
        unique=True,
        comment="Twenty-four-character building code (自然幢号)",
    ),
    Column(
        "created_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("now()"),
        comment="Instant of the first registration",
    ),
    schema="spatial",
    comment="Identity of buildings (自然幢); one row a code, for ever",
)

building_version = Table(
    "building_version",
    metadata,
    Column("version_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "building_id",
        BigInteger,
        ForeignKey("spatial.building_identity.building_id"),
        nullable=False,
        comment="Building",
    ),
    Column("building_code", Text, nullable=False, comment="Twenty-four-character building code (自然幢号)"),
    Column("parcel_code", Text, nullable=False, comment="Parcel it stands on"),
    Column("county_code", Text, nullable=False, comment="Six-digit county code, the first six of the code"),
    Column("name", Text, comment="Name"),
    Column("address", Text, comment="Location (坐落)"),
    Column("floors", SmallInteger, comment="Floors above ground"),
    Column("structure", Text, comment="Structure (房屋结构) code"),
    Column("built_year", SmallInteger, comment="Year of completion"),
    Column("use_code", Text, comment="Planned use (规划用途) code"),
    Column(
        "geom",
        Geometry("MULTIPOLYGON", 4547),
        nullable=False,
        comment="Footprint, EPSG:4547 (E, N) metres, 1 mm grid",
    ),
    Column(
        "geom_3857",
        Geometry("MULTIPOLYGON", 3857, spatial_index=False),
        Computed("st_transform(geom, 3857)", persisted=True),
        comment="Footprint for tiles, EPSG:3857 metres",
    ),
    Column("valid", DATERANGE, nullable=False, comment="Days on which it stands in the register"),
    Column("survey_id", BigInteger, comment="Survey submission that brought it"),
    Column("known", TSTZRANGE, nullable=False, comment="Instants at which the register said so"),
    Column("floors_below", SmallInteger, comment="Floors underground"),
    Column("height_m", Numeric(7, 2), comment="Height (建筑物高度), metres"),
    Column("footprint_area_m2", Numeric(12, 2), comment="Footprint as surveyed (幢占地面积), square metres"),
    Column("predicted_area_m2", Numeric(12, 2), comment="Predicted floor area (预测建筑面积), square metres"),
    Column("measured_area_m2", Numeric(12, 2), comment="Measured floor area (实测建筑面积), square metres"),
    Index("building_version_parcel_code_idx", "parcel_code"),
    Index("building_version_building_code_idx", "building_code"),
    Index(
        "idx_building_version_geom_3857",
        "geom_3857",
        postgresql_using="gist",
        postgresql_where=text("upper_inf(known)"),
    ),
    schema="spatial",
    comment="What stood in the register (valid) and what the registrar knew (known) of a building; a row only"
    " ever has its known range closed",
)

building_unit_version = Table(
    "building_unit_version",
    metadata,
    Column("version_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column("unit_code", Text, nullable=False, comment="Twenty-eight-character unit code (不动产单元代码)"),
    Column(
        "building_code",
        Text,
        ForeignKey("spatial.building_identity.building_code"),
        nullable=False,
        comment="Building",
    ),
    Column("parcel_code", Text, nullable=False, comment="Parcel the building stands on"),
    Column("county_code", Text, nullable=False, comment="Six-digit county code, the first six of the code"),
    Column("floor_no", SmallInteger, nullable=False, comment="Floor, negative underground"),
    Column("room_no", Text, nullable=False, comment="Room number"),
    Column("address", Text, nullable=False, comment="Location (坐落)"),
    Column("use_code", Text, nullable=False, comment="Planned use (规划用途) code"),
    Column("housing", Boolean, nullable=False, comment="Whether the fee is that of housing (住宅类)"),
    Column("predicted_area_m2", Numeric(12, 2), comment="Predicted floor area (预测建筑面积), square metres"),
    Column("measured_area_m2", Numeric(12, 2), comment="Measured floor area (实测建筑面积), square metres"),
    Column(
        "inside_area_m2",
        Numeric(12, 2),
        comment="Area inside the walls (套内建筑面积), measured if there is a measurement, square metres",
    ),
    Column(
        "shared_area_m2",
        Numeric(12, 2),
        comment="Share of common area (分摊建筑面积), measured if there is a measurement, square metres",
    ),
    Column("valid", DATERANGE, nullable=False, comment="Days on which it stands in the register"),
    Column("known", TSTZRANGE, nullable=False, comment="Instants at which the register said so"),
    Column(
        "predicted_inside_area_m2",
        Numeric(12, 2),
        comment="Predicted area inside the walls (预测套内建筑面积), square metres",
    ),
    Column(
        "predicted_shared_area_m2",
        Numeric(12, 2),
        comment="Predicted share of common area (预测分摊建筑面积), square metres",
    ),
    Column("land_share_m2", Numeric(14, 2), comment="Share of the land (分摊土地面积), square metres"),
    Column("survey_id", BigInteger, comment="Survey submission that brought it"),
    Column(
        "outline",
        Geometry("GEOMETRYCOLLECTION", 4547, spatial_index=False),
        comment="Outlines on its floors, each a polygon or multipolygon, EPSG:4547 (E, N) metres, 1 mm grid;"
        " null when not surveyed",
    ),
    Column(
        "outline_floors",
        ARRAY(SmallInteger),
        comment="Floor of each outline, in their order, ascending, negative underground",
    ),
    Column(
        "party_walls",
        Text,
        comment="Whose the east, south, west and north wall is (墙体归属): O own, S shared, B borrowed,"
        " ? not stated",
    ),
    Index("building_unit_version_unit_code_idx", "unit_code"),
    Index("building_unit_version_building_code_idx", "building_code"),
    Index("building_unit_version_parcel_code_idx", "parcel_code"),
    Index(
        "building_unit_version_address_idx",
        "address",
        postgresql_using="gin",
        postgresql_ops={"address": "gin_trgm_ops"},
        postgresql_where=text("upper_inf(known)"),
    ),
    schema="spatial",
    comment="What stood in the register (valid) and what the registrar knew (known) of a unit in a building;"
    " a row only ever has its known range closed",
)
