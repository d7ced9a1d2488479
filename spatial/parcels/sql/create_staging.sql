-- Tables of one registration; they live until the transaction ends.
CREATE TEMP TABLE IF NOT EXISTS incoming (
  n integer PRIMARY KEY,
  parcel_code text NOT NULL,
  layer text NOT NULL,
  unit_code text NOT NULL,
  geom geometry(Geometry, 4547) NOT NULL,
  geom_sha256 bytea NOT NULL,
  official_area_m2 numeric(14,2) NOT NULL,
  surveyed_area_m2 numeric(14,2),
  calculated_area_m2 numeric(14,2) NOT NULL,
  land_use text,
  address text
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS incoming_piece (
  n integer NOT NULL,
  piece_no smallint NOT NULL,
  geom geometry NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS closing (
  version_id bigint PRIMARY KEY,
  parcel_id bigint NOT NULL,
  old_valid daterange NOT NULL,
  known_from timestamptz NOT NULL,
  kept daterange[] NOT NULL,
  box geometry NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS made (
  n integer PRIMARY KEY,
  version_id bigint NOT NULL,
  parcel_id bigint NOT NULL
) ON COMMIT DROP;
TRUNCATE incoming, incoming_piece, closing, made;
