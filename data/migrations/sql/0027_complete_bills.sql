-- Bills to the end: two signatures that outlive a change of keys, numbers that are voided, copies, entries in books.
CREATE TABLE money.signing_chain (
  chain_id bytea PRIMARY KEY CHECK (length(chain_id) = 32),
  role text NOT NULL CHECK (role IN ('issuer', 'supervisor')),
  subject text NOT NULL,
  chain text NOT NULL,
  first_used_at timestamptz NOT NULL
);
COMMENT ON TABLE money.signing_chain IS 'Certificates under which bills were signed, append-only: a bill outlives a change of keys';
COMMENT ON COLUMN money.signing_chain.chain_id IS 'SHA-256 of the chain';
COMMENT ON COLUMN money.signing_chain.role IS 'issuer (开票单位) or supervisor (财政监制)';
COMMENT ON COLUMN money.signing_chain.subject IS 'Common name of the signer';
COMMENT ON COLUMN money.signing_chain.chain IS 'Certificates in PEM, the signer''s own first, the root last';
COMMENT ON COLUMN money.signing_chain.first_used_at IS 'Instant of the first bill signed under it';
SELECT ref.make_append_only('money.signing_chain');

ALTER TABLE money.bill
  ADD COLUMN supervisor_signature bytea,
  ADD COLUMN issuer_chain bytea REFERENCES money.signing_chain,
  ADD COLUMN supervisor_chain bytea REFERENCES money.signing_chain,
  ADD COLUMN replaces text,
  ADD COLUMN refund_no text REFERENCES money.refund,
  DROP CONSTRAINT bill_state_check,
  ADD CONSTRAINT bill_state_check CHECK (state IN ('numbered', 'signed', 'held', 'void')),
  DROP CONSTRAINT bill_sign_check,
  ADD CONSTRAINT bill_sign_check CHECK (
    (kind = 'blue' AND amount_fen > 0 AND red_of IS NULL)
    OR (kind = 'red' AND amount_fen < 0 AND red_of IS NOT NULL AND replaces IS NULL)),
  ADD CONSTRAINT bill_two_signatures_check CHECK (
    algorithm IS DISTINCT FROM 'SM2-SM3' OR num_nulls(supervisor_signature, issuer_chain, supervisor_chain) = 0),
  DROP CONSTRAINT bill_red_of_key;
COMMENT ON COLUMN money.bill.state IS 'numbered, signed (files stored), held (a glyph is missing) or void (作废: never signed, its number stays used)';
COMMENT ON COLUMN money.bill.xml_signature IS 'Detached signature of the XML by the issuer (开票单位)';
COMMENT ON COLUMN money.bill.algorithm IS 'Algorithm of both signatures of the XML';
COMMENT ON COLUMN money.bill.supervisor_signature IS 'Detached signature of the XML by the supervisor (财政监制)';
COMMENT ON COLUMN money.bill.issuer_chain IS 'Certificates of the issuer';
COMMENT ON COLUMN money.bill.supervisor_chain IS 'Certificates of the supervisor';
COMMENT ON COLUMN money.bill.replaces IS 'code-number of the reversed bill whose rest this blue one is for (换开)';
COMMENT ON COLUMN money.bill.refund_no IS 'Refund a red bill, or the blue one for the rest, was made for';
-- A void number does not stand in the way of the next one.
CREATE UNIQUE INDEX bill_red_of_idx ON money.bill (red_of) WHERE state <> 'void';
CREATE UNIQUE INDEX bill_replaces_idx ON money.bill (replaces) WHERE state <> 'void';
DROP INDEX money.bill_blue_key;
CREATE UNIQUE INDEX bill_blue_key ON money.bill (order_no, case_no, county_code)
  WHERE kind = 'blue' AND state <> 'void' AND replaces IS NULL;
CREATE INDEX bill_refund_no_idx ON money.bill (refund_no) WHERE refund_no IS NOT NULL;
GRANT UPDATE (supervisor_signature, issuer_chain, supervisor_chain) ON money.bill TO ":prefix_app";

