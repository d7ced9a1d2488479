-- Objects beside the parcels of a survey, boundary points and lines of the register, versions of buildings and
-- flats, contracted plots, forest stands, and how an overlap of two layers is judged.

-- Objects of a submission --------------------------------------------------------------------------------
CREATE TABLE spatial.survey_object (
  survey_id bigint NOT NULL REFERENCES spatial.survey,
  kind text NOT NULL CHECK (kind ~ '^[A-Z]{1,10}$'),
  object_no integer NOT NULL CHECK (object_no > 0),
  geom geometry(Geometry, 4547),
  attributes jsonb NOT NULL,
  PRIMARY KEY (survey_id, kind, object_no)
);
COMMENT ON TABLE spatial.survey_object IS 'Objects beside the parcels as uploaded, never repaired';
COMMENT ON COLUMN spatial.survey_object.survey_id IS 'Submission';
COMMENT ON COLUMN spatial.survey_object.kind IS 'Table of the register standard: JZD, JZX, ZRZ, LJZ, C, H, DK or XB';
COMMENT ON COLUMN spatial.survey_object.object_no IS 'Row of the table, from 1';
COMMENT ON COLUMN spatial.survey_object.geom IS 'Shape, EPSG:4547 (E, N) metres, 1 mm grid, perhaps invalid; null without';
COMMENT ON COLUMN spatial.survey_object.attributes IS 'All attributes of the row as written';
SELECT ref.make_append_only('spatial.survey_object');

-- Boundary points and lines ------------------------------------------------------------------------------
CREATE TABLE spatial.boundary_point (
  point_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subdistrict_code text NOT NULL CHECK (subdistrict_code ~ '^[0-9]{12}$'),
  geom geometry(Point, 4547) NOT NULL,
  east_mm bigint NOT NULL GENERATED ALWAYS AS (round(st_x(geom) * 1000)::bigint) STORED,
  north_mm bigint NOT NULL GENERATED ALWAYS AS (round(st_y(geom) * 1000)::bigint) STORED,
  survey_id bigint NOT NULL,
  known_at timestamptz NOT NULL,
  CONSTRAINT boundary_point_one_a_place UNIQUE (subdistrict_code, east_mm, north_mm)
);
CREATE INDEX idx_boundary_point_geom ON spatial.boundary_point USING gist (geom);
COMMENT ON TABLE spatial.boundary_point IS 'Boundary points (界址点, LADM Point): one a place of a sub-district, shared by its parcels';
COMMENT ON COLUMN spatial.boundary_point.point_id IS 'Our key';
COMMENT ON COLUMN spatial.boundary_point.subdistrict_code IS 'Cadastral sub-district of the parcels, twelve digits';
COMMENT ON COLUMN spatial.boundary_point.geom IS 'Place, EPSG:4547 (E, N) metres, 1 mm grid';
COMMENT ON COLUMN spatial.boundary_point.east_mm IS 'Easting, EPSG:4547, millimetres';
COMMENT ON COLUMN spatial.boundary_point.north_mm IS 'Northing, EPSG:4547, millimetres';
COMMENT ON COLUMN spatial.boundary_point.survey_id IS 'Survey submission that first brought it';
COMMENT ON COLUMN spatial.boundary_point.known_at IS 'Instant from which the register knows it';
SELECT ref.make_append_only('spatial.boundary_point');

CREATE TABLE spatial.parcel_boundary (
  boundary_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parcel_code text NOT NULL REFERENCES spatial.parcel (parcel_code),
  geom_sha256 bytea NOT NULL,
  survey_id bigint NOT NULL REFERENCES spatial.survey,
  known_at timestamptz NOT NULL,
  CONSTRAINT parcel_boundary_once_a_survey UNIQUE (parcel_code, survey_id)
);
COMMENT ON TABLE spatial.parcel_boundary IS 'The survey of a parcel''s boundary; it describes each version of the parcel with its shape';
COMMENT ON COLUMN spatial.parcel_boundary.boundary_id IS 'Our key';
COMMENT ON COLUMN spatial.parcel_boundary.parcel_code IS 'Nineteen-character parcel code';
COMMENT ON COLUMN spatial.parcel_boundary.geom_sha256 IS 'Shape described, as spatial.parcel_version.geom_sha256';
COMMENT ON COLUMN spatial.parcel_boundary.survey_id IS 'Survey submission';
COMMENT ON COLUMN spatial.parcel_boundary.known_at IS 'Instant from which the register knows it';
SELECT ref.make_append_only('spatial.parcel_boundary');

