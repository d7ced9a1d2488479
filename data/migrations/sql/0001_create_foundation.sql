-- Schemas, default privileges, append-only guard, offices, users, sessions, keys, audit, idempotency, jobs.
CREATE SCHEMA IF NOT EXISTS ref;
CREATE SCHEMA spatial;
CREATE SCHEMA registry;
CREATE SCHEMA money;
CREATE SCHEMA map;
CREATE SCHEMA share;
COMMENT ON SCHEMA ref IS 'Reference data: dated code lists, tariff, calendar, accounts';
COMMENT ON SCHEMA spatial IS 'Counties, parcels, buildings, survey results; legal geometry in EPSG:4547 (E, N) metres';
COMMENT ON SCHEMA registry IS 'Handbook, parties, rights, cases; users, audit and jobs';
COMMENT ON SCHEMA money IS 'Ledger, orders, clearing, bills; amounts in fen';
COMMENT ON SCHEMA map IS 'Views and tables that the map draws, without persons';
COMMENT ON SCHEMA share IS 'Views for the spatio-temporal and multi-survey platforms';

GRANT USAGE ON SCHEMA ref, spatial, registry, money, map TO ":prefix_app";
GRANT USAGE ON SCHEMA map TO ":prefix_tiles";
GRANT USAGE ON SCHEMA share TO ":prefix_share";
ALTER DEFAULT PRIVILEGES IN SCHEMA ref, spatial, registry, money, map
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ":prefix_app";
ALTER DEFAULT PRIVILEGES IN SCHEMA ref, spatial, registry, money, map
  GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO ":prefix_app";
ALTER DEFAULT PRIVILEGES IN SCHEMA map GRANT SELECT ON TABLES TO ":prefix_tiles";
ALTER DEFAULT PRIVILEGES IN SCHEMA share GRANT SELECT ON TABLES TO ":prefix_share";

CREATE FUNCTION ref.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of %.% are never changed', TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;
COMMENT ON FUNCTION ref.refuse_change() IS 'Trigger of append-only tables: refuses UPDATE, DELETE and TRUNCATE';