CREATE TABLE money.bill_event (
  event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL,
  number text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('void', 'copy', 'entry', 'entry_again')),
  seq integer NOT NULL CHECK (seq > 0),
  actor text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL,
  UNIQUE (code, number, kind, seq),
  CONSTRAINT bill_event_code_number_fkey FOREIGN KEY (code, number) REFERENCES money.bill
);
CREATE UNIQUE INDEX bill_event_once_idx ON money.bill_event (code, number, kind) WHERE kind IN ('void', 'entry');
COMMENT ON TABLE money.bill_event IS 'What happened to a bill after its number: void, paper copies, entries in books; append-only';
COMMENT ON COLUMN money.bill_event.event_id IS 'Our key';
COMMENT ON COLUMN money.bill_event.code IS 'Bill code';
COMMENT ON COLUMN money.bill_event.number IS 'Bill number';
COMMENT ON COLUMN money.bill_event.kind IS 'void (作废), copy (打印), entry (入账反馈), entry_again (a second use, warned)';
COMMENT ON COLUMN money.bill_event.seq IS 'How many of its kind, from 1; of copies the number printed on the paper';
COMMENT ON COLUMN money.bill_event.actor IS 'Sign-in name or program; public for who has the check code only';
COMMENT ON COLUMN money.bill_event.detail IS 'Reason of a void; organisation and voucher of an entry';
COMMENT ON COLUMN money.bill_event.at IS 'Instant';
SELECT ref.make_append_only('money.bill_event');

ALTER TABLE money.bill_pool
  ADD COLUMN document text NOT NULL DEFAULT '',
  ADD COLUMN received_by text NOT NULL DEFAULT 'system',
  ADD COLUMN received_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN money.bill_pool.document IS 'The bureau''s number of the delivery (领用单号)';
COMMENT ON COLUMN money.bill_pool.received_by IS 'Who entered it (入库)';
COMMENT ON COLUMN money.bill_pool.received_at IS 'Instant of entry';

CREATE OR REPLACE FUNCTION money.keep_signed_bill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state IN ('signed', 'void') THEN
    RAISE EXCEPTION 'bill % % is %', OLD.code, OLD.number, OLD.state
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
  END IF;
  IF NEW.state = 'void' AND NOT EXISTS (
    SELECT 1 FROM money.bill_event e WHERE e.code = NEW.code AND e.number = NEW.number AND e.kind = 'void') THEN
    RAISE EXCEPTION 'bill % % has no reason to be void', NEW.code, NEW.number
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'bill_void_reason';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.keep_signed_bill() IS 'Trigger: a signed bill never changes, a void one neither; a void has a reason';

CREATE FUNCTION money.check_bill_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE o record;
BEGIN
  SELECT b.kind, b.state, b.amount_fen, b.order_no, b.case_no, b.county_code,
         EXISTS (SELECT 1 FROM money.bill r WHERE r.red_of = b.code || '-' || b.number AND r.state <> 'void') AS reversed
  INTO o FROM money.bill b
  WHERE b.code = split_part(coalesce(NEW.red_of, NEW.replaces), '-', 1)
    AND b.number = split_part(coalesce(NEW.red_of, NEW.replaces), '-', 2);
  IF o.kind IS DISTINCT FROM 'blue' OR o.state <> 'signed'
     OR (o.order_no, o.case_no, o.county_code) IS DISTINCT FROM (NEW.order_no, NEW.case_no, NEW.county_code)
     OR (CASE WHEN NEW.kind = 'red' THEN NEW.amount_fen <> -o.amount_fen
              ELSE NOT o.reversed OR NEW.amount_fen >= o.amount_fen END) THEN
    RAISE EXCEPTION 'bill does not follow %', coalesce(NEW.red_of, NEW.replaces)
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'bill_follows';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_bill_follows() IS
  'Trigger: a red bill is the whole of a signed blue one, negative; a bill for the rest follows a reversed one and is less';
CREATE TRIGGER bill_follows BEFORE INSERT ON money.bill
  FOR EACH ROW WHEN (NEW.red_of IS NOT NULL OR NEW.replaces IS NOT NULL) EXECUTE FUNCTION money.check_bill_follows();