CREATE TABLE spatial.parcel_point (
  boundary_id bigint NOT NULL REFERENCES spatial.parcel_boundary,
  seq integer NOT NULL CHECK (seq > 0),
  point_id bigint NOT NULL REFERENCES spatial.boundary_point,
  point_no text,
  marker_type text,
  point_type text,
  accuracy_class smallint CHECK (accuracy_class BETWEEN 1 AND 3),
  PRIMARY KEY (boundary_id, seq)
);
CREATE INDEX parcel_point_point_id_idx ON spatial.parcel_point (point_id);
COMMENT ON TABLE spatial.parcel_point IS 'Points of a surveyed boundary in order, with how each was marked and measured';
COMMENT ON COLUMN spatial.parcel_point.boundary_id IS 'Survey of the boundary';
COMMENT ON COLUMN spatial.parcel_point.seq IS 'Place in the order (顺序号), from 1';
COMMENT ON COLUMN spatial.parcel_point.point_id IS 'Boundary point';
COMMENT ON COLUMN spatial.parcel_point.point_no IS 'Point number (界址点号) as surveyed';
COMMENT ON COLUMN spatial.parcel_point.marker_type IS 'Code of the marker (界标类型)';
COMMENT ON COLUMN spatial.parcel_point.point_type IS 'Code of how it was measured (界址点类型)';
COMMENT ON COLUMN spatial.parcel_point.accuracy_class IS 'Accuracy class (精度等级) 1 to 3: mean error 5, 7.5 or 10 cm; null unknown';
SELECT ref.make_append_only('spatial.parcel_point');

CREATE TABLE spatial.boundary_line (
  boundary_id bigint NOT NULL REFERENCES spatial.parcel_boundary,
  line_no integer NOT NULL CHECK (line_no > 0),
  start_point_id bigint NOT NULL REFERENCES spatial.boundary_point,
  end_point_id bigint NOT NULL REFERENCES spatial.boundary_point,
  length_m numeric(12,3) CHECK (length_m >= 0),
  category text,
  position text,
  nature text,
  agreement_no text,
  dispute_no text,
  PRIMARY KEY (boundary_id, line_no)
);
CREATE INDEX boundary_line_start_point_id_idx ON spatial.boundary_line (start_point_id);
CREATE INDEX boundary_line_end_point_id_idx ON spatial.boundary_line (end_point_id);
COMMENT ON TABLE spatial.boundary_line IS 'Boundary lines (界址线, LADM BoundaryFaceString) of a surveyed boundary';
COMMENT ON COLUMN spatial.boundary_line.boundary_id IS 'Survey of the boundary';
COMMENT ON COLUMN spatial.boundary_line.line_no IS 'Number of the line in the parcel, from 1';
COMMENT ON COLUMN spatial.boundary_line.start_point_id IS 'Point where it starts';
COMMENT ON COLUMN spatial.boundary_line.end_point_id IS 'Point where it ends';
COMMENT ON COLUMN spatial.boundary_line.length_m IS 'Length as surveyed (界址线长度), metres';
COMMENT ON COLUMN spatial.boundary_line.category IS 'Code of what it follows (界址线类别)';
COMMENT ON COLUMN spatial.boundary_line.position IS 'Code of where on that it runs (界址线位置): 1 inside, 2 middle, 3 outside';
COMMENT ON COLUMN spatial.boundary_line.nature IS 'Code of its nature (界线性质)';
COMMENT ON COLUMN spatial.boundary_line.agreement_no IS 'Number of the boundary agreement (权属界线协议书)';
COMMENT ON COLUMN spatial.boundary_line.dispute_no IS 'Number of the record of dispute (权属争议原由书)';
SELECT ref.make_append_only('spatial.boundary_line');

