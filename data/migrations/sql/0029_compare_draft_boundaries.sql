-- Draft county boundaries, to see what they would move; nothing is decided with them, they are no boundary set.
CREATE TABLE spatial.boundary_draft (
  draft_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'compared')),
  loaded_by text NOT NULL,
  loaded_at timestamptz NOT NULL,
  set_id integer REFERENCES spatial.boundary_set,
  as_of date,
  compared_at timestamptz,
  seconds double precision,
  CONSTRAINT boundary_draft_compared_check CHECK ((state = 'compared') = (compared_at IS NOT NULL AND set_id IS NOT NULL AND as_of IS NOT NULL))
);
COMMENT ON TABLE spatial.boundary_draft IS 'Draft county boundaries that were checked; nothing is decided with them';
COMMENT ON COLUMN spatial.boundary_draft.draft_id IS 'Our key';
COMMENT ON COLUMN spatial.boundary_draft.name IS 'Name of the file or of the draft';
COMMENT ON COLUMN spatial.boundary_draft.sha256 IS 'SHA-256 of the ordered codes and 1 mm shapes';
COMMENT ON COLUMN spatial.boundary_draft.state IS 'draft, or compared with a boundary set in force';
COMMENT ON COLUMN spatial.boundary_draft.loaded_by IS 'Login';
COMMENT ON COLUMN spatial.boundary_draft.loaded_at IS 'Instant';
COMMENT ON COLUMN spatial.boundary_draft.set_id IS 'Boundary set it was compared with';
COMMENT ON COLUMN spatial.boundary_draft.as_of IS 'Day whose parcels were compared';
COMMENT ON COLUMN spatial.boundary_draft.compared_at IS 'Instant of the comparison';
COMMENT ON COLUMN spatial.boundary_draft.seconds IS 'How long the comparison took, seconds';

CREATE TABLE spatial.boundary_draft_piece (
  piece_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  draft_id integer NOT NULL REFERENCES spatial.boundary_draft,
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  geom geometry(Polygon, 4547) NOT NULL
);
CREATE INDEX idx_boundary_draft_piece_geom ON spatial.boundary_draft_piece USING gist (geom);
CREATE INDEX boundary_draft_piece_draft_id_idx ON spatial.boundary_draft_piece (draft_id);
COMMENT ON TABLE spatial.boundary_draft_piece IS 'Counties of a draft cut into pieces of at most 64 vertices';
COMMENT ON COLUMN spatial.boundary_draft_piece.piece_id IS 'Our key';
COMMENT ON COLUMN spatial.boundary_draft_piece.draft_id IS 'Draft';
COMMENT ON COLUMN spatial.boundary_draft_piece.county_code IS 'Six-digit county code';
COMMENT ON COLUMN spatial.boundary_draft_piece.geom IS 'Piece, EPSG:4547 (E, N) metres';

CREATE TABLE spatial.boundary_draft_zone (
  zone_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  draft_id integer NOT NULL REFERENCES spatial.boundary_draft,
  from_county text,
  to_county text,
  geom geometry(Polygon, 4547) NOT NULL,
  CONSTRAINT boundary_draft_zone_differs_check CHECK (from_county IS DISTINCT FROM to_county)
);
CREATE INDEX idx_boundary_draft_zone_geom ON spatial.boundary_draft_zone USING gist (geom);
CREATE INDEX boundary_draft_zone_draft_id_idx ON spatial.boundary_draft_zone (draft_id);
COMMENT ON TABLE spatial.boundary_draft_zone IS 'Ground that would change its county by a draft';
COMMENT ON COLUMN spatial.boundary_draft_zone.zone_id IS 'Our key';
COMMENT ON COLUMN spatial.boundary_draft_zone.draft_id IS 'Draft';
COMMENT ON COLUMN spatial.boundary_draft_zone.from_county IS 'County now; null outside the city';
COMMENT ON COLUMN spatial.boundary_draft_zone.to_county IS 'County by the draft; null outside the city';
COMMENT ON COLUMN spatial.boundary_draft_zone.geom IS 'Ground, EPSG:4547 (E, N) metres';

CREATE TABLE spatial.boundary_draft_parcel (
  draft_id integer NOT NULL REFERENCES spatial.boundary_draft,
  version_id bigint NOT NULL REFERENCES spatial.parcel_version,
  parcel_code text NOT NULL,
  from_county text,
  to_county text,
  area_m2 double precision NOT NULL,
  moved_m2 double precision NOT NULL,
  PRIMARY KEY (draft_id, version_id),
  CONSTRAINT boundary_draft_parcel_differs_check CHECK (from_county IS DISTINCT FROM to_county)
);
CREATE INDEX boundary_draft_parcel_parcel_code_idx ON spatial.boundary_draft_parcel (parcel_code);
COMMENT ON TABLE spatial.boundary_draft_parcel IS 'Live parcels whose county would change by a draft';
COMMENT ON COLUMN spatial.boundary_draft_parcel.draft_id IS 'Draft';
COMMENT ON COLUMN spatial.boundary_draft_parcel.version_id IS 'Parcel version';
COMMENT ON COLUMN spatial.boundary_draft_parcel.parcel_code IS 'Nineteen-character parcel code';
COMMENT ON COLUMN spatial.boundary_draft_parcel.from_county IS 'County with at least 98 % of it now; null when none';
COMMENT ON COLUMN spatial.boundary_draft_parcel.to_county IS 'County with at least 98 % of it by the draft; null when none';
COMMENT ON COLUMN spatial.boundary_draft_parcel.area_m2 IS 'Area, square metres (EPSG:4547 plane)';
COMMENT ON COLUMN spatial.boundary_draft_parcel.moved_m2 IS 'Part of it on ground that changes its county, square metres';
