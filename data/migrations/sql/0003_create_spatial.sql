-- Counties, cadastral districts, parcels with their history and the guard against overlap, buildings,
-- county decisions, and the views and the change feed of schema map that show them.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Counties -----------------------------------------------------------------------------------------------
CREATE TABLE spatial.boundary_set (
  set_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  valid daterange NOT NULL CHECK (NOT isempty(valid)),
  accuracy_m numeric(8,2) NOT NULL CHECK (accuracy_m >= 0),
  source text NOT NULL,
  source_doc text NOT NULL,
  licence text NOT NULL,
  notice_zh text NOT NULL,
  notice_en text NOT NULL,
  legal boolean NOT NULL,
  sha256 bytea NOT NULL,
  loaded_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT boundary_set_one_at_a_time EXCLUDE USING gist (valid WITH &&)
);
COMMENT ON TABLE spatial.boundary_set IS 'Versions of the county boundaries (县界); one is in force on a day';
COMMENT ON COLUMN spatial.boundary_set.set_id IS 'Our key';
COMMENT ON COLUMN spatial.boundary_set.name IS 'Name of the version, such as xianning-v1';
COMMENT ON COLUMN spatial.boundary_set.valid IS 'Days on which it is in force';
COMMENT ON COLUMN spatial.boundary_set.accuracy_m IS 'How far a true line may lie from the drawn one, metres';
COMMENT ON COLUMN spatial.boundary_set.source IS 'Where the lines come from';
COMMENT ON COLUMN spatial.boundary_set.source_doc IS 'Document or package and its version';
COMMENT ON COLUMN spatial.boundary_set.licence IS 'Licence as the source states it';
COMMENT ON COLUMN spatial.boundary_set.notice_zh IS 'Notice shown on each map, Chinese';
COMMENT ON COLUMN spatial.boundary_set.notice_en IS 'Notice shown on each map, English';
COMMENT ON COLUMN spatial.boundary_set.legal IS 'Whether the lines are legal boundaries';
COMMENT ON COLUMN spatial.boundary_set.sha256 IS 'SHA-256 of the ordered codes and 1 mm shapes';
COMMENT ON COLUMN spatial.boundary_set.loaded_at IS 'Instant of loading';

CREATE TABLE spatial.county_boundary (
  set_id integer NOT NULL REFERENCES spatial.boundary_set,
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  name_zh text NOT NULL,
  name_en text NOT NULL,
  in_city boolean NOT NULL,
  geom geometry(MultiPolygon, 4547) NOT NULL,
  geom_3857 geometry(MultiPolygon, 3857) GENERATED ALWAYS AS (st_transform(geom, 3857)) STORED,
  PRIMARY KEY (set_id, county_code)
);
CREATE INDEX idx_county_boundary_geom ON spatial.county_boundary USING gist (geom);
CREATE INDEX idx_county_boundary_geom_3857 ON spatial.county_boundary USING gist (geom_3857);
COMMENT ON TABLE spatial.county_boundary IS 'Counties of a boundary set: those of the city and their neighbours';
COMMENT ON COLUMN spatial.county_boundary.set_id IS 'Boundary set';
COMMENT ON COLUMN spatial.county_boundary.county_code IS 'Six-digit county code (GB/T 2260)';
COMMENT ON COLUMN spatial.county_boundary.name_zh IS 'Name in Chinese';
COMMENT ON COLUMN spatial.county_boundary.name_en IS 'Name in English';
COMMENT ON COLUMN spatial.county_boundary.in_city IS 'Whether it is a county of the city; false for neighbours';
COMMENT ON COLUMN spatial.county_boundary.geom IS 'Area, EPSG:4547 (E, N) metres, 1 mm grid';
COMMENT ON COLUMN spatial.county_boundary.geom_3857 IS 'Area for tiles, EPSG:3857 metres';

CREATE TABLE spatial.county_piece (
  piece_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  set_id integer NOT NULL REFERENCES spatial.boundary_set,
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  in_city boolean NOT NULL,
  geom geometry(Polygon, 4547) NOT NULL
);
CREATE INDEX idx_county_piece_geom ON spatial.county_piece USING gist (geom);
COMMENT ON TABLE spatial.county_piece IS 'Counties cut into pieces of at most 64 vertices, which tile them';
COMMENT ON COLUMN spatial.county_piece.piece_id IS 'Our key';
COMMENT ON COLUMN spatial.county_piece.set_id IS 'Boundary set';
COMMENT ON COLUMN spatial.county_piece.county_code IS 'Six-digit county code (GB/T 2260)';
COMMENT ON COLUMN spatial.county_piece.in_city IS 'Whether it is a county of the city; false for neighbours';
COMMENT ON COLUMN spatial.county_piece.geom IS 'Piece, EPSG:4547 (E, N) metres';

