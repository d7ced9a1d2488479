"""Tables of the map that no other room owns."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    Identity,
    Integer,
    SmallInteger,
    Table,
    Text,
    text,
)

from data.tables import metadata

parcel_cell = Table(
    "parcel_cell",
    metadata,
    Column("z", SmallInteger, primary_key=True, comment="Tile zoom, 7 to 12"),
    Column("tile_x", Integer, primary_key=True, comment="Tile column"),
    Column("tile_y", Integer, primary_key=True, comment="Tile row, from the north"),
    Column("register", Text, primary_key=True, comment="Register layer (use_surface, collective, ...)"),
    Column("cell_x", SmallInteger, primary_key=True, comment="Cell column in the tile, 0 to 127"),
    Column(
        "cell_y", SmallInteger, primary_key=True, comment="Cell row in the tile, from the north, 0 to 127"
    ),
    Column("n", Integer, nullable=False, comment="Parcels whose box has its middle in the cell"),
    Column(
        "area_m2",
        Double,
        nullable=False,
        comment="Their registered area together, square metres",
    ),
    Column("land_use", Text, comment="Land use with the largest area in the cell"),
    CheckConstraint("cell_x BETWEEN 0 AND 127", name="cell_x"),
    CheckConstraint("cell_y BETWEEN 0 AND 127", name="cell_y"),
    schema="map",
    comment="Overview of parcels below tile zoom 13: 128 x 128 cells a tile (EPSG:3857 grid)",
)

overview_build = Table(
    "overview_build",
    metadata,
    Column("build_id", BigInteger, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "built_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("clock_timestamp()"),
        comment="Instant of the end",
    ),
    Column("day", Date, nullable=False, comment="Day whose parcels are shown (Asia/Shanghai)"),
    Column("cells", Integer, nullable=False, comment="Cells written"),
    Column("parcels", BigInteger, nullable=False, comment="Parcels counted at the deepest zoom"),
    schema="map",
    comment="Each building of the overview cells",
)