CREATE FUNCTION ref.make_append_only(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %I', target, ':prefix_app');
  EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s
                  FOR EACH ROW EXECUTE FUNCTION ref.refuse_change()', target);
  EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %s
                  FOR EACH STATEMENT EXECUTE FUNCTION ref.refuse_change()', target);
END $$;
COMMENT ON FUNCTION ref.make_append_only(regclass) IS 'Make a table append-only, by privilege and by trigger';

CREATE TABLE registry.office (
  office text PRIMARY KEY CHECK (office ~ '^[a-z][a-z0-9_]*$'),
  name text NOT NULL,
  name_en text NOT NULL,
  county_code text CHECK (county_code ~ '^[0-9]{6}$'),
  active boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE registry.office IS 'Registration offices (登记机构、办事窗口)';
COMMENT ON COLUMN registry.office.office IS 'Slug, the key';
COMMENT ON COLUMN registry.office.name IS 'Name in Chinese';
COMMENT ON COLUMN registry.office.name_en IS 'Name in English';
COMMENT ON COLUMN registry.office.county_code IS 'Six-digit county (GB/T 2260) it decides for; null for the city';
COMMENT ON COLUMN registry.office.active IS 'Whether cases may be accepted there';

CREATE TABLE registry.app_user (
  user_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  login text NOT NULL UNIQUE CHECK (login ~ '^[a-z][a-z0-9_.-]{1,63}$'),
  name text NOT NULL,
  password_hash text,
  roles text[] NOT NULL DEFAULT '{}',
  office text REFERENCES registry.office,
  active boolean NOT NULL DEFAULT true,
  must_change_password boolean NOT NULL DEFAULT false,
  failed_sign_ins integer NOT NULL DEFAULT 0,
  locked_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE registry.app_user IS 'Accounts of staff, surveyors and programs';
COMMENT ON COLUMN registry.app_user.user_id IS 'Our key';
COMMENT ON COLUMN registry.app_user.login IS 'Sign-in name';
COMMENT ON COLUMN registry.app_user.name IS 'Name shown';
COMMENT ON COLUMN registry.app_user.password_hash IS 'argon2id; null when only API keys sign in';
COMMENT ON COLUMN registry.app_user.roles IS 'Roles';
COMMENT ON COLUMN registry.app_user.office IS 'Office the user works at';
COMMENT ON COLUMN registry.app_user.active IS 'Inactive users cannot sign in';
COMMENT ON COLUMN registry.app_user.must_change_password IS 'A new password is asked for at sign-in';
COMMENT ON COLUMN registry.app_user.failed_sign_ins IS 'Failed sign-ins since the last good one';
COMMENT ON COLUMN registry.app_user.locked_until IS 'No sign-in before this instant';
COMMENT ON COLUMN registry.app_user.created_at IS 'Instant of creation';

CREATE TABLE registry.session (
  token_sha256 bytea PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES registry.app_user,
  kind text NOT NULL CHECK (kind IN ('browser', 'bearer')),
  csrf text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX session_user_id_idx ON registry.session (user_id);
COMMENT ON TABLE registry.session IS 'Live sessions of browsers and bearer tokens; a row gone is a session ended';
COMMENT ON COLUMN registry.session.token_sha256 IS 'SHA-256 of the secret token';
COMMENT ON COLUMN registry.session.user_id IS 'Whose session';
COMMENT ON COLUMN registry.session.kind IS 'browser (cookie, CSRF) or bearer (program)';
COMMENT ON COLUMN registry.session.csrf IS 'Token a browser must send back with each write';
COMMENT ON COLUMN registry.session.created_at IS 'Instant of sign-in';
COMMENT ON COLUMN registry.session.expires_at IS 'End';

CREATE TABLE registry.api_key (
  key_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key_sha256 bytea NOT NULL UNIQUE,
  prefix text NOT NULL,
  user_id bigint NOT NULL REFERENCES registry.app_user,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz
);
COMMENT ON TABLE registry.api_key IS 'Keys of programs (partners)';
COMMENT ON COLUMN registry.api_key.key_id IS 'Our key';
COMMENT ON COLUMN registry.api_key.key_sha256 IS 'SHA-256 of the key';
COMMENT ON COLUMN registry.api_key.prefix IS 'First characters, to recognise it';
COMMENT ON COLUMN registry.api_key.user_id IS 'Whose rights the key has';
COMMENT ON COLUMN registry.api_key.created_at IS 'Instant of creation';
COMMENT ON COLUMN registry.api_key.expires_at IS 'End; null for none';
COMMENT ON COLUMN registry.api_key.revoked_at IS 'Instant of revocation';

CREATE TABLE registry.audit (
  audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  login text NOT NULL,
  office text,
  action text NOT NULL,
  subject text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_subject_idx ON registry.audit (subject, audit_id);
CREATE INDEX audit_login_idx ON registry.audit (login, audit_id);
COMMENT ON TABLE registry.audit IS 'Who did or read what; append-only';
COMMENT ON COLUMN registry.audit.audit_id IS 'Our key';
COMMENT ON COLUMN registry.audit.at IS 'Instant';
COMMENT ON COLUMN registry.audit.login IS 'Who';
COMMENT ON COLUMN registry.audit.office IS 'Office of who';
COMMENT ON COLUMN registry.audit.action IS 'What was done, such as unit.read';
COMMENT ON COLUMN registry.audit.subject IS 'Code of the thing, such as a unit code';
COMMENT ON COLUMN registry.audit.detail IS 'Further facts, without personal data';
SELECT ref.make_append_only('registry.audit');

CREATE TABLE registry.idempotency (
  login text NOT NULL,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
  request_sha256 bytea NOT NULL,
  status integer,
  body bytea,
  headers jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (login, key)
);
COMMENT ON TABLE registry.idempotency IS 'Answers of writes by Idempotency-Key';
COMMENT ON COLUMN registry.idempotency.login IS 'Whose key';
COMMENT ON COLUMN registry.idempotency.key IS 'Idempotency-Key header';
COMMENT ON COLUMN registry.idempotency.request_sha256 IS 'SHA-256 of method, path and body';
COMMENT ON COLUMN registry.idempotency.status IS 'HTTP status of the answer; null while the request runs';
COMMENT ON COLUMN registry.idempotency.body IS 'Body of the answer';
COMMENT ON COLUMN registry.idempotency.headers IS 'Content type and location of the answer';
COMMENT ON COLUMN registry.idempotency.created_at IS 'Instant of the first request';

CREATE TABLE registry.job (
  job_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  key text UNIQUE,
  payload jsonb NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
  run_at timestamptz NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  lease_until timestamptz,
  worker text,
  done bigint NOT NULL DEFAULT 0,
  total bigint,
  error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
CREATE INDEX job_due_idx ON registry.job (run_at, job_id) WHERE state IN ('waiting', 'running');
COMMENT ON TABLE registry.job IS 'Background jobs and outbox: written with the fact, done at least once';
COMMENT ON COLUMN registry.job.job_id IS 'Our key';
COMMENT ON COLUMN registry.job.kind IS 'Which handler';
COMMENT ON COLUMN registry.job.key IS 'Business key: one job a key';
COMMENT ON COLUMN registry.job.payload IS 'What the handler needs';
COMMENT ON COLUMN registry.job.state IS 'waiting, running, done or failed';
COMMENT ON COLUMN registry.job.run_at IS 'Not before';
COMMENT ON COLUMN registry.job.attempts IS 'Times begun';
COMMENT ON COLUMN registry.job.lease_until IS 'A running job past this instant is taken up again';
COMMENT ON COLUMN registry.job.worker IS 'Who runs it';
COMMENT ON COLUMN registry.job.done IS 'Steps done';
COMMENT ON COLUMN registry.job.total IS 'Steps in all; null when not known';
COMMENT ON COLUMN registry.job.error IS 'Last error';
COMMENT ON COLUMN registry.job.created_at IS 'Instant of writing';
COMMENT ON COLUMN registry.job.finished_at IS 'Instant of the end';

CREATE TABLE registry.sandbox_clock (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  offset_s double precision NOT NULL
);
COMMENT ON TABLE registry.sandbox_clock IS 'Shift of the sandbox clock, one row';
COMMENT ON COLUMN registry.sandbox_clock.one IS 'Always true';
COMMENT ON COLUMN registry.sandbox_clock.offset_s IS 'Seconds ahead of the machine''s clock';

-- Alembic's own table is made before its schema's default privileges hold.
GRANT SELECT ON ref.alembic_version TO ":prefix_app";
