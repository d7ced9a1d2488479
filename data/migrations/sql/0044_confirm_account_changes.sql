-- To which account a county is paid was changed by one administrator alone. Now finance confirms it.
CREATE TABLE ref.account_change (
  change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  county_code text NOT NULL REFERENCES ref.county,
  kind text NOT NULL CHECK (kind IN ('nontax', 'tax')),
  owner_code text NOT NULL CHECK (owner_code ~ '^[0-9]{6}$'),
  name text NOT NULL,
  bank text NOT NULL,
  number text NOT NULL,
  cnaps text NOT NULL CHECK (cnaps ~ '^[0-9]{12}$'),
  valid_from date NOT NULL,
  source_doc text NOT NULL,
  proposed_by text NOT NULL,
  proposed_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'confirmed', 'declined')),
  decided_by text,
  decided_at timestamptz,
  CONSTRAINT account_change_decided_check CHECK (
    num_nulls(decided_by, decided_at) = CASE state WHEN 'proposed' THEN 2 ELSE 0 END),
  CONSTRAINT account_change_second_person_check CHECK (state <> 'confirmed' OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX account_change_open_idx ON ref.account_change (county_code, kind) WHERE state = 'proposed';
COMMENT ON TABLE ref.account_change IS 'Changes of the counties'' accounts: proposed by one person, confirmed by a second';
COMMENT ON COLUMN ref.account_change.change_id IS 'Our key';
COMMENT ON COLUMN ref.account_change.county_code IS 'County of the fee line, six digits';
COMMENT ON COLUMN ref.account_change.kind IS 'nontax (财政非税收入专户) or tax (国库)';
COMMENT ON COLUMN ref.account_change.owner_code IS 'Six digits of the finance body that holds the account; 421200 is the city';
COMMENT ON COLUMN ref.account_change.name IS 'Name of the account';
COMMENT ON COLUMN ref.account_change.bank IS 'Bank';
COMMENT ON COLUMN ref.account_change.number IS 'Account number';
COMMENT ON COLUMN ref.account_change.cnaps IS 'Bank number of the large-value payment system, 12 digits';
COMMENT ON COLUMN ref.account_change.valid_from IS 'First day in force';
COMMENT ON COLUMN ref.account_change.source_doc IS 'Document it is taken from';
COMMENT ON COLUMN ref.account_change.proposed_by IS 'Sign-in name of who proposed it';
COMMENT ON COLUMN ref.account_change.proposed_at IS 'Instant';
COMMENT ON COLUMN ref.account_change.state IS 'proposed, confirmed or declined';
COMMENT ON COLUMN ref.account_change.decided_by IS 'Sign-in name of who confirmed, declined or took it back';
COMMENT ON COLUMN ref.account_change.decided_at IS 'Instant';
