-- A relief whose document comes after acceptance: the fee is assessed again, the lines before stay and are struck through.
ALTER TABLE registry.fee_line
  ADD COLUMN superseded_at timestamptz,
  ADD COLUMN superseded_by text,
  ADD COLUMN superseded_reason text,
  ADD CONSTRAINT fee_line_superseded_check CHECK (num_nulls(superseded_at, superseded_by, superseded_reason) IN (0, 3));
COMMENT ON COLUMN registry.fee_line.superseded_at IS 'Instant from which a later assessment stands in its place; null while it counts';
COMMENT ON COLUMN registry.fee_line.superseded_by IS 'Sign-in name of who had the fee assessed again';
COMMENT ON COLUMN registry.fee_line.superseded_reason IS 'Why the fee was assessed again';
GRANT UPDATE (superseded_at, superseded_by, superseded_reason) ON registry.fee_line TO ":prefix_app";
GRANT UPDATE (fee_total_fen, detail) ON registry.case TO ":prefix_app";

CREATE FUNCTION registry.keep_superseded_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'fee line % of % was replaced', OLD.line_no, OLD.case_no
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'fee_line_superseded_stays';
END $$;
COMMENT ON FUNCTION registry.keep_superseded_line() IS 'Trigger: a fee line that was replaced stays as it is';
CREATE TRIGGER fee_line_superseded_stays BEFORE UPDATE ON registry.fee_line FOR EACH ROW
  WHEN (OLD.superseded_at IS NOT NULL) EXECUTE FUNCTION registry.keep_superseded_line();
