-- Version n of a project follows version n-1 as a submission of its own.
ALTER TABLE spatial.survey ADD COLUMN replaces_id bigint REFERENCES spatial.survey;
COMMENT ON COLUMN spatial.survey.replaces_id IS 'Submission of the version before it, as the sender says; null for none';
CREATE INDEX survey_replaces_id_idx ON spatial.survey (replaces_id) WHERE replaces_id IS NOT NULL;
-- A file that is read in the background has no features yet when it is received.
COMMENT ON COLUMN spatial.survey.source IS
  'How it was read: driver, layer, EPSG code, encoding, remarks; before it is read, how the sender wants it read';
ALTER TABLE spatial.survey DROP CONSTRAINT survey_feature_count_check,
  ADD CONSTRAINT survey_feature_count_check CHECK (feature_count >= 0);
COMMENT ON COLUMN spatial.survey.feature_count IS 'Features in the file; 0 before it is read';

ALTER TABLE registry.job ADD COLUMN step text;
COMMENT ON COLUMN registry.job.step IS 'What the handler does now, in its own words; done and total count in it';

CREATE TABLE registry.callback (
  callback_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key_id bigint NOT NULL UNIQUE REFERENCES registry.api_key,
  url text NOT NULL CHECK (url ~ '^https?://' AND length(url) <= 500),
  secret_no integer NOT NULL DEFAULT 1 CHECK (secret_no > 0),
  active boolean NOT NULL DEFAULT true,
  changed_at timestamptz NOT NULL
);
COMMENT ON TABLE registry.callback IS 'Where programs want to be told what happens (回调地址), one address a key';
COMMENT ON COLUMN registry.callback.callback_id IS 'Our key';
COMMENT ON COLUMN registry.callback.key_id IS 'Key of the program; what concerns its account is told';
COMMENT ON COLUMN registry.callback.url IS 'Address that gets a signed POST of each event';
COMMENT ON COLUMN registry.callback.secret_no IS 'How often the signing secret was made anew; the secret itself is derived, not stored';
COMMENT ON COLUMN registry.callback.active IS 'Whether events are written for it';
COMMENT ON COLUMN registry.callback.changed_at IS 'Instant of the last change';

CREATE TABLE registry.callback_event (
  event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  callback_id bigint NOT NULL REFERENCES registry.callback,
  subject text NOT NULL,
  kind text NOT NULL,
  payload jsonb NOT NULL,
  at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'given_up')),
  attempts integer NOT NULL DEFAULT 0,
  next_at timestamptz NOT NULL,
  lease_until timestamptz,
  last_status integer,
  last_error text,
  finished_at timestamptz
);
CREATE INDEX callback_event_waiting_idx ON registry.callback_event (callback_id, subject, event_id)
  WHERE state = 'waiting';
CREATE INDEX callback_event_callback_id_idx ON registry.callback_event (callback_id, event_id);
COMMENT ON TABLE registry.callback_event IS
  'Events on their way to programs: written with the fact, delivered at least once, in order within a subject';
COMMENT ON COLUMN registry.callback_event.event_id IS 'Our key, rising; receivers tell repetitions by it';
COMMENT ON COLUMN registry.callback_event.callback_id IS 'Whose event';
COMMENT ON COLUMN registry.callback_event.subject IS 'Thing it is about, such as survey:12; its events are delivered in order';
COMMENT ON COLUMN registry.callback_event.kind IS 'What happened, such as survey.status';
COMMENT ON COLUMN registry.callback_event.payload IS 'Facts of the event, without personal data';
COMMENT ON COLUMN registry.callback_event.at IS 'Instant of the fact';
COMMENT ON COLUMN registry.callback_event.state IS 'waiting, delivered or given_up';
COMMENT ON COLUMN registry.callback_event.attempts IS 'Times sent';
COMMENT ON COLUMN registry.callback_event.next_at IS 'Not sent before this instant';
COMMENT ON COLUMN registry.callback_event.lease_until IS 'Somebody sends it now; past this instant it is sent again';
COMMENT ON COLUMN registry.callback_event.last_status IS 'HTTP status of the last answer; null without one';
COMMENT ON COLUMN registry.callback_event.last_error IS 'Why the last try failed';
COMMENT ON COLUMN registry.callback_event.finished_at IS 'Instant of delivery, or of giving up';
