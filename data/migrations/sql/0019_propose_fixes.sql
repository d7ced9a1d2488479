-- Changes of attributes only; shapes that accepted fixes replaced; proposals to neighbours; open cases on parcels.

ALTER TABLE spatial.survey_feature DROP CONSTRAINT survey_feature_change_check;
ALTER TABLE spatial.survey_feature ADD CONSTRAINT survey_feature_change_check
  CHECK (change IN ('new', 'changed', 'attributes', 'split', 'merged', 'unchanged'));
COMMENT ON TABLE spatial.survey_feature IS 'Draft parcels as uploaded; accepted fixes move them, survey_fix keeps what they replaced';
COMMENT ON COLUMN spatial.survey_feature.change IS 'Against the register at the last check: new, changed, attributes, split, merged or unchanged';

CREATE TABLE spatial.survey_fix (
  survey_id bigint NOT NULL,
  draft_no integer NOT NULL CHECK (draft_no > 1),
  feature_no integer NOT NULL,
  run_id bigint NOT NULL REFERENCES spatial.survey_run,
  finding_ids bigint[] NOT NULL CHECK (cardinality(finding_ids) > 0),
  codes text[] NOT NULL CHECK (cardinality(codes) > 0),
  geom_before geometry(MultiPolygon, 4547) NOT NULL,
  geom_after geometry(MultiPolygon, 4547) NOT NULL,
  moved_m double precision NOT NULL,
  area_delta_m2 double precision NOT NULL,
  made_by text NOT NULL,
  made_at timestamptz NOT NULL,
  PRIMARY KEY (survey_id, draft_no, feature_no),
  FOREIGN KEY (survey_id, feature_no) REFERENCES spatial.survey_feature
);
COMMENT ON TABLE spatial.survey_fix IS 'Fixes that the sender accepted: the shape before and after, by draft of the submission (the file is draft 1)';
COMMENT ON COLUMN spatial.survey_fix.survey_id IS 'Submission';
COMMENT ON COLUMN spatial.survey_fix.draft_no IS 'Draft that the fixes made, from 2';
COMMENT ON COLUMN spatial.survey_fix.feature_no IS 'Number of the parcel in the file, from 1';
COMMENT ON COLUMN spatial.survey_fix.run_id IS 'Run whose findings were fixed';
COMMENT ON COLUMN spatial.survey_fix.finding_ids IS 'Findings fixed';
COMMENT ON COLUMN spatial.survey_fix.codes IS 'What was done, one for each finding';
COMMENT ON COLUMN spatial.survey_fix.geom_before IS 'Shape of the draft before, EPSG:4547 (E, N) metres, perhaps invalid';
COMMENT ON COLUMN spatial.survey_fix.geom_after IS 'Shape from this draft on, EPSG:4547 (E, N) metres, 1 mm grid';
COMMENT ON COLUMN spatial.survey_fix.moved_m IS 'How far the boundary moved at most, metres';
COMMENT ON COLUMN spatial.survey_fix.area_delta_m2 IS 'Area after less area before, square metres';
COMMENT ON COLUMN spatial.survey_fix.made_by IS 'Login of the sender';
COMMENT ON COLUMN spatial.survey_fix.made_at IS 'Instant';
SELECT ref.make_append_only('spatial.survey_fix');

CREATE TABLE spatial.neighbour_proposal (
  proposal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  survey_id bigint NOT NULL REFERENCES spatial.survey,
  finding_id bigint NOT NULL UNIQUE REFERENCES spatial.finding,
  parcel_code text NOT NULL REFERENCES spatial.parcel (parcel_code),
  code text NOT NULL,
  geom geometry(MultiPolygon, 4547) NOT NULL,
  moved_m double precision NOT NULL,
  area_delta_m2 double precision NOT NULL,
  made_by text NOT NULL,
  made_at timestamptz NOT NULL
);
CREATE INDEX neighbour_proposal_survey_id_idx ON spatial.neighbour_proposal (survey_id, proposal_id);
COMMENT ON TABLE spatial.neighbour_proposal IS 'What a sender proposes for a registered neighbour; it changes nothing by itself';
COMMENT ON COLUMN spatial.neighbour_proposal.proposal_id IS 'Our key';
COMMENT ON COLUMN spatial.neighbour_proposal.survey_id IS 'Submission';
COMMENT ON COLUMN spatial.neighbour_proposal.finding_id IS 'Finding it answers';
COMMENT ON COLUMN spatial.neighbour_proposal.parcel_code IS 'Registered neighbour, nineteen characters';
COMMENT ON COLUMN spatial.neighbour_proposal.code IS 'What would be done';
COMMENT ON COLUMN spatial.neighbour_proposal.geom IS 'Shape proposed for the neighbour, EPSG:4547 (E, N) metres, 1 mm grid';
COMMENT ON COLUMN spatial.neighbour_proposal.moved_m IS 'How far its boundary would move at most, metres';
COMMENT ON COLUMN spatial.neighbour_proposal.area_delta_m2 IS 'Its area then less its area now, square metres';
COMMENT ON COLUMN spatial.neighbour_proposal.made_by IS 'Login of the sender';
COMMENT ON COLUMN spatial.neighbour_proposal.made_at IS 'Instant';
SELECT ref.make_append_only('spatial.neighbour_proposal');

-- What a survey must know of the ground it changes: cases of every office, without persons.
CREATE FUNCTION registry.open_cases_on(parcels text[])
RETURNS TABLE (parcel_code text, unit_code text, case_no text, type_code text, status text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = registry, pg_temp AS $$
#variable_conflict use_column
DECLARE
  scope text := coalesce(current_setting('ningtu.scope', true), '');
BEGIN
  PERFORM set_config('ningtu.scope', 'all', true);
  RETURN QUERY
  SELECT u.parcel_code, u.unit_code, c.case_no, c.type_code, c.status
  FROM registry.case_unit u JOIN registry.case c USING (case_no)
  WHERE u.parcel_code = ANY (parcels) AND c.closed_at IS NULL
  ORDER BY u.parcel_code, c.case_no, u.seq;
  PERFORM set_config('ningtu.scope', scope, true);
END $$;
COMMENT ON FUNCTION registry.open_cases_on(text[]) IS 'Open cases on parcels (19 characters), without names or numbers of persons';
