-- Runs of the audit of the register at night, what each counted, and its findings from first seen to gone.

CREATE TABLE spatial.audit_run (
  run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id bigint UNIQUE,
  started_at timestamptz NOT NULL,
  seconds double precision NOT NULL CHECK (seconds >= 0),
  features bigint NOT NULL CHECK (features >= 0),
  rule_set_sha256 text NOT NULL CHECK (rule_set_sha256 ~ '^[0-9a-f]{64}$'),
  rules jsonb NOT NULL,
  errors bigint NOT NULL,
  warnings bigint NOT NULL,
  infos bigint NOT NULL,
  appeared bigint NOT NULL,
  gone bigint NOT NULL
);
COMMENT ON TABLE spatial.audit_run IS 'Runs of the audit of the register (夜间审计); a row is written with all its findings or not at all';
COMMENT ON COLUMN spatial.audit_run.run_id IS 'Our key, rising';
COMMENT ON COLUMN spatial.audit_run.job_id IS 'Job that made it; null where a command did';
COMMENT ON COLUMN spatial.audit_run.started_at IS 'Instant of the start; what is in force on its day was asked';
COMMENT ON COLUMN spatial.audit_run.seconds IS 'How long it took, seconds';
COMMENT ON COLUMN spatial.audit_run.features IS 'Parcels and entries of rights that were asked';
COMMENT ON COLUMN spatial.audit_run.rule_set_sha256 IS 'Hash of the data and code of all rules, hex';
COMMENT ON COLUMN spatial.audit_run.rules IS 'By rule: how often it passed, found and was not run (sub-district and layer each once), what it counted, what is kept';
COMMENT ON COLUMN spatial.audit_run.errors IS 'Findings kept that are errors';
COMMENT ON COLUMN spatial.audit_run.warnings IS 'Findings kept that are warnings';
COMMENT ON COLUMN spatial.audit_run.infos IS 'Findings kept that only inform';
COMMENT ON COLUMN spatial.audit_run.appeared IS 'Findings that the run before had not';
COMMENT ON COLUMN spatial.audit_run.gone IS 'Findings of the run before that this one had no more';
SELECT ref.make_append_only('spatial.audit_run');

CREATE TABLE spatial.audit_count (
  run_id bigint NOT NULL REFERENCES spatial.audit_run,
  rule_id text NOT NULL,
  county_code text NOT NULL CHECK (county_code ~ '^([0-9]{6})?$'),
  findings bigint NOT NULL,
  appeared bigint NOT NULL,
  gone bigint NOT NULL,
  PRIMARY KEY (run_id, rule_id, county_code)
);
COMMENT ON TABLE spatial.audit_count IS 'What a run of the audit kept, by rule and county';
COMMENT ON COLUMN spatial.audit_count.run_id IS 'Run';
COMMENT ON COLUMN spatial.audit_count.rule_id IS 'Rule';
COMMENT ON COLUMN spatial.audit_count.county_code IS 'County in the code of the object, six digits; empty where it has none';
COMMENT ON COLUMN spatial.audit_count.findings IS 'Findings of the run';
COMMENT ON COLUMN spatial.audit_count.appeared IS 'Of these, findings that the run before had not';
COMMENT ON COLUMN spatial.audit_count.gone IS 'Findings of the run before that this one had no more';
SELECT ref.make_append_only('spatial.audit_count');

CREATE TABLE spatial.audit_finding (
  finding_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  finding_key text NOT NULL CHECK (finding_key ~ '^[0-9a-f]{32}$'),
  rule_id text NOT NULL,
  severity text NOT NULL CHECK (severity IN ('error', 'warning', 'info')),
  object_id text NOT NULL,
  other_id text,
  county_code text NOT NULL CHECK (county_code ~ '^([0-9]{6})?$'),
  message text NOT NULL,
  params jsonb NOT NULL,
  measured double precision,
  limit_value double precision,
  unit text,
  geom geometry(Geometry, 4547),
  first_run_id bigint NOT NULL REFERENCES spatial.audit_run,
  last_run_id bigint NOT NULL REFERENCES spatial.audit_run,
  gone_run_id bigint REFERENCES spatial.audit_run,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  gone_at timestamptz,
  CONSTRAINT audit_finding_course_check CHECK (last_run_id >= first_run_id AND gone_run_id > last_run_id),
  CONSTRAINT audit_finding_gone_check CHECK ((gone_run_id IS NULL) = (gone_at IS NULL))
);
CREATE UNIQUE INDEX audit_finding_live_key ON spatial.audit_finding (finding_key) WHERE gone_run_id IS NULL;
CREATE INDEX audit_finding_first_run_id_idx ON spatial.audit_finding (first_run_id, finding_id);
CREATE INDEX audit_finding_gone_run_id_idx ON spatial.audit_finding (gone_run_id, finding_id) WHERE gone_run_id IS NOT NULL;
CREATE INDEX idx_audit_finding_geom ON spatial.audit_finding USING gist (geom);
COMMENT ON TABLE spatial.audit_finding IS 'Findings of the audit: one row from the run that first saw it to the run that did not find it any more';
COMMENT ON COLUMN spatial.audit_finding.finding_id IS 'Our key, rising';
COMMENT ON COLUMN spatial.audit_finding.finding_key IS 'Hash of rule, severity, message, objects and place (decimetre), hex: the same finding in another run';
COMMENT ON COLUMN spatial.audit_finding.rule_id IS 'Rule';
COMMENT ON COLUMN spatial.audit_finding.severity IS 'error, warning or info';
COMMENT ON COLUMN spatial.audit_finding.object_id IS 'Parcel (19 characters) or unit (28) that it is about';
COMMENT ON COLUMN spatial.audit_finding.other_id IS 'Other parcel; null without';
COMMENT ON COLUMN spatial.audit_finding.county_code IS 'County in the code of the object, six digits; empty where it has none';
COMMENT ON COLUMN spatial.audit_finding.message IS 'Code of the text';
COMMENT ON COLUMN spatial.audit_finding.params IS 'Parameters of the text; no persons';
COMMENT ON COLUMN spatial.audit_finding.measured IS 'What was measured when last seen, in unit; null without';
COMMENT ON COLUMN spatial.audit_finding.limit_value IS 'Limit, in unit; null without';
COMMENT ON COLUMN spatial.audit_finding.unit IS 'Unit of measured and limit_value: m, m2 or deg; null without';
COMMENT ON COLUMN spatial.audit_finding.geom IS 'Where, EPSG:4547 (E, N) metres; of an entry of rights a point in its parcel; null where none is known';
COMMENT ON COLUMN spatial.audit_finding.first_run_id IS 'Run that first saw it';
COMMENT ON COLUMN spatial.audit_finding.last_run_id IS 'Run that last saw it';
COMMENT ON COLUMN spatial.audit_finding.gone_run_id IS 'First run that did not find it any more; null while it is there';
COMMENT ON COLUMN spatial.audit_finding.first_seen_at IS 'Instant of the run that first saw it';
COMMENT ON COLUMN spatial.audit_finding.last_seen_at IS 'Instant of the run that last saw it';
COMMENT ON COLUMN spatial.audit_finding.gone_at IS 'Instant of the run that did not find it any more; null while it is there';