CREATE TABLE spatial.county_core (
  core_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  set_id integer NOT NULL REFERENCES spatial.boundary_set,
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  geom geometry(Polygon, 4547) NOT NULL
);
CREATE INDEX idx_county_core_geom ON spatial.county_core USING gist (geom);
COMMENT ON TABLE spatial.county_core IS 'Pieces of the city''s counties farther than accuracy_m from every county line';
COMMENT ON COLUMN spatial.county_core.core_id IS 'Our key';
COMMENT ON COLUMN spatial.county_core.set_id IS 'Boundary set';
COMMENT ON COLUMN spatial.county_core.county_code IS 'Six-digit county code (GB/T 2260)';
COMMENT ON COLUMN spatial.county_core.geom IS 'Piece of at most 64 vertices, EPSG:4547 (E, N) metres';

CREATE TABLE spatial.county_line (
  line_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  set_id integer NOT NULL REFERENCES spatial.boundary_set,
  geom geometry(LineString, 4547) NOT NULL
);
CREATE INDEX idx_county_line_geom ON spatial.county_line USING gist (geom);
COMMENT ON TABLE spatial.county_line IS 'Lines that bound the city''s counties, in parts of at most 32 vertices';
COMMENT ON COLUMN spatial.county_line.line_id IS 'Our key';
COMMENT ON COLUMN spatial.county_line.set_id IS 'Boundary set';
COMMENT ON COLUMN spatial.county_line.geom IS 'Part of a line, EPSG:4547 (E, N) metres';

-- Cadastral districts ------------------------------------------------------------------------------------
CREATE TABLE spatial.cadastral_district (
  district_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  district_code text NOT NULL CHECK (district_code ~ '^[0-9]{9}$|^[0-9]{12}$'),
  level text GENERATED ALWAYS AS (CASE length(district_code) WHEN 9 THEN 'district' ELSE 'subdistrict' END) STORED,
  county_code text NOT NULL GENERATED ALWAYS AS (left(district_code, 6)) STORED,
  name text NOT NULL,
  geom geometry(MultiPolygon, 4547) NOT NULL,
  geom_3857 geometry(MultiPolygon, 3857) GENERATED ALWAYS AS (st_transform(geom, 3857)) STORED,
  valid daterange NOT NULL CHECK (NOT isempty(valid)),
  source text NOT NULL,
  CONSTRAINT cadastral_district_one_at_a_time
    EXCLUDE USING gist (district_code WITH =, valid WITH &&) DEFERRABLE
);
CREATE INDEX cadastral_district_code_idx ON spatial.cadastral_district (district_code);
CREATE INDEX idx_cadastral_district_geom ON spatial.cadastral_district USING gist (geom);
CREATE INDEX idx_cadastral_district_geom_3857 ON spatial.cadastral_district USING gist (geom_3857);
COMMENT ON TABLE spatial.cadastral_district IS 'Cadastral districts (地籍区) and sub-districts (地籍子区)';
COMMENT ON COLUMN spatial.cadastral_district.district_id IS 'Our key';
COMMENT ON COLUMN spatial.cadastral_district.district_code IS 'Nine digits for a district, twelve for a sub-district';
COMMENT ON COLUMN spatial.cadastral_district.level IS 'district or subdistrict';
COMMENT ON COLUMN spatial.cadastral_district.county_code IS 'Six-digit county code, the first six of the code';
COMMENT ON COLUMN spatial.cadastral_district.name IS 'Name';
COMMENT ON COLUMN spatial.cadastral_district.geom IS 'Area, EPSG:4547 (E, N) metres, 1 mm grid';
COMMENT ON COLUMN spatial.cadastral_district.geom_3857 IS 'Area for tiles, EPSG:3857 metres';
COMMENT ON COLUMN spatial.cadastral_district.valid IS 'Days on which it is in force';
COMMENT ON COLUMN spatial.cadastral_district.source IS 'Where it comes from';

-- Parcels ------------------------------------------------------------------------------------------------
CREATE TABLE spatial.parcel_layer (
  layer text PRIMARY KEY,
  layer_no smallint NOT NULL UNIQUE,
  name_zh text NOT NULL,
  name_en text NOT NULL
);
COMMENT ON TABLE spatial.parcel_layer IS 'Layers of parcels (LADM levels); parcels of one layer never overlap';
COMMENT ON COLUMN spatial.parcel_layer.layer IS 'Name, the key';
COMMENT ON COLUMN spatial.parcel_layer.layer_no IS 'Small number of the layer, for the overlap guard';
COMMENT ON COLUMN spatial.parcel_layer.name_zh IS 'Name in Chinese';
COMMENT ON COLUMN spatial.parcel_layer.name_en IS 'Name in English';
INSERT INTO spatial.parcel_layer (layer, layer_no, name_zh, name_en) VALUES
  ('use_surface', 1, '土地使用权（地表）', 'Land use right, surface'),
  ('use_above', 2, '土地使用权（地上）', 'Land use right, above ground'),
  ('use_below', 3, '土地使用权（地下）', 'Land use right, underground'),
  ('collective', 4, '集体土地所有权', 'Collective land ownership'),
  ('contract', 5, '土地承包经营权', 'Contracted land'),
  ('forest', 6, '林地使用权', 'Forest land');

