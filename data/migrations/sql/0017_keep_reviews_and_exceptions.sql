-- When a second reviewer is asked for, what reviewers answer before they decide, every decision, faults of the register.
CREATE TABLE ref.second_review_rule (
  rule_id text NOT NULL,
  position integer NOT NULL,
  kinds text[] NOT NULL,
  min_features integer,
  min_area_m2 numeric(14,2),
  min_waivers integer,
  straddles_county boolean NOT NULL,
  reason_zh text NOT NULL,
  reason_en text NOT NULL,
  valid_from date NOT NULL,
  valid_to date,
  source_doc text NOT NULL,
  verified boolean NOT NULL,
  PRIMARY KEY (rule_id, valid_from),
  CONSTRAINT second_review_rule_validity_check CHECK (valid_to > valid_from),
  CONSTRAINT second_review_rule_validity_excl EXCLUDE USING gist (rule_id WITH =,
    daterange(valid_from, valid_to) WITH &&)
);
COMMENT ON TABLE ref.second_review_rule IS 'When a survey result is accepted by two people (双人审核); all conditions of a row must hold';
COMMENT ON COLUMN ref.second_review_rule.rule_id IS 'Key of the rule';
COMMENT ON COLUMN ref.second_review_rule.position IS 'Order in which rules are told';
COMMENT ON COLUMN ref.second_review_rule.kinds IS 'Kinds of submissions it holds for; empty for all';
COMMENT ON COLUMN ref.second_review_rule.min_features IS 'From this many parcels on; null for any';
COMMENT ON COLUMN ref.second_review_rule.min_area_m2 IS 'From this area of all its parcels on, square metres (EPSG:4547 plane); null for any';
COMMENT ON COLUMN ref.second_review_rule.min_waivers IS 'From this many waived errors on; null for any';
COMMENT ON COLUMN ref.second_review_rule.straddles_county IS 'Only where a parcel was found to cross a county line';
COMMENT ON COLUMN ref.second_review_rule.reason_zh IS 'Why, in Chinese';
COMMENT ON COLUMN ref.second_review_rule.reason_en IS 'Why, in English';
COMMENT ON COLUMN ref.second_review_rule.valid_from IS 'First day in force';
COMMENT ON COLUMN ref.second_review_rule.valid_to IS 'Day from which it is no longer in force; null for open';
COMMENT ON COLUMN ref.second_review_rule.source_doc IS 'Document it is taken from';
COMMENT ON COLUMN ref.second_review_rule.verified IS 'Whether the source itself was read';

ALTER TABLE spatial.finding_waiver ADD COLUMN reason_code text;
COMMENT ON COLUMN spatial.finding_waiver.reason_code IS 'Code of the reason (list REVIEW_WAIVER); null where only words were given';
CREATE INDEX finding_waiver_decided_at_idx ON spatial.finding_waiver (decided_at);

CREATE TABLE spatial.finding_answer (
  finding_id bigint PRIMARY KEY REFERENCES spatial.finding,
  survey_id bigint NOT NULL REFERENCES spatial.survey,
  answer text NOT NULL CHECK (answer IN ('let_pass', 'to_correct')),
  reason_code text,
  reason text NOT NULL CHECK (length(reason) <= 2000),
  until date,
  answered_by text NOT NULL,
  answered_at timestamptz NOT NULL
);
CREATE INDEX finding_answer_survey_id_idx ON spatial.finding_answer (survey_id);
COMMENT ON TABLE spatial.finding_answer IS 'What reviewers answer to findings before they decide; an acceptance makes waivers of it';
COMMENT ON COLUMN spatial.finding_answer.finding_id IS 'Finding';
COMMENT ON COLUMN spatial.finding_answer.survey_id IS 'Submission';
COMMENT ON COLUMN spatial.finding_answer.answer IS 'let_pass (豁免、认可) or to_correct (要求改正)';
COMMENT ON COLUMN spatial.finding_answer.reason_code IS 'Code of the reason (list REVIEW_WAIVER or REVIEW_RETURN); null where only words were given';
COMMENT ON COLUMN spatial.finding_answer.reason IS 'Words with it, perhaps none';
COMMENT ON COLUMN spatial.finding_answer.until IS 'Last day a waiver holds; null without end';
COMMENT ON COLUMN spatial.finding_answer.answered_by IS 'Login of the reviewer';
COMMENT ON COLUMN spatial.finding_answer.answered_at IS 'Instant';

