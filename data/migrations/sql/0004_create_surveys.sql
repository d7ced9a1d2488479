-- Survey submissions, their draft features, check runs, findings, waivers and the course of events.
CREATE TABLE spatial.survey (
  survey_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_code text NOT NULL CHECK (length(project_code) BETWEEN 1 AND 64),
  version text NOT NULL CHECK (length(version) BETWEEN 1 AND 32),
  layer text NOT NULL REFERENCES spatial.parcel_layer,
  kind text NOT NULL CHECK (kind IN ('new', 'resurvey', 'correction', 'initial_load')),
  scope text NOT NULL CHECK (scope IN ('partial', 'complete')),
  effective_on date NOT NULL,
  status text NOT NULL CHECK (status IN ('received', 'checking', 'checked', 'failed', 'submitted', 'returned',
                                         'accepted', 'registered', 'cancelled')),
  file_name text NOT NULL,
  file_sha256 text NOT NULL CHECK (file_sha256 ~ '^[0-9a-f]{64}$'),
  file_bytes bigint NOT NULL CHECK (file_bytes > 0),
  source jsonb NOT NULL,
  feature_count integer NOT NULL CHECK (feature_count > 0),
  problem jsonb,
  job_id bigint REFERENCES registry.job,
  submitted_by text NOT NULL,
  created_at timestamptz NOT NULL,
  decided_by text,
  decided_at timestamptz,
  comment text,
  registered_at timestamptz,
  CONSTRAINT survey_project_version_key UNIQUE (project_code, version)
);
CREATE INDEX survey_submitted_by_idx ON spatial.survey (submitted_by, survey_id);
CREATE INDEX survey_status_idx ON spatial.survey (status, survey_id);
COMMENT ON TABLE spatial.survey IS 'Survey submissions (多测合一成果): one file of parcels of one layer';
COMMENT ON COLUMN spatial.survey.survey_id IS 'Our key';
COMMENT ON COLUMN spatial.survey.project_code IS 'Project code of the sender';
COMMENT ON COLUMN spatial.survey.version IS 'Version of the project''s file; a corrected file is a new version';
COMMENT ON COLUMN spatial.survey.layer IS 'Layer of the register it goes to';
COMMENT ON COLUMN spatial.survey.kind IS 'new, resurvey, correction or initial_load; decides severities';
COMMENT ON COLUMN spatial.survey.scope IS 'complete: live parcels inside that are absent from the file end';
COMMENT ON COLUMN spatial.survey.effective_on IS 'First day the parcels are in force';
COMMENT ON COLUMN spatial.survey.status IS 'State, from received to registered';
COMMENT ON COLUMN spatial.survey.file_name IS 'File name as sent, text only';
COMMENT ON COLUMN spatial.survey.file_sha256 IS 'SHA-256 of the file, hex; the stored file has this name';
COMMENT ON COLUMN spatial.survey.file_bytes IS 'Size of the file, bytes';
COMMENT ON COLUMN spatial.survey.source IS 'How it was read: driver, layer, EPSG code, encoding, remarks';
COMMENT ON COLUMN spatial.survey.feature_count IS 'Features in the file';
COMMENT ON COLUMN spatial.survey.problem IS 'Why the check failed';
COMMENT ON COLUMN spatial.survey.job_id IS 'Job that checks it';
COMMENT ON COLUMN spatial.survey.submitted_by IS 'Login of the sender';
COMMENT ON COLUMN spatial.survey.created_at IS 'Instant of receipt';
COMMENT ON COLUMN spatial.survey.decided_by IS 'Login of the reviewer';
COMMENT ON COLUMN spatial.survey.decided_at IS 'Instant of the decision';
COMMENT ON COLUMN spatial.survey.comment IS 'Reviewer''s comment';
COMMENT ON COLUMN spatial.survey.registered_at IS 'Instant of registration';