CREATE TABLE spatial.layer_pair (
  layer_a text NOT NULL REFERENCES spatial.parcel_layer,
  layer_b text NOT NULL REFERENCES spatial.parcel_layer,
  may_overlap boolean NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (layer_a, layer_b),
  CHECK (layer_a <= layer_b)
);
COMMENT ON TABLE spatial.layer_pair IS 'Which layers may lie over each other; a pair not listed may not';
COMMENT ON COLUMN spatial.layer_pair.layer_a IS 'Layer that comes first by name';
COMMENT ON COLUMN spatial.layer_pair.layer_b IS 'The other layer, or the same';
COMMENT ON COLUMN spatial.layer_pair.may_overlap IS 'Whether parcels of the two may share ground';
COMMENT ON COLUMN spatial.layer_pair.reason IS 'Why';
INSERT INTO spatial.layer_pair (layer_a, layer_b, may_overlap, reason)
SELECT a.layer, b.layer,
  a.layer <> b.layer AND ('collective' IN (a.layer, b.layer)
    OR 'use_above' IN (a.layer, b.layer) OR 'use_below' IN (a.layer, b.layer)),
  CASE WHEN a.layer = b.layer THEN '同一层不得重叠'
       WHEN 'collective' IN (a.layer, b.layer) THEN '所有权之上可设使用权、承包经营权、林权'
       WHEN 'use_above' IN (a.layer, b.layer) OR 'use_below' IN (a.layer, b.layer) THEN '分层设立的建设用地使用权'
       ELSE '同为地表用益物权，不得重叠' END
FROM spatial.parcel_layer a JOIN spatial.parcel_layer b ON a.layer <= b.layer;

CREATE TABLE spatial.code_serial (
  prefix text PRIMARY KEY CHECK (length(prefix) IN (14, 20, 24)),
  last_serial integer NOT NULL CHECK (last_serial BETWEEN 0 AND 99999999)
);
COMMENT ON TABLE spatial.code_serial IS 'Highest serial number ever given under a code prefix; never goes down (GB/T 37346: no reuse)';
COMMENT ON COLUMN spatial.code_serial.prefix IS 'Sub-district and character (14), parcel and fixture type (20), or building (24)';
COMMENT ON COLUMN spatial.code_serial.last_serial IS 'Highest serial given';

CREATE FUNCTION spatial.refuse_lower_serial() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR NEW.last_serial < OLD.last_serial OR NEW.prefix <> OLD.prefix THEN
    RAISE EXCEPTION 'a serial never goes down'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'code_serial_never_down';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION spatial.refuse_lower_serial() IS 'Trigger of spatial.code_serial: refuses a lower serial and deletion';
CREATE TRIGGER code_serial_never_down BEFORE UPDATE OR DELETE ON spatial.code_serial
  FOR EACH ROW EXECUTE FUNCTION spatial.refuse_lower_serial();

