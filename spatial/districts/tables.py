"""Table of cadastral districts, as migration 0003 makes it."""

from geoalchemy2 import Geometry
from sqlalchemy import Column, Computed, Identity, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import DATERANGE

from data.tables import metadata

cadastral_district = Table(
    "cadastral_district",
    metadata,
    Column("district_id", Integer, Identity(always=True), primary_key=True, comment="Our key"),
    Column(
        "district_code", Text, nullable=False, comment="Nine digits for a district, twelve for a sub-district"
    ),
    Column(
        "level",
        Text,
        Computed(
            "CASE length(district_code) WHEN 9 THEN 'district'::text ELSE 'subdistrict'::text END",
            persisted=True,
        ),
        comment="district or subdistrict",
    ),
    Column(
        "county_code",
        Text,
        Computed('"left"(district_code, 6)', persisted=True),
        nullable=False,
        comment="Six-digit county code, the first six of the code",
    ),
    Column("name", Text, nullable=False, comment="Name"),
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
    Column("valid", DATERANGE, nullable=False, comment="Days on which it is in force"),
    Column("source", Text, nullable=False, comment="Where it comes from"),
    Index("cadastral_district_code_idx", "district_code"),
    schema="spatial",
    comment="Cadastral districts (地籍区) and sub-districts (地籍子区)",
)
