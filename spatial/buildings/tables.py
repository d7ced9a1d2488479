"""Tables of buildings, as migration 0003 makes them."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import DATERANGE

from data.tables import metadata

building = Table(
    "building",
    metadata,
    Column("building_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "building_code",
        Text,
        nullable=False,
        unique=True,
        comment="Twenty-four-character building code (自然幢号)",
    ),
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
        Geometry("MULTIPOLYGON", 3857),
        Computed("st_transform(geom, 3857)", persisted=True),
        comment="Footprint for tiles, EPSG:3857 metres",
    ),
    Column("valid", DATERANGE, nullable=False, comment="Days on which it stands in the register"),
    Column("survey_id", BigInteger, comment="Survey submission that brought it"),
    Index("building_parcel_code_idx", "parcel_code"),
    schema="spatial",
    comment="Buildings (自然幢)",
)

building_unit = Table(
    "building_unit",
    metadata,
    Column("unit_code", Text, primary_key=True, comment="Twenty-eight-character unit code (不动产单元代码)"),
    Column(
        "building_code",
        Text,
        ForeignKey("spatial.building.building_code"),
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
    Column("inside_area_m2", Numeric(12, 2), comment="Area inside the walls (套内建筑面积), square metres"),
    Column("shared_area_m2", Numeric(12, 2), comment="Share of common area (分摊建筑面积), square metres"),
    Column("valid", DATERANGE, nullable=False, comment="Days on which it stands in the register"),
    Index("building_unit_building_code_idx", "building_code"),
    Index("building_unit_parcel_code_idx", "parcel_code"),
    Index(
        "building_unit_address_idx",
        "address",
        postgresql_using="gin",
        postgresql_ops={"address": "gin_trgm_ops"},
    ),
    schema="spatial",
    comment="Units in buildings (户): flats, shops, whole houses",
)