CREATE TABLE spatial.parcel (
  parcel_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parcel_code text NOT NULL UNIQUE CHECK (parcel_code ~ '^[0-9]{12}[GJZ][A-Z][0-9]{5}$'),
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$' AND county_code = left(parcel_code, 6)),
  layer text NOT NULL REFERENCES spatial.parcel_layer,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE spatial.parcel IS 'Identity of parcels (宗地); one row a code, for ever';
COMMENT ON COLUMN spatial.parcel.parcel_id IS 'Our key';
COMMENT ON COLUMN spatial.parcel.parcel_code IS 'Nineteen-character parcel code (宗地代码, GB/T 37346)';
COMMENT ON COLUMN spatial.parcel.county_code IS 'County in the code; where money goes is spatial.county_decision''s to say';
COMMENT ON COLUMN spatial.parcel.layer IS 'Layer; never changes';
COMMENT ON COLUMN spatial.parcel.created_at IS 'Instant of the first registration';

CREATE TABLE spatial.parcel_version (
  version_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parcel_id bigint NOT NULL REFERENCES spatial.parcel,
  parcel_code text NOT NULL,
  unit_code text NOT NULL CHECK (unit_code ~ '^[0-9]{12}[GJZ][A-Z][0-9]{5}[FLQW][0-9]{8}$'),
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  layer text NOT NULL,
  geom geometry(Geometry, 4547) NOT NULL,
  geom_3857 geometry(Geometry, 3857) GENERATED ALWAYS AS (st_transform(geom, 3857)) STORED,
  geom_sha256 bytea NOT NULL,
  official_area_m2 numeric(14,2) NOT NULL CHECK (official_area_m2 > 0),
  surveyed_area_m2 numeric(14,2) CHECK (surveyed_area_m2 > 0),
  calculated_area_m2 numeric(14,2) NOT NULL CHECK (calculated_area_m2 > 0),
  land_use text,
  address text,
  valid daterange NOT NULL CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
  known tstzrange NOT NULL CHECK (NOT isempty(known) AND NOT lower_inf(known)),
  survey_id bigint,
  CONSTRAINT parcel_version_geom_check
    CHECK (geometrytype(geom) IN ('POLYGON', 'MULTIPOLYGON') AND st_isvalid(geom)),
  CONSTRAINT parcel_version_one_at_a_time
    EXCLUDE USING gist (parcel_id WITH =, valid WITH &&, known WITH &&) DEFERRABLE
);
CREATE INDEX parcel_version_parcel_code_idx ON spatial.parcel_version (parcel_code text_pattern_ops);
CREATE INDEX parcel_version_survey_id_idx ON spatial.parcel_version (survey_id) WHERE survey_id IS NOT NULL;
CREATE INDEX idx_parcel_version_geom ON spatial.parcel_version USING gist (geom);
CREATE INDEX idx_parcel_version_geom_3857 ON spatial.parcel_version USING gist (geom_3857) WHERE upper_inf(known);
CREATE INDEX parcel_version_address_idx ON spatial.parcel_version USING gin (address gin_trgm_ops)
  WHERE upper_inf(known);
COMMENT ON TABLE spatial.parcel_version IS 'What was in force (valid) and what the registrar knew (known) of a parcel; a row only ever has its known range closed';
COMMENT ON COLUMN spatial.parcel_version.version_id IS 'Our key';
COMMENT ON COLUMN spatial.parcel_version.parcel_id IS 'Parcel';
COMMENT ON COLUMN spatial.parcel_version.parcel_code IS 'Nineteen-character parcel code, as spatial.parcel';
COMMENT ON COLUMN spatial.parcel_version.unit_code IS 'Twenty-eight-character unit code (不动产单元代码) of the land';
COMMENT ON COLUMN spatial.parcel_version.county_code IS 'Six-digit county code, as spatial.parcel';
COMMENT ON COLUMN spatial.parcel_version.layer IS 'Layer, as spatial.parcel';
COMMENT ON COLUMN spatial.parcel_version.geom IS 'Legal shape, EPSG:4547 (E, N) metres, 1 mm grid, valid';
COMMENT ON COLUMN spatial.parcel_version.geom_3857 IS 'Shape for tiles, EPSG:3857 metres';
COMMENT ON COLUMN spatial.parcel_version.geom_sha256 IS 'SHA-256 of the normalised little-endian WKB of geom';
COMMENT ON COLUMN spatial.parcel_version.official_area_m2 IS 'Area on the certificate (证载面积), square metres';
COMMENT ON COLUMN spatial.parcel_version.surveyed_area_m2 IS 'Area the surveyor declared, square metres';
COMMENT ON COLUMN spatial.parcel_version.calculated_area_m2 IS 'Area of geom in the plane of EPSG:4547, square metres';
COMMENT ON COLUMN spatial.parcel_version.land_use IS 'Land use code (用途)';
COMMENT ON COLUMN spatial.parcel_version.address IS 'Location (坐落)';
COMMENT ON COLUMN spatial.parcel_version.valid IS 'Days on which it was or is in force';
COMMENT ON COLUMN spatial.parcel_version.known IS 'Instants at which the register said so';
COMMENT ON COLUMN spatial.parcel_version.survey_id IS 'Survey submission that brought it';

CREATE FUNCTION spatial.refuse_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND upper_inf(OLD.known) AND NOT upper_inf(NEW.known)
     AND lower(NEW.known) = lower(OLD.known) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'of a parcel version only the known range is closed, once'
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;
COMMENT ON FUNCTION spatial.refuse_version_change() IS 'Trigger of spatial.parcel_version: lets only an open known range be closed';
CREATE TRIGGER parcel_version_append_only BEFORE UPDATE OR DELETE ON spatial.parcel_version
  FOR EACH ROW EXECUTE FUNCTION spatial.refuse_version_change();
CREATE TRIGGER parcel_version_append_only_truncate BEFORE TRUNCATE ON spatial.parcel_version
  FOR EACH STATEMENT EXECUTE FUNCTION ref.refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON spatial.parcel_version FROM ":prefix_app";
GRANT UPDATE (known) ON spatial.parcel_version TO ":prefix_app";
SELECT ref.make_append_only('spatial.parcel');
REVOKE INSERT, UPDATE, DELETE ON spatial.parcel_layer, spatial.layer_pair FROM ":prefix_app";

CREATE TABLE spatial.parcel_piece (
  version_id bigint NOT NULL REFERENCES spatial.parcel_version,
  piece_no smallint NOT NULL,
  layer_no smallint NOT NULL,
  piece polygon NOT NULL,
  valid daterange NOT NULL,
  PRIMARY KEY (version_id, piece_no),
  CONSTRAINT parcel_piece_no_overlap
    EXCLUDE USING gist (piece WITH &&, layer_no WITH =, valid WITH &&) DEFERRABLE
);
COMMENT ON TABLE spatial.parcel_piece IS 'Guard against overlap: each version known now, shrunk by 1 mm and cut into parts without holes';
COMMENT ON COLUMN spatial.parcel_piece.version_id IS 'Version';
COMMENT ON COLUMN spatial.parcel_piece.piece_no IS 'Number of the piece in the version, from 1';
COMMENT ON COLUMN spatial.parcel_piece.layer_no IS 'Number of the layer';
COMMENT ON COLUMN spatial.parcel_piece.piece IS 'Piece as a PostgreSQL polygon (its && is exact), EPSG:4547 (E, N) metres';
COMMENT ON COLUMN spatial.parcel_piece.valid IS 'Days on which the version is in force';

CREATE TABLE spatial.lineage (
  lineage_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parent_id bigint NOT NULL REFERENCES spatial.parcel,
  child_id bigint NOT NULL REFERENCES spatial.parcel,
  kind text NOT NULL CHECK (kind IN ('split', 'merge', 'adjust', 'renumber', 'resurvey')),
  effective_on date NOT NULL,
  area_m2 numeric(14,2) CHECK (area_m2 >= 0),
  survey_id bigint,
  known_at timestamptz NOT NULL,
  CHECK (parent_id <> child_id),
  UNIQUE (parent_id, child_id, effective_on)
);
CREATE INDEX lineage_child_id_idx ON spatial.lineage (child_id);
COMMENT ON TABLE spatial.lineage IS 'Which parcel came from which (沿革)';
COMMENT ON COLUMN spatial.lineage.lineage_id IS 'Our key';
COMMENT ON COLUMN spatial.lineage.parent_id IS 'Parcel that was';
COMMENT ON COLUMN spatial.lineage.child_id IS 'Parcel that came from it';
COMMENT ON COLUMN spatial.lineage.kind IS 'split, merge, adjust, renumber or resurvey';
COMMENT ON COLUMN spatial.lineage.effective_on IS 'Day of the change';
COMMENT ON COLUMN spatial.lineage.area_m2 IS 'Ground the two share, square metres (EPSG:4547 plane)';
COMMENT ON COLUMN spatial.lineage.survey_id IS 'Survey submission that brought it';
COMMENT ON COLUMN spatial.lineage.known_at IS 'Instant of registration';
SELECT ref.make_append_only('spatial.lineage');

-- Buildings ----------------------------------------------------------------------------------------------
CREATE TABLE spatial.building (
  building_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  building_code text NOT NULL UNIQUE CHECK (building_code ~ '^[0-9]{12}[GJZ][A-Z][0-9]{5}F[0-9]{4}$'),
  parcel_code text NOT NULL CHECK (parcel_code = left(building_code, 19)),
  county_code text NOT NULL CHECK (county_code = left(building_code, 6)),
  name text,
  address text,
  floors smallint CHECK (floors BETWEEN 0 AND 200),
  structure text,
  built_year smallint CHECK (built_year BETWEEN 1000 AND 2200),
  use_code text,
  geom geometry(MultiPolygon, 4547) NOT NULL,
  geom_3857 geometry(MultiPolygon, 3857) GENERATED ALWAYS AS (st_transform(geom, 3857)) STORED,
  valid daterange NOT NULL CHECK (NOT isempty(valid)),
  survey_id bigint
);
CREATE INDEX building_parcel_code_idx ON spatial.building (parcel_code);
CREATE INDEX idx_building_geom ON spatial.building USING gist (geom);
CREATE INDEX idx_building_geom_3857 ON spatial.building USING gist (geom_3857);
COMMENT ON TABLE spatial.building IS 'Buildings (自然幢)';
COMMENT ON COLUMN spatial.building.building_id IS 'Our key';
COMMENT ON COLUMN spatial.building.building_code IS 'Twenty-four-character building code (自然幢号)';
COMMENT ON COLUMN spatial.building.parcel_code IS 'Parcel it stands on';
COMMENT ON COLUMN spatial.building.county_code IS 'Six-digit county code, the first six of the code';
COMMENT ON COLUMN spatial.building.name IS 'Name';
COMMENT ON COLUMN spatial.building.address IS 'Location (坐落)';
COMMENT ON COLUMN spatial.building.floors IS 'Floors above ground';
COMMENT ON COLUMN spatial.building.structure IS 'Structure (房屋结构) code';
COMMENT ON COLUMN spatial.building.built_year IS 'Year of completion';
COMMENT ON COLUMN spatial.building.use_code IS 'Planned use (规划用途) code';
COMMENT ON COLUMN spatial.building.geom IS 'Footprint, EPSG:4547 (E, N) metres, 1 mm grid';
COMMENT ON COLUMN spatial.building.geom_3857 IS 'Footprint for tiles, EPSG:3857 metres';
COMMENT ON COLUMN spatial.building.valid IS 'Days on which it stands in the register';
COMMENT ON COLUMN spatial.building.survey_id IS 'Survey submission that brought it';

CREATE TABLE spatial.building_unit (
  unit_code text PRIMARY KEY CHECK (unit_code ~ '^[0-9]{12}[GJZ][A-Z][0-9]{5}F[0-9]{8}$'),
  building_code text NOT NULL REFERENCES spatial.building (building_code),
  parcel_code text NOT NULL CHECK (parcel_code = left(unit_code, 19)),
  county_code text NOT NULL CHECK (county_code = left(unit_code, 6)),
  floor_no smallint NOT NULL,
  room_no text NOT NULL,
  address text NOT NULL,
  use_code text NOT NULL,
  housing boolean NOT NULL,
  predicted_area_m2 numeric(12,2) CHECK (predicted_area_m2 > 0),
  measured_area_m2 numeric(12,2) CHECK (measured_area_m2 > 0),
  inside_area_m2 numeric(12,2) CHECK (inside_area_m2 > 0),
  shared_area_m2 numeric(12,2) CHECK (shared_area_m2 >= 0),
  valid daterange NOT NULL CHECK (NOT isempty(valid)),
  CHECK (building_code = left(unit_code, 24))
);
CREATE INDEX building_unit_building_code_idx ON spatial.building_unit (building_code);
CREATE INDEX building_unit_parcel_code_idx ON spatial.building_unit (parcel_code);
CREATE INDEX building_unit_address_idx ON spatial.building_unit USING gin (address gin_trgm_ops);
COMMENT ON TABLE spatial.building_unit IS 'Units in buildings (户): flats, shops, whole houses';
COMMENT ON COLUMN spatial.building_unit.unit_code IS 'Twenty-eight-character unit code (不动产单元代码)';
COMMENT ON COLUMN spatial.building_unit.building_code IS 'Building';
COMMENT ON COLUMN spatial.building_unit.parcel_code IS 'Parcel the building stands on';
COMMENT ON COLUMN spatial.building_unit.county_code IS 'Six-digit county code, the first six of the code';
COMMENT ON COLUMN spatial.building_unit.floor_no IS 'Floor, negative underground';
COMMENT ON COLUMN spatial.building_unit.room_no IS 'Room number';
COMMENT ON COLUMN spatial.building_unit.address IS 'Location (坐落)';
COMMENT ON COLUMN spatial.building_unit.use_code IS 'Planned use (规划用途) code';
COMMENT ON COLUMN spatial.building_unit.housing IS 'Whether the fee is that of housing (住宅类)';
COMMENT ON COLUMN spatial.building_unit.predicted_area_m2 IS 'Predicted floor area (预测建筑面积), square metres';
COMMENT ON COLUMN spatial.building_unit.measured_area_m2 IS 'Measured floor area (实测建筑面积), square metres';
COMMENT ON COLUMN spatial.building_unit.inside_area_m2 IS 'Area inside the walls (套内建筑面积), square metres';
COMMENT ON COLUMN spatial.building_unit.shared_area_m2 IS 'Share of common area (分摊建筑面积), square metres';
COMMENT ON COLUMN spatial.building_unit.valid IS 'Days on which it stands in the register';

-- County decisions ---------------------------------------------------------------------------------------
CREATE TABLE spatial.county_decision (
  decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject text NOT NULL,
  parcel_code text,
  unit_code text,
  geom geometry(Geometry, 4547),
  geometry_sha256 bytea,
  set_id integer NOT NULL REFERENCES spatial.boundary_set,
  rule text NOT NULL CHECK (rule IN ('R1', 'R2', 'R2b', 'R3', 'R4', 'R5', 'R6', 'R7')),
  county_overlaps jsonb NOT NULL,
  neighbours jsonb NOT NULL DEFAULT '[]',
  outside_ppm integer NOT NULL CHECK (outside_ppm BETWEEN 0 AND 1000000),
  distance_to_line_m numeric(12,3),
  code_county text CHECK (code_county ~ '^[0-9]{6}$'),
  county_code text CHECK (county_code ~ '^[0-9]{6}$'),
  by_person boolean NOT NULL,
  reason text,
  basis_doc text,
  person_reason text,
  engine jsonb NOT NULL,
  as_of date NOT NULL,
  decided_by text NOT NULL,
  decided_at timestamptz NOT NULL,
  supersedes bigint UNIQUE REFERENCES spatial.county_decision,
  CHECK (NOT by_person OR (county_code IS NOT NULL AND basis_doc IS NOT NULL AND person_reason IS NOT NULL)),
  CHECK (by_person OR (county_code IS NULL) = (reason IS NOT NULL))
);
CREATE INDEX county_decision_subject_idx ON spatial.county_decision (subject, decision_id);
CREATE INDEX county_decision_undecided_idx ON spatial.county_decision (decision_id) WHERE county_code IS NULL;
COMMENT ON TABLE spatial.county_decision IS 'Which county a thing belongs to, with the evidence; append-only, a later row supersedes';
COMMENT ON COLUMN spatial.county_decision.decision_id IS 'Our key';
COMMENT ON COLUMN spatial.county_decision.subject IS 'Unit code, parcel code or case number decided for';
COMMENT ON COLUMN spatial.county_decision.parcel_code IS 'Parcel whose shape was looked up';
COMMENT ON COLUMN spatial.county_decision.unit_code IS 'Unit whose code prefix was compared';
COMMENT ON COLUMN spatial.county_decision.geom IS 'Shape looked up, EPSG:4547 (E, N) metres, 1 mm grid';
COMMENT ON COLUMN spatial.county_decision.geometry_sha256 IS 'SHA-256 of the normalised little-endian WKB of geom';
COMMENT ON COLUMN spatial.county_decision.set_id IS 'Boundary set used';
COMMENT ON COLUMN spatial.county_decision.rule IS 'Rule that matched, R1 to R7';
COMMENT ON COLUMN spatial.county_decision.county_overlaps IS 'Counties of the city: county_code, ratio_ppm, area_mm2; largest first';
COMMENT ON COLUMN spatial.county_decision.neighbours IS 'Counties outside the city, in the same form';
COMMENT ON COLUMN spatial.county_decision.outside_ppm IS 'Part outside the city, millionths';
COMMENT ON COLUMN spatial.county_decision.distance_to_line_m IS 'Distance to the nearest county line, metres; null without a shape';
COMMENT ON COLUMN spatial.county_decision.code_county IS 'County in the unit code';
COMMENT ON COLUMN spatial.county_decision.county_code IS 'County chosen; null while undecided';
COMMENT ON COLUMN spatial.county_decision.by_person IS 'Whether people decided: then a second person must confirm';
COMMENT ON COLUMN spatial.county_decision.reason IS 'Why undecided';
COMMENT ON COLUMN spatial.county_decision.basis_doc IS 'Document a person relied on';
COMMENT ON COLUMN spatial.county_decision.person_reason IS 'Reason a person gave';
COMMENT ON COLUMN spatial.county_decision.engine IS 'Versions of PostGIS, GEOS and PROJ, and of the rules';
COMMENT ON COLUMN spatial.county_decision.as_of IS 'Day whose boundary set was used';
COMMENT ON COLUMN spatial.county_decision.decided_by IS 'Login of who asked or decided';
COMMENT ON COLUMN spatial.county_decision.decided_at IS 'Instant';
COMMENT ON COLUMN spatial.county_decision.supersedes IS 'Decision this one takes the place of';
SELECT ref.make_append_only('spatial.county_decision');

CREATE TABLE spatial.county_confirmation (
  decision_id bigint PRIMARY KEY REFERENCES spatial.county_decision,
  confirmed_by text NOT NULL,
  confirmed_at timestamptz NOT NULL
);
COMMENT ON TABLE spatial.county_confirmation IS 'Second signatures under decisions made by people';
COMMENT ON COLUMN spatial.county_confirmation.decision_id IS 'Decision';
COMMENT ON COLUMN spatial.county_confirmation.confirmed_by IS 'Login of the second person';
COMMENT ON COLUMN spatial.county_confirmation.confirmed_at IS 'Instant';
CREATE FUNCTION spatial.refuse_own_confirmation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM spatial.county_decision d WHERE d.decision_id = NEW.decision_id
             AND (d.decided_by = NEW.confirmed_by OR NOT d.by_person)) THEN
    RAISE EXCEPTION 'a second person confirms a decision made by a person'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'county_confirmation_second_person';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION spatial.refuse_own_confirmation() IS 'Trigger of spatial.county_confirmation: the confirming person is another one';