CREATE TABLE spatial.survey_feature (
  survey_id bigint NOT NULL REFERENCES spatial.survey,
  feature_no integer NOT NULL CHECK (feature_no > 0),
  parcel_code text,
  unit_code text,
  geom geometry(MultiPolygon, 4547),
  geom_3857 geometry(MultiPolygon, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
  fault text,
  declared_area_m2 double precision,
  resolution_m2 double precision,
  land_use text,
  address text,
  attributes jsonb NOT NULL,
  change text CHECK (change IN ('new', 'changed', 'split', 'merged', 'unchanged')),
  PRIMARY KEY (survey_id, feature_no)
);
CREATE INDEX idx_survey_feature_geom ON spatial.survey_feature USING gist (geom);
CREATE INDEX idx_survey_feature_geom_3857 ON spatial.survey_feature USING gist (geom_3857);
COMMENT ON TABLE spatial.survey_feature IS 'Draft parcels as uploaded, never repaired';
COMMENT ON COLUMN spatial.survey_feature.survey_id IS 'Submission';
COMMENT ON COLUMN spatial.survey_feature.feature_no IS 'Number in the file, from 1';
COMMENT ON COLUMN spatial.survey_feature.parcel_code IS 'Parcel code as written (should be 19 characters)';
COMMENT ON COLUMN spatial.survey_feature.unit_code IS 'Unit code as written (should be 28 characters)';
COMMENT ON COLUMN spatial.survey_feature.geom IS 'Shape, EPSG:4547 (E, N) metres, 1 mm grid, perhaps invalid; null with a fault';
COMMENT ON COLUMN spatial.survey_feature.geom_3857 IS 'Shape for tiles, EPSG:3857 metres';
COMMENT ON COLUMN spatial.survey_feature.fault IS 'Why there is no shape';
COMMENT ON COLUMN spatial.survey_feature.declared_area_m2 IS 'Area as declared, square metres';
COMMENT ON COLUMN spatial.survey_feature.resolution_m2 IS 'Half of the last decimal of the declared area, square metres';
COMMENT ON COLUMN spatial.survey_feature.land_use IS 'Land use as written';
COMMENT ON COLUMN spatial.survey_feature.address IS 'Location as written';
COMMENT ON COLUMN spatial.survey_feature.attributes IS 'All attributes of the file';
COMMENT ON COLUMN spatial.survey_feature.change IS 'Against the register at the last check: new, changed, split, merged or unchanged';

CREATE TABLE spatial.survey_subdistrict (
  survey_id bigint NOT NULL REFERENCES spatial.survey,
  district_code text NOT NULL CHECK (district_code ~ '^[0-9]{12}$'),
  name text,
  geom geometry(MultiPolygon, 4547) NOT NULL,
  PRIMARY KEY (survey_id, district_code)
);
CREATE INDEX idx_survey_subdistrict_geom ON spatial.survey_subdistrict USING gist (geom);
COMMENT ON TABLE spatial.survey_subdistrict IS 'Sub-districts that came with a file (its layer subdistricts)';
COMMENT ON COLUMN spatial.survey_subdistrict.survey_id IS 'Submission';
COMMENT ON COLUMN spatial.survey_subdistrict.district_code IS 'Sub-district code, twelve digits';
COMMENT ON COLUMN spatial.survey_subdistrict.name IS 'Name as written';
COMMENT ON COLUMN spatial.survey_subdistrict.geom IS 'Area, EPSG:4547 (E, N) metres, 1 mm grid';

CREATE TABLE spatial.survey_run (
  run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  survey_id bigint NOT NULL REFERENCES spatial.survey,
  rule_set_sha256 text NOT NULL CHECK (rule_set_sha256 ~ '^[0-9a-f]{64}$'),
  tolerance_m double precision NOT NULL,
  base_revision bigint,
  started_at timestamptz NOT NULL,
  seconds double precision NOT NULL,
  counts jsonb NOT NULL,
  rules jsonb NOT NULL,
  changes jsonb NOT NULL
);
CREATE INDEX survey_run_survey_id_idx ON spatial.survey_run (survey_id, run_id);
COMMENT ON TABLE spatial.survey_run IS 'Runs of the checks; none is replaced';
COMMENT ON COLUMN spatial.survey_run.run_id IS 'Our key, rising';
COMMENT ON COLUMN spatial.survey_run.survey_id IS 'Submission';
COMMENT ON COLUMN spatial.survey_run.rule_set_sha256 IS 'SHA-256 of the rules'' data and code, hex';
COMMENT ON COLUMN spatial.survey_run.tolerance_m IS 'Coordinate grid of the checks, metres';
COMMENT ON COLUMN spatial.survey_run.base_revision IS 'Last change of the register that was seen';
COMMENT ON COLUMN spatial.survey_run.started_at IS 'Instant of the start';
COMMENT ON COLUMN spatial.survey_run.seconds IS 'Duration, seconds';
COMMENT ON COLUMN spatial.survey_run.counts IS 'Features, errors, warnings, infos, rules passed and not run';
COMMENT ON COLUMN spatial.survey_run.rules IS 'Result of each rule: passed, found or not_run with the reason';
COMMENT ON COLUMN spatial.survey_run.changes IS 'Changes against the register with areas in square metres';
SELECT ref.make_append_only('spatial.survey_run');

CREATE TABLE spatial.finding (
  finding_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id bigint NOT NULL REFERENCES spatial.survey_run,
  survey_id bigint NOT NULL REFERENCES spatial.survey,
  rule_id text NOT NULL,
  severity text NOT NULL CHECK (severity IN ('error', 'warning', 'info')),
  object_id text NOT NULL,
  other_id text,
  feature_no integer,
  measured double precision,
  limit_value double precision,
  unit text,
  message text NOT NULL,
  params jsonb NOT NULL,
  geom geometry(Geometry, 4547),
  geom_3857 geometry(Geometry, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
  fix geometry(Geometry, 4547)
);
CREATE INDEX finding_run_id_idx ON spatial.finding (run_id, finding_id);
CREATE INDEX idx_finding_geom ON spatial.finding USING gist (geom);
CREATE INDEX idx_finding_geom_3857 ON spatial.finding USING gist (geom_3857);
CREATE INDEX idx_finding_fix ON spatial.finding USING gist (fix);
COMMENT ON TABLE spatial.finding IS 'What the rules found in a run (质检问题)';
COMMENT ON COLUMN spatial.finding.finding_id IS 'Our key';
COMMENT ON COLUMN spatial.finding.run_id IS 'Run';
COMMENT ON COLUMN spatial.finding.survey_id IS 'Submission';
COMMENT ON COLUMN spatial.finding.rule_id IS 'Rule of the catalogue';
COMMENT ON COLUMN spatial.finding.severity IS 'error (错误), warning (警告) or info (提示)';
COMMENT ON COLUMN spatial.finding.object_id IS 'Code of the parcel, or # and its number in the file';
COMMENT ON COLUMN spatial.finding.other_id IS 'Code of the other object';
COMMENT ON COLUMN spatial.finding.feature_no IS 'Number of the feature, from 1';
COMMENT ON COLUMN spatial.finding.measured IS 'Measured value, in unit';
COMMENT ON COLUMN spatial.finding.limit_value IS 'Limit, in unit';
COMMENT ON COLUMN spatial.finding.unit IS 'm, m2 or deg';
COMMENT ON COLUMN spatial.finding.message IS 'Code of the text';
COMMENT ON COLUMN spatial.finding.params IS 'Values of the text';
COMMENT ON COLUMN spatial.finding.geom IS 'Place, EPSG:4547 (E, N) metres';
COMMENT ON COLUMN spatial.finding.geom_3857 IS 'Place for tiles, EPSG:3857 metres';
COMMENT ON COLUMN spatial.finding.fix IS 'Proposed shape of the object, EPSG:4547 (E, N) metres';
SELECT ref.make_append_only('spatial.finding');

CREATE TABLE spatial.finding_waiver (
  waiver_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  finding_id bigint NOT NULL REFERENCES spatial.finding,
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
  until date,
  decided_by text NOT NULL,
  decided_at timestamptz NOT NULL
);
CREATE INDEX finding_waiver_finding_id_idx ON spatial.finding_waiver (finding_id);
COMMENT ON TABLE spatial.finding_waiver IS 'Findings that a reviewer let pass, and why';
COMMENT ON COLUMN spatial.finding_waiver.waiver_id IS 'Our key';
COMMENT ON COLUMN spatial.finding_waiver.finding_id IS 'Finding';
COMMENT ON COLUMN spatial.finding_waiver.reason IS 'Reason';
COMMENT ON COLUMN spatial.finding_waiver.until IS 'Last day it holds; null without end';
COMMENT ON COLUMN spatial.finding_waiver.decided_by IS 'Login of the reviewer';
COMMENT ON COLUMN spatial.finding_waiver.decided_at IS 'Instant';
SELECT ref.make_append_only('spatial.finding_waiver');

CREATE TABLE spatial.survey_event (
  event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  survey_id bigint NOT NULL REFERENCES spatial.survey,
  at timestamptz NOT NULL,
  status text NOT NULL,
  login text NOT NULL,
  comment text
);
CREATE INDEX survey_event_survey_id_idx ON spatial.survey_event (survey_id, event_id);
COMMENT ON TABLE spatial.survey_event IS 'Course of a submission: every change of its state';
COMMENT ON COLUMN spatial.survey_event.event_id IS 'Our key, rising';
COMMENT ON COLUMN spatial.survey_event.survey_id IS 'Submission';
COMMENT ON COLUMN spatial.survey_event.at IS 'Instant';
COMMENT ON COLUMN spatial.survey_event.status IS 'State reached';
COMMENT ON COLUMN spatial.survey_event.login IS 'Who';
COMMENT ON COLUMN spatial.survey_event.comment IS 'Words with it';
SELECT ref.make_append_only('spatial.survey_event');

CREATE VIEW map.survey_draft AS
SELECT f.survey_id, f.feature_no, coalesce(f.parcel_code, '#' || f.feature_no) AS object_code, s.layer, s.status,
       s.submitted_by, f.change, f.geom_3857
FROM spatial.survey_feature f JOIN spatial.survey s USING (survey_id)
WHERE f.geom IS NOT NULL AND s.status NOT IN ('registered', 'cancelled');
COMMENT ON VIEW map.survey_draft IS 'Draft parcels of submissions not yet registered, EPSG:3857';

CREATE VIEW map.findings AS
SELECT f.survey_id, f.finding_id, f.rule_id, f.severity, f.object_id AS object_code, s.submitted_by, f.geom_3857
FROM spatial.finding f JOIN spatial.survey s USING (survey_id)
WHERE f.geom IS NOT NULL AND s.status NOT IN ('registered', 'cancelled')
  AND f.run_id = (SELECT max(r.run_id) FROM spatial.survey_run r WHERE r.survey_id = f.survey_id);
COMMENT ON VIEW map.findings IS 'Findings of the last run of submissions not yet registered, EPSG:3857';
REVOKE ALL ON map.survey_draft, map.findings FROM ":prefix_tiles";
