"""Tables of boundaries, plots and stands, as migration 0015 makes them."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
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
)

from data.tables import metadata

_KNOWN = "Instant from which the register knows it"


def _parcel() -> Column[str]:
    return Column(
        "parcel_code",
        Text,
        ForeignKey("spatial.parcel.parcel_code"),
        primary_key=True,
        comment="Nineteen-character parcel code",
    )


def _survey() -> Column[int]:
    return Column(
        "survey_id",
        BigInteger,
        ForeignKey("spatial.survey.survey_id"),
        primary_key=True,
        comment="Survey submission; the newest of a parcel holds",
    )


def _boundary() -> Column[int]:
    return Column(
        "boundary_id",
        BigInteger,
        ForeignKey("spatial.parcel_boundary.boundary_id"),
        primary_key=True,
        comment="Survey of the boundary",
    )


def _point(name: str, comment: str) -> Column[int]:
    return Column(
        name, BigInteger, ForeignKey("spatial.boundary_point.point_id"), nullable=False, comment=comment
    )


boundary_point = Table(
    "boundary_point",
    metadata,
    Column("point_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "subdistrict_code",
        Text,
        nullable=False,
        comment="Cadastral sub-district of the parcels, twelve digits",
    ),
    Column(
        "geom",
        Geometry("POINT", 4547),
        nullable=False,
        comment="Place, EPSG:4547 (E, N) metres, 1 mm grid",
    ),
    Column(
        "east_mm",
        BigInteger,
        Computed("(round((st_x(geom) * (1000)::double precision)))::bigint", persisted=True),
        nullable=False,
        comment="Easting, EPSG:4547, millimetres",
    ),
    Column(
        "north_mm",
        BigInteger,
        Computed("(round((st_y(geom) * (1000)::double precision)))::bigint", persisted=True),
        nullable=False,
        comment="Northing, EPSG:4547, millimetres",
    ),
    Column("survey_id", BigInteger, nullable=False, comment="Survey submission that first brought it"),
    Column("known_at", DateTime(timezone=True), nullable=False, comment=_KNOWN),
    UniqueConstraint("subdistrict_code", "east_mm", "north_mm", name="boundary_point_one_a_place"),
    schema="spatial",
    comment="Boundary points (界址点, LADM Point): one a place of a sub-district, shared by its parcels",
)

parcel_boundary = Table(
    "parcel_boundary",
    metadata,
    Column("boundary_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "parcel_code",
        Text,
        ForeignKey("spatial.parcel.parcel_code"),
        nullable=False,
        comment="Nineteen-character parcel code",
    ),
    Column(
        "geom_sha256",
        LargeBinary,
        nullable=False,
        comment="Shape described, as spatial.parcel_version.geom_sha256",
    ),
    Column(
        "survey_id",
        BigInteger,
        ForeignKey("spatial.survey.survey_id"),
        nullable=False,
        comment="Survey submission",
    ),
    Column("known_at", DateTime(timezone=True), nullable=False, comment=_KNOWN),
    UniqueConstraint("parcel_code", "survey_id", name="parcel_boundary_once_a_survey"),
    schema="spatial",
    comment="The survey of a parcel's boundary; it describes each version of the parcel with its shape",
)

parcel_point = Table(
    "parcel_point",
    metadata,
    _boundary(),
    Column("seq", Integer, primary_key=True, comment="Place in the order (顺序号), from 1"),
    _point("point_id", "Boundary point"),
    Column("point_no", Text, comment="Point number (界址点号) as surveyed"),
    Column("marker_type", Text, comment="Code of the marker (界标类型)"),
    Column("point_type", Text, comment="Code of how it was measured (界址点类型)"),
    Column(
        "accuracy_class",
        SmallInteger,
        comment="Accuracy class (精度等级) 1 to 3: mean error 5, 7.5 or 10 cm; null unknown",
    ),
    Index("parcel_point_point_id_idx", "point_id"),
    schema="spatial",
    comment="Points of a surveyed boundary in order, with how each was marked and measured",
)

boundary_line = Table(
    "boundary_line",
    metadata,
    _boundary(),
    Column("line_no", Integer, primary_key=True, comment="Number of the line in the parcel, from 1"),
    _point("start_point_id", "Point where it starts"),
    _point("end_point_id", "Point where it ends"),
    Column("length_m", Numeric(12, 3), comment="Length as surveyed (界址线长度), metres"),
    Column("category", Text, comment="Code of what it follows (界址线类别)"),
    Column(
        "position",
        Text,
        comment="Code of where on that it runs (界址线位置): 1 inside, 2 middle, 3 outside",
    ),
    Column("nature", Text, comment="Code of its nature (界线性质)"),
    Column("agreement_no", Text, comment="Number of the boundary agreement (权属界线协议书)"),
    Column("dispute_no", Text, comment="Number of the record of dispute (权属争议原由书)"),
    Index("boundary_line_start_point_id_idx", "start_point_id"),
    Index("boundary_line_end_point_id_idx", "end_point_id"),
    schema="spatial",
    comment="Boundary lines (界址线, LADM BoundaryFaceString) of a surveyed boundary",
)

contract_plot = Table(
    "contract_plot",
    metadata,
    _parcel(),
    Column("plot_code", Text, primary_key=True, comment="Plot code (地块编码 DKBM), nineteen digits"),
    _survey(),
    Column("contract_area_m2", Numeric(14, 2), comment="Area in the contract (合同面积), square metres"),
    Column("measured_area_m2", Numeric(14, 2), comment="Area as measured (实测面积), square metres"),
    Column("known_at", DateTime(timezone=True), nullable=False, comment=_KNOWN),
    Index("contract_plot_plot_code_idx", "plot_code"),
    schema="spatial",
    comment="Contracted plots (承包地块) that a parcel holds, as each survey said",
)

forest_stand = Table(
    "forest_stand",
    metadata,
    Column("stand_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "district_code",
        Text,
        nullable=False,
        comment="Cadastral district in which compartments are numbered, nine digits",
    ),
    Column("compartment", Text, nullable=False, comment="Number of the compartment (林班)"),
    Column("stand_no", Text, nullable=False, comment="Number of the stand in it (小班)"),
    UniqueConstraint("district_code", "compartment", "stand_no", name="forest_stand_number"),
    schema="spatial",
    comment="Forest stands (小班) by number",
)

parcel_stand = Table(
    "parcel_stand",
    metadata,
    _parcel(),
    Column(
        "stand_id",
        BigInteger,
        ForeignKey("spatial.forest_stand.stand_id"),
        primary_key=True,
        comment="Forest stand",
    ),
    _survey(),
    Column("area_m2", Numeric(14, 2), comment="Area of the stand in the parcel, square metres"),
    Column("known_at", DateTime(timezone=True), nullable=False, comment=_KNOWN),
    Index("parcel_stand_stand_id_idx", "stand_id"),
    schema="spatial",
    comment="Which forest stands lie in which parcels, many to many, as each survey said",
)