-- Versions of buildings and flats ------------------------------------------------------------------------
DROP VIEW map.buildings;
CREATE TABLE spatial.building_identity (
  building_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  building_code text NOT NULL UNIQUE CHECK (building_code ~ '^[0-9]{12}[GJZ][A-Z][0-9]{5}F[0-9]{4}$'),
  created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO spatial.building_identity (building_id, building_code) OVERRIDING SYSTEM VALUE
SELECT building_id, building_code FROM spatial.building;
SELECT setval(pg_get_serial_sequence('spatial.building_identity', 'building_id'),
              greatest(max(building_id), 1), max(building_id) IS NOT NULL) FROM spatial.building;
COMMENT ON TABLE spatial.building_identity IS 'Identity of buildings (自然幢); one row a code, for ever';
COMMENT ON COLUMN spatial.building_identity.building_id IS 'Our key';
COMMENT ON COLUMN spatial.building_identity.building_code IS 'Twenty-four-character building code (自然幢号)';
COMMENT ON COLUMN spatial.building_identity.created_at IS 'Instant of the first registration';
SELECT ref.make_append_only('spatial.building_identity');

ALTER TABLE spatial.building_unit DROP CONSTRAINT building_unit_building_code_fkey;
ALTER TABLE spatial.building RENAME TO building_version;
ALTER TABLE spatial.building_version ALTER COLUMN building_id DROP IDENTITY;
ALTER TABLE spatial.building_version
  DROP CONSTRAINT building_pkey,
  DROP CONSTRAINT building_building_code_key,
  ADD COLUMN version_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ADD COLUMN known tstzrange,
  ADD COLUMN floors_below smallint CHECK (floors_below BETWEEN 0 AND 20),
  ADD COLUMN height_m numeric(7,2) CHECK (height_m >= 0),
  ADD COLUMN footprint_area_m2 numeric(12,2) CHECK (footprint_area_m2 >= 0),
  ADD COLUMN predicted_area_m2 numeric(12,2) CHECK (predicted_area_m2 > 0),
  ADD COLUMN measured_area_m2 numeric(12,2) CHECK (measured_area_m2 > 0),
  ADD CONSTRAINT building_version_building_id_fkey FOREIGN KEY (building_id) REFERENCES spatial.building_identity;
-- Since when earlier rows were known was not kept; their first day in force is the best there is.
UPDATE spatial.building_version
SET known = tstzrange(least(lower(valid)::timestamp AT TIME ZONE 'Asia/Shanghai', now()), NULL);
ALTER TABLE spatial.building_version
  ALTER COLUMN known SET NOT NULL,
  ADD CONSTRAINT building_version_known_check CHECK (NOT isempty(known) AND NOT lower_inf(known)),
  ADD CONSTRAINT building_version_one_at_a_time
    EXCLUDE USING gist (building_id WITH =, valid WITH &&, known WITH &&);
DROP INDEX spatial.idx_building_geom_3857;
ALTER INDEX spatial.idx_building_geom RENAME TO idx_building_version_geom;
CREATE INDEX idx_building_version_geom_3857 ON spatial.building_version USING gist (geom_3857)
  WHERE upper_inf(known);
ALTER INDEX spatial.building_parcel_code_idx RENAME TO building_version_parcel_code_idx;
CREATE INDEX building_version_building_code_idx ON spatial.building_version (building_code);
COMMENT ON TABLE spatial.building_version IS 'What stood in the register (valid) and what the registrar knew (known) of a building; a row only ever has its known range closed';
COMMENT ON COLUMN spatial.building_version.version_id IS 'Our key';
COMMENT ON COLUMN spatial.building_version.building_id IS 'Building';
COMMENT ON COLUMN spatial.building_version.known IS 'Instants at which the register said so';
COMMENT ON COLUMN spatial.building_version.floors_below IS 'Floors underground';
COMMENT ON COLUMN spatial.building_version.height_m IS 'Height (建筑物高度), metres';
COMMENT ON COLUMN spatial.building_version.footprint_area_m2 IS 'Footprint as surveyed (幢占地面积), square metres';
COMMENT ON COLUMN spatial.building_version.predicted_area_m2 IS 'Predicted floor area (预测建筑面积), square metres';
COMMENT ON COLUMN spatial.building_version.measured_area_m2 IS 'Measured floor area (实测建筑面积), square metres';

ALTER TABLE spatial.building_unit RENAME TO building_unit_version;
ALTER TABLE spatial.building_unit_version
  DROP CONSTRAINT building_unit_pkey,
  ADD COLUMN version_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ADD COLUMN known tstzrange,
  ADD COLUMN predicted_inside_area_m2 numeric(12,2) CHECK (predicted_inside_area_m2 > 0),
  ADD COLUMN predicted_shared_area_m2 numeric(12,2) CHECK (predicted_shared_area_m2 >= 0),
  ADD COLUMN land_share_m2 numeric(14,2) CHECK (land_share_m2 >= 0),
  ADD COLUMN survey_id bigint,
  ADD CONSTRAINT building_unit_version_building_code_fkey
    FOREIGN KEY (building_code) REFERENCES spatial.building_identity (building_code);
UPDATE spatial.building_unit_version
SET known = tstzrange(least(lower(valid)::timestamp AT TIME ZONE 'Asia/Shanghai', now()), NULL);
-- By the hash of the code: comparing texts in this index takes four times as long. Two codes of one hash would be
-- refused, never let through.
ALTER TABLE spatial.building_unit_version
  ALTER COLUMN known SET NOT NULL,
  ADD CONSTRAINT building_unit_version_known_check CHECK (NOT isempty(known) AND NOT lower_inf(known)),
  ADD CONSTRAINT building_unit_version_one_at_a_time
    EXCLUDE USING gist (hashtextextended(unit_code, 0) WITH =, valid WITH &&, known WITH &&);
CREATE INDEX building_unit_version_unit_code_idx ON spatial.building_unit_version (unit_code);
ALTER INDEX spatial.building_unit_building_code_idx RENAME TO building_unit_version_building_code_idx;
ALTER INDEX spatial.building_unit_parcel_code_idx RENAME TO building_unit_version_parcel_code_idx;
DROP INDEX spatial.building_unit_address_idx;
CREATE INDEX building_unit_version_address_idx ON spatial.building_unit_version USING gin (address gin_trgm_ops)
  WHERE upper_inf(known);
COMMENT ON TABLE spatial.building_unit_version IS 'What stood in the register (valid) and what the registrar knew (known) of a unit in a building; a row only ever has its known range closed';
COMMENT ON COLUMN spatial.building_unit_version.version_id IS 'Our key';
COMMENT ON COLUMN spatial.building_unit_version.known IS 'Instants at which the register said so';
COMMENT ON COLUMN spatial.building_unit_version.inside_area_m2 IS 'Area inside the walls (套内建筑面积), measured if there is a measurement, square metres';
COMMENT ON COLUMN spatial.building_unit_version.shared_area_m2 IS 'Share of common area (分摊建筑面积), measured if there is a measurement, square metres';
COMMENT ON COLUMN spatial.building_unit_version.predicted_inside_area_m2 IS 'Predicted area inside the walls (预测套内建筑面积), square metres';
COMMENT ON COLUMN spatial.building_unit_version.predicted_shared_area_m2 IS 'Predicted share of common area (预测分摊建筑面积), square metres';
COMMENT ON COLUMN spatial.building_unit_version.land_share_m2 IS 'Share of the land (分摊土地面积), square metres';
COMMENT ON COLUMN spatial.building_unit_version.survey_id IS 'Survey submission that brought it';

CREATE FUNCTION spatial.refuse_building_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND upper_inf(OLD.known) AND NOT upper_inf(NEW.known)
     AND lower(NEW.known) = lower(OLD.known)
     AND NEW.geom::bytea = OLD.geom::bytea  -- bytes: = of geometries is blind to some differences
     AND ROW(NEW.version_id, NEW.building_id, NEW.building_code, NEW.parcel_code, NEW.county_code, NEW.name,
         NEW.address, NEW.floors, NEW.structure, NEW.built_year, NEW.use_code, NEW.valid, NEW.survey_id,
         NEW.floors_below, NEW.height_m, NEW.footprint_area_m2, NEW.predicted_area_m2, NEW.measured_area_m2)
         IS NOT DISTINCT FROM
         ROW(OLD.version_id, OLD.building_id, OLD.building_code, OLD.parcel_code, OLD.county_code, OLD.name,
         OLD.address, OLD.floors, OLD.structure, OLD.built_year, OLD.use_code, OLD.valid, OLD.survey_id,
         OLD.floors_below, OLD.height_m, OLD.footprint_area_m2, OLD.predicted_area_m2, OLD.measured_area_m2) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'of a building version only the known range is closed, once'
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;
COMMENT ON FUNCTION spatial.refuse_building_change() IS 'Trigger of spatial.building_version: lets only an open known range be closed';
CREATE FUNCTION spatial.refuse_unit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND upper_inf(OLD.known) AND NOT upper_inf(NEW.known)
     AND lower(NEW.known) = lower(OLD.known)
     AND to_jsonb(NEW) - 'known' = to_jsonb(OLD) - 'known' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'of a unit version only the known range is closed, once'
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;
COMMENT ON FUNCTION spatial.refuse_unit_change() IS 'Trigger of spatial.building_unit_version: lets only an open known range be closed';
CREATE TRIGGER building_version_append_only BEFORE UPDATE OR DELETE ON spatial.building_version
  FOR EACH ROW EXECUTE FUNCTION spatial.refuse_building_change();
CREATE TRIGGER building_unit_version_append_only BEFORE UPDATE OR DELETE ON spatial.building_unit_version
  FOR EACH ROW EXECUTE FUNCTION spatial.refuse_unit_change();
CREATE TRIGGER building_version_append_only_truncate BEFORE TRUNCATE ON spatial.building_version
  FOR EACH STATEMENT EXECUTE FUNCTION ref.refuse_change();
CREATE TRIGGER building_unit_version_append_only_truncate BEFORE TRUNCATE ON spatial.building_unit_version
  FOR EACH STATEMENT EXECUTE FUNCTION ref.refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON spatial.building_version, spatial.building_unit_version FROM ":prefix_app";
GRANT UPDATE (known) ON spatial.building_version, spatial.building_unit_version TO ":prefix_app";

CREATE VIEW spatial.building AS
SELECT building_id, building_code, parcel_code, county_code, name, address, floors, floors_below, height_m,
       structure, built_year, use_code, footprint_area_m2, predicted_area_m2, measured_area_m2, geom, geom_3857,
       valid, survey_id
FROM spatial.building_version WHERE upper_inf(known);
COMMENT ON VIEW spatial.building IS 'Buildings as the register knows them now; filter valid @> day';
CREATE VIEW spatial.building_unit AS
SELECT unit_code, building_code, parcel_code, county_code, floor_no, room_no, address, use_code, housing,
       predicted_area_m2, predicted_inside_area_m2, predicted_shared_area_m2, measured_area_m2, inside_area_m2,
       shared_area_m2, land_share_m2, valid, survey_id
FROM spatial.building_unit_version WHERE upper_inf(known);
COMMENT ON VIEW spatial.building_unit IS 'Units in buildings as the register knows them now; filter valid @> day';
REVOKE INSERT, UPDATE, DELETE ON spatial.building, spatial.building_unit FROM ":prefix_app";

CREATE VIEW map.buildings AS
SELECT building_id, building_code, parcel_code, county_code, name, address, floors, structure, built_year,
       use_code, valid, geom_3857
FROM spatial.building_version WHERE upper_inf(known);
COMMENT ON VIEW map.buildings IS 'Buildings, EPSG:3857; filter valid @> day';

-- Contracted plots and forest stands ---------------------------------------------------------------------
CREATE TABLE spatial.contract_plot (
  parcel_code text NOT NULL REFERENCES spatial.parcel (parcel_code),
  plot_code text NOT NULL CHECK (plot_code ~ '^[0-9]{19}$'),
  survey_id bigint NOT NULL REFERENCES spatial.survey,
  contract_area_m2 numeric(14,2) CHECK (contract_area_m2 > 0),
  measured_area_m2 numeric(14,2) CHECK (measured_area_m2 > 0),
  known_at timestamptz NOT NULL,
  PRIMARY KEY (parcel_code, plot_code, survey_id)
);
CREATE INDEX contract_plot_plot_code_idx ON spatial.contract_plot (plot_code);
COMMENT ON TABLE spatial.contract_plot IS 'Contracted plots (承包地块) that a parcel holds, as each survey said';
COMMENT ON COLUMN spatial.contract_plot.parcel_code IS 'Nineteen-character parcel code';
COMMENT ON COLUMN spatial.contract_plot.plot_code IS 'Plot code (地块编码 DKBM), nineteen digits';
COMMENT ON COLUMN spatial.contract_plot.survey_id IS 'Survey submission; the newest of a parcel holds';
COMMENT ON COLUMN spatial.contract_plot.contract_area_m2 IS 'Area in the contract (合同面积), square metres';
COMMENT ON COLUMN spatial.contract_plot.measured_area_m2 IS 'Area as measured (实测面积), square metres';
COMMENT ON COLUMN spatial.contract_plot.known_at IS 'Instant from which the register knows it';
SELECT ref.make_append_only('spatial.contract_plot');

CREATE TABLE spatial.forest_stand (
  stand_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  district_code text NOT NULL CHECK (district_code ~ '^[0-9]{9}$'),
  compartment text NOT NULL CHECK (length(compartment) BETWEEN 1 AND 40),
  stand_no text NOT NULL CHECK (length(stand_no) BETWEEN 1 AND 40),
  CONSTRAINT forest_stand_number UNIQUE (district_code, compartment, stand_no)
);
COMMENT ON TABLE spatial.forest_stand IS 'Forest stands (小班) by number';
COMMENT ON COLUMN spatial.forest_stand.stand_id IS 'Our key';
COMMENT ON COLUMN spatial.forest_stand.district_code IS 'Cadastral district in which compartments are numbered, nine digits';
COMMENT ON COLUMN spatial.forest_stand.compartment IS 'Number of the compartment (林班)';
COMMENT ON COLUMN spatial.forest_stand.stand_no IS 'Number of the stand in it (小班)';
SELECT ref.make_append_only('spatial.forest_stand');

CREATE TABLE spatial.parcel_stand (
  parcel_code text NOT NULL REFERENCES spatial.parcel (parcel_code),
  stand_id bigint NOT NULL REFERENCES spatial.forest_stand,
  survey_id bigint NOT NULL REFERENCES spatial.survey,
  area_m2 numeric(14,2) CHECK (area_m2 > 0),
  known_at timestamptz NOT NULL,
  PRIMARY KEY (parcel_code, stand_id, survey_id)
);
CREATE INDEX parcel_stand_stand_id_idx ON spatial.parcel_stand (stand_id);
COMMENT ON TABLE spatial.parcel_stand IS 'Which forest stands lie in which parcels, many to many, as each survey said';
COMMENT ON COLUMN spatial.parcel_stand.parcel_code IS 'Nineteen-character parcel code';
COMMENT ON COLUMN spatial.parcel_stand.stand_id IS 'Forest stand';
COMMENT ON COLUMN spatial.parcel_stand.survey_id IS 'Survey submission; the newest of a parcel holds';
COMMENT ON COLUMN spatial.parcel_stand.area_m2 IS 'Area of the stand in the parcel, square metres';
COMMENT ON COLUMN spatial.parcel_stand.known_at IS 'Instant from which the register knows it';
SELECT ref.make_append_only('spatial.parcel_stand');

-- How an overlap of two layers is judged -----------------------------------------------------------------
ALTER TABLE spatial.layer_pair ADD COLUMN judgement text NOT NULL DEFAULT 'error';
UPDATE spatial.layer_pair SET judgement = CASE WHEN may_overlap THEN 'allow' WHEN layer_a = layer_b THEN 'error' ELSE 'warn' END;
UPDATE spatial.layer_pair SET reason = '同为地表用益物权：重叠列为争议，由审核人处理，不自动裁切' WHERE judgement = 'warn';
ALTER TABLE spatial.layer_pair
  ALTER COLUMN judgement DROP DEFAULT,
  ADD CONSTRAINT layer_pair_judgement_check CHECK (judgement IN ('allow', 'warn', 'error')),
  ADD CONSTRAINT layer_pair_judgement_agrees CHECK (may_overlap = (judgement = 'allow'));
COMMENT ON COLUMN spatial.layer_pair.judgement IS 'What the checks say of an overlap: allow, warn (disputed) or error';
