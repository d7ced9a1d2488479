-- Tables of one load; they live until the transaction ends.
CREATE TEMP TABLE IF NOT EXISTS incoming_building (
  building_code text PRIMARY KEY, geom geometry(MultiPolygon, 4547) NOT NULL, name text, address text,
  floors smallint, structure text, built_year smallint, use_code text, survey_id bigint, floors_below smallint,
  height_m numeric(7,2), footprint_area_m2 numeric(12,2), predicted_area_m2 numeric(12,2),
  measured_area_m2 numeric(12,2)
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS incoming_unit (
  unit_code text PRIMARY KEY, floor_no smallint NOT NULL, room_no text NOT NULL, address text NOT NULL,
  use_code text NOT NULL, housing boolean NOT NULL, predicted_area_m2 numeric(12,2),
  measured_area_m2 numeric(12,2), inside_area_m2 numeric(12,2), shared_area_m2 numeric(12,2),
  predicted_inside_area_m2 numeric(12,2), predicted_shared_area_m2 numeric(12,2), land_share_m2 numeric(14,2),
  survey_id bigint, outline geometry(GeometryCollection, 4547), outline_floors smallint[], party_walls text
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS closing_version (version_id bigint PRIMARY KEY, kept daterange) ON COMMIT DROP;
TRUNCATE incoming_building, incoming_unit, closing_version;
