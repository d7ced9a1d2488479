-- Tables of one load; they live until the transaction ends.
CREATE TEMP TABLE IF NOT EXISTS incoming_building (
  building_code text PRIMARY KEY, geom geometry(MultiPolygon, 4547) NOT NULL, name text, address text,
  floors smallint, structure text, built_year smallint, use_code text, survey_id bigint
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS incoming_unit (
  unit_code text PRIMARY KEY, floor_no smallint NOT NULL, room_no text NOT NULL, address text NOT NULL,
  use_code text NOT NULL, housing boolean NOT NULL, predicted_area_m2 numeric, measured_area_m2 numeric,
  inside_area_m2 numeric, shared_area_m2 numeric
) ON COMMIT DROP;
TRUNCATE incoming_building, incoming_unit;