CREATE TABLE spatial.survey_review (
  review_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  survey_id bigint NOT NULL REFERENCES spatial.survey,
  run_id bigint REFERENCES spatial.survey_run,
  decision text NOT NULL CHECK (decision IN ('accept', 'return')),
  takes_effect boolean NOT NULL CHECK (takes_effect OR decision = 'accept'),
  second_rules text[] NOT NULL,
  reason_codes text[] NOT NULL,
  comment text NOT NULL,
  decided_by text NOT NULL,
  decided_at timestamptz NOT NULL
);
CREATE INDEX survey_review_survey_id_idx ON spatial.survey_review (survey_id, review_id);
COMMENT ON TABLE spatial.survey_review IS 'Every decision of a reviewer; the first of two acceptances has no effect yet';
COMMENT ON COLUMN spatial.survey_review.review_id IS 'Our key, rising';
COMMENT ON COLUMN spatial.survey_review.survey_id IS 'Submission';
COMMENT ON COLUMN spatial.survey_review.run_id IS 'Run whose findings were seen';
COMMENT ON COLUMN spatial.survey_review.decision IS 'accept or return';
COMMENT ON COLUMN spatial.survey_review.takes_effect IS 'false: an acceptance that waits for a second reviewer';
COMMENT ON COLUMN spatial.survey_review.second_rules IS 'Rules that asked for a second reviewer';
COMMENT ON COLUMN spatial.survey_review.reason_codes IS 'Codes of the reasons (list REVIEW_ACCEPT or REVIEW_RETURN)';
COMMENT ON COLUMN spatial.survey_review.comment IS 'Words with it, perhaps none';
COMMENT ON COLUMN spatial.survey_review.decided_by IS 'Login of the reviewer';
COMMENT ON COLUMN spatial.survey_review.decided_at IS 'Instant';
SELECT ref.make_append_only('spatial.survey_review');

CREATE TABLE spatial.register_fault (
  fault_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  survey_id bigint REFERENCES spatial.survey,
  finding_id bigint REFERENCES spatial.finding,
  rule_id text,
  parcel_codes text[] NOT NULL,
  place geometry(Point, 4547) NOT NULL,
  county_code text,
  description text NOT NULL CHECK (length(description) BETWEEN 1 AND 2000),
  state text NOT NULL CHECK (state IN ('open', 'confirmed', 'rejected', 'mended')),
  reported_by text NOT NULL,
  reported_at timestamptz NOT NULL,
  mended_by_survey_id bigint REFERENCES spatial.survey
);
CREATE INDEX idx_register_fault_place ON spatial.register_fault USING gist (place);
CREATE INDEX register_fault_state_idx ON spatial.register_fault (state, fault_id);
CREATE INDEX register_fault_reported_by_idx ON spatial.register_fault (reported_by, fault_id);
COMMENT ON TABLE spatial.register_fault IS 'Faults of the register that surveyors report (底图错误): each its own case against the register';
COMMENT ON COLUMN spatial.register_fault.fault_id IS 'Our key, rising';
COMMENT ON COLUMN spatial.register_fault.survey_id IS 'Submission at which it was met; null without';
COMMENT ON COLUMN spatial.register_fault.finding_id IS 'Finding that shows it; null without';
COMMENT ON COLUMN spatial.register_fault.rule_id IS 'Rule of that finding; null without';
COMMENT ON COLUMN spatial.register_fault.parcel_codes IS 'Registered parcels it is about, 19 characters each; perhaps none';
COMMENT ON COLUMN spatial.register_fault.place IS 'Where, EPSG:4547 (E, N) metres';
COMMENT ON COLUMN spatial.register_fault.county_code IS 'County whose register it is, six digits; null where none can be told';
COMMENT ON COLUMN spatial.register_fault.description IS 'What is wrong, in the words of who reports it';
COMMENT ON COLUMN spatial.register_fault.state IS 'open, confirmed, rejected or mended';
COMMENT ON COLUMN spatial.register_fault.reported_by IS 'Login of who reports it';
COMMENT ON COLUMN spatial.register_fault.reported_at IS 'Instant of the report';
COMMENT ON COLUMN spatial.register_fault.mended_by_survey_id IS 'Registered submission that mended it; null while none has or by other means';
REVOKE UPDATE, DELETE, TRUNCATE ON spatial.register_fault FROM ":prefix_app";
GRANT UPDATE (state, mended_by_survey_id) ON spatial.register_fault TO ":prefix_app";

CREATE TABLE spatial.register_fault_event (
  event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  fault_id bigint NOT NULL REFERENCES spatial.register_fault,
  at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'confirmed', 'rejected', 'mended')),
  login text NOT NULL,
  comment text NOT NULL
);
CREATE INDEX register_fault_event_fault_id_idx ON spatial.register_fault_event (fault_id, event_id);
COMMENT ON TABLE spatial.register_fault_event IS 'Course of a fault of the register: every change of its state';
COMMENT ON COLUMN spatial.register_fault_event.event_id IS 'Our key, rising';
COMMENT ON COLUMN spatial.register_fault_event.fault_id IS 'Fault';
COMMENT ON COLUMN spatial.register_fault_event.at IS 'Instant';
COMMENT ON COLUMN spatial.register_fault_event.state IS 'State reached';
COMMENT ON COLUMN spatial.register_fault_event.login IS 'Who';
COMMENT ON COLUMN spatial.register_fault_event.comment IS 'Words with it';
SELECT ref.make_append_only('spatial.register_fault_event');