CREATE TRIGGER county_confirmation_second_person BEFORE INSERT ON spatial.county_confirmation
  FOR EACH ROW EXECUTE FUNCTION spatial.refuse_own_confirmation();
SELECT ref.make_append_only('spatial.county_confirmation');

CREATE TABLE spatial.county_run (
  run_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  set_id integer NOT NULL REFERENCES spatial.boundary_set,
  as_of date NOT NULL,
  started_at timestamptz NOT NULL,
  started_by text NOT NULL,
  engine jsonb NOT NULL
);
COMMENT ON TABLE spatial.county_run IS 'Lookups of all parcels at once';
COMMENT ON COLUMN spatial.county_run.run_id IS 'Our key';
COMMENT ON COLUMN spatial.county_run.set_id IS 'Boundary set used';
COMMENT ON COLUMN spatial.county_run.as_of IS 'Day whose parcels were looked up';
COMMENT ON COLUMN spatial.county_run.started_at IS 'Instant of the start';
COMMENT ON COLUMN spatial.county_run.started_by IS 'Login of who started it';
COMMENT ON COLUMN spatial.county_run.engine IS 'Versions of PostGIS, GEOS and PROJ, and of the rules';
SELECT ref.make_append_only('spatial.county_run');

CREATE TABLE spatial.county_assignment (
  run_id integer NOT NULL,
  version_id bigint NOT NULL,
  county_code text,
  rule text NOT NULL,
  main_county text,
  main_ppm integer NOT NULL,
  outside_ppm integer NOT NULL,
  distance_to_line_m numeric(12,3),
  county_overlaps jsonb,
  geometry_sha256 bytea NOT NULL,
  PRIMARY KEY (run_id, version_id)
);
COMMENT ON TABLE spatial.county_assignment IS 'Answers of a run, one a parcel version';
COMMENT ON COLUMN spatial.county_assignment.run_id IS 'Run';
COMMENT ON COLUMN spatial.county_assignment.version_id IS 'Parcel version';
COMMENT ON COLUMN spatial.county_assignment.county_code IS 'County; null when undecided';
COMMENT ON COLUMN spatial.county_assignment.rule IS 'Rule that matched, R1 to R4';
COMMENT ON COLUMN spatial.county_assignment.main_county IS 'County with the largest part; null when wholly outside the city';
COMMENT ON COLUMN spatial.county_assignment.main_ppm IS 'Part in main_county, millionths';
COMMENT ON COLUMN spatial.county_assignment.outside_ppm IS 'Part outside the city, millionths';
COMMENT ON COLUMN spatial.county_assignment.distance_to_line_m IS 'Distance to the nearest county line, metres; null when not under accuracy_m of the set';
COMMENT ON COLUMN spatial.county_assignment.county_overlaps IS 'Counties of the city: county_code, ratio_ppm, area_mm2; null when wholly in main_county';
COMMENT ON COLUMN spatial.county_assignment.geometry_sha256 IS 'SHA-256 of the normalised shape';
SELECT ref.make_append_only('spatial.county_assignment');

