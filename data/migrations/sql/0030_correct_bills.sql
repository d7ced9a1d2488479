CREATE TABLE money.bill_correction (
  correction_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL,
  number text NOT NULL,
  payer_name text NOT NULL,
  payer_kind text NOT NULL CHECK (payer_kind IN ('person', 'unit')),
  payer_code text,
  reason text NOT NULL CHECK (reason <> ''),
  requested_by text NOT NULL,
  requested_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'approved', 'rejected')),
  decided_by text,
  decided_at timestamptz,
  decision text NOT NULL DEFAULT '',
  FOREIGN KEY (code, number) REFERENCES money.bill,
  CONSTRAINT bill_correction_decided_check CHECK ((state = 'requested') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
  CONSTRAINT bill_correction_two_persons_check CHECK (decided_by IS DISTINCT FROM requested_by)
);
CREATE UNIQUE INDEX bill_correction_live_idx ON money.bill_correction (code, number) WHERE state <> 'rejected';
COMMENT ON TABLE money.bill_correction IS 'Bills made out to the wrong payer (更正换开): reversed whole and issued anew for the same amount, no money moves';
COMMENT ON COLUMN money.bill_correction.correction_id IS 'Our key';
COMMENT ON COLUMN money.bill_correction.code IS 'Bill code of the wrong bill';
COMMENT ON COLUMN money.bill_correction.number IS 'Its number';
COMMENT ON COLUMN money.bill_correction.payer_name IS 'Payer (交款人) as it should be';
COMMENT ON COLUMN money.bill_correction.payer_kind IS 'person or unit';
COMMENT ON COLUMN money.bill_correction.payer_code IS 'Unified social credit code of a unit';
COMMENT ON COLUMN money.bill_correction.reason IS 'Why it was wrong';
COMMENT ON COLUMN money.bill_correction.requested_by IS 'Sign-in name of who asked';
COMMENT ON COLUMN money.bill_correction.requested_at IS 'Instant';
COMMENT ON COLUMN money.bill_correction.state IS 'requested, approved (the red bill and the new one have numbers) or rejected';
COMMENT ON COLUMN money.bill_correction.decided_by IS 'Sign-in name of the second person';
COMMENT ON COLUMN money.bill_correction.decided_at IS 'Instant';
COMMENT ON COLUMN money.bill_correction.decision IS 'Words of the second person';
REVOKE UPDATE, DELETE ON money.bill_correction FROM ":prefix_app";
GRANT UPDATE (state, decided_by, decided_at, decision) ON money.bill_correction TO ":prefix_app";

-- No foreign key: two tables would each need the other first. The trigger below looks at the correction.
ALTER TABLE money.bill
  ADD COLUMN correction_id bigint,
  ADD CONSTRAINT bill_correction_check CHECK (
    correction_id IS NULL OR (num_nonnulls(refund_no, dispute_no) = 0 AND num_nonnulls(red_of, replaces) = 1));
COMMENT ON COLUMN money.bill.correction_id IS 'Correction a red bill, and the blue one in its place, was made for (money.bill_correction)';

CREATE OR REPLACE FUNCTION money.check_bill_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE o record;
BEGIN
  SELECT b.kind, b.state, b.amount_fen, b.order_no, b.case_no, b.county_code,
         EXISTS (SELECT 1 FROM money.bill r WHERE r.red_of = b.code || '-' || b.number AND r.state <> 'void') AS reversed,
         EXISTS (SELECT 1 FROM money.bill_correction c WHERE c.correction_id = NEW.correction_id AND c.state = 'approved'
                 AND (c.code, c.number) = (b.code, b.number)) AS corrected
  INTO o FROM money.bill b
  WHERE b.code = split_part(coalesce(NEW.red_of, NEW.replaces), '-', 1)
    AND b.number = split_part(coalesce(NEW.red_of, NEW.replaces), '-', 2);
  IF o.kind IS DISTINCT FROM 'blue' OR o.state <> 'signed'
     OR (o.order_no, o.case_no, o.county_code) IS DISTINCT FROM (NEW.order_no, NEW.case_no, NEW.county_code)
     OR (NEW.correction_id IS NOT NULL AND NOT o.corrected)
     OR (CASE WHEN NEW.kind = 'red' THEN NEW.amount_fen <> -o.amount_fen
              WHEN NEW.correction_id IS NOT NULL THEN NOT o.reversed OR NEW.amount_fen <> o.amount_fen
              ELSE NOT o.reversed OR NEW.amount_fen >= o.amount_fen END) THEN
    RAISE EXCEPTION 'bill does not follow %', coalesce(NEW.red_of, NEW.replaces)
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'bill_follows';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_bill_follows() IS
  'Trigger: a red bill is the whole of a signed blue one, negative; a bill for the rest follows a reversed one and is less; one of an approved correction is for the same amount';