-- What the map sees --------------------------------------------------------------------------------------
CREATE TABLE map.change (
  change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
  layer text NOT NULL,
  county_code text CHECK (county_code ~ '^[0-9]{6}$'),
  kind text NOT NULL CHECK (kind IN ('new', 'changed', 'retired')),
  object_code text,
  bbox_3857 geometry(Polygon, 3857)
);
CREATE INDEX change_tx_idx ON map.change (tx);
COMMENT ON TABLE map.change IS 'What changed on the map, in order; append-only';
COMMENT ON COLUMN map.change.change_id IS 'Our key, rising';
COMMENT ON COLUMN map.change.at IS 'Instant of the transaction';
COMMENT ON COLUMN map.change.tx IS 'Transaction, so that readers miss no late commit';
COMMENT ON COLUMN map.change.layer IS 'Layer of the map or of parcels';
COMMENT ON COLUMN map.change.county_code IS 'Six-digit county code; null for the whole city';
COMMENT ON COLUMN map.change.kind IS 'new, changed or retired';
COMMENT ON COLUMN map.change.object_code IS 'Code of what changed; null for many';
COMMENT ON COLUMN map.change.bbox_3857 IS 'Box touched, EPSG:3857 metres; null for everything';
SELECT ref.make_append_only('map.change');

CREATE FUNCTION map.note_change(layer text, county_code text, kind text, object_code text, geom geometry)
RETURNS bigint LANGUAGE sql AS $$
  INSERT INTO map.change (layer, county_code, kind, object_code, bbox_3857)
  VALUES (layer, county_code, kind, object_code,
          CASE WHEN geom IS NULL THEN NULL ELSE st_envelope(st_buffer(st_transform(st_envelope(geom), 3857), 1)) END)
  RETURNING change_id
$$;
COMMENT ON FUNCTION map.note_change(text, text, text, text, geometry) IS
  'Note a change; geom in any CRS (old and new shape together), null for everything';

CREATE VIEW map.counties AS
SELECT b.county_code, b.name_zh, b.name_en, b.geom_3857,
       st_pointonsurface(b.geom_3857) AS label_3857, s.name AS boundary_set, s.valid
FROM spatial.county_boundary b JOIN spatial.boundary_set s USING (set_id)
WHERE b.in_city AND s.valid @> current_date;
COMMENT ON VIEW map.counties IS 'Counties of the city on today''s boundary set, EPSG:3857';

CREATE VIEW map.districts AS
SELECT district_id, district_code, level, name, county_code, geom_3857,
       st_pointonsurface(geom_3857) AS label_3857
FROM spatial.cadastral_district
WHERE valid @> current_date;
COMMENT ON VIEW map.districts IS 'Cadastral districts and sub-districts in force today, EPSG:3857';

CREATE VIEW map.parcels AS
SELECT version_id, parcel_id, parcel_code, unit_code, county_code, layer, land_use, address,
       official_area_m2 AS area_m2, valid, known, survey_id, geom_3857,
       CASE WHEN NOT upper_inf(known) THEN 'superseded'
            WHEN upper_inf(valid) THEN 'live'
            ELSE 'retired' END AS status
FROM spatial.parcel_version;
COMMENT ON VIEW map.parcels IS 'All parcel versions, EPSG:3857; filter valid @> day and upper_inf(known)';

CREATE VIEW map.collective AS SELECT * FROM map.parcels WHERE layer = 'collective';
COMMENT ON VIEW map.collective IS 'Collective ownership parcels, as map.parcels';
CREATE VIEW map.contract_land AS SELECT * FROM map.parcels WHERE layer = 'contract';
COMMENT ON VIEW map.contract_land IS 'Contracted land, as map.parcels';
CREATE VIEW map.forest AS SELECT * FROM map.parcels WHERE layer = 'forest';
COMMENT ON VIEW map.forest IS 'Forest land, as map.parcels';

CREATE VIEW map.buildings AS
SELECT building_id, building_code, parcel_code, county_code, name, address, floors, structure, built_year,
       use_code, valid, geom_3857
FROM spatial.building;
COMMENT ON VIEW map.buildings IS 'Buildings, EPSG:3857; filter valid @> day';
