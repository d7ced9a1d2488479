-- Below how many numbers the stock of bills is low (领用预警), as dated data.
CREATE TABLE ref.bill_stock_policy (
  valid_from date NOT NULL,
  valid_to date,
  low_count integer NOT NULL,
  source_doc text NOT NULL,
  verified boolean NOT NULL,
  PRIMARY KEY (valid_from),
  CONSTRAINT bill_stock_policy_low_count_check CHECK (low_count BETWEEN 1 AND 1000000),
  CONSTRAINT bill_stock_policy_validity_check CHECK (valid_to > valid_from),
  CONSTRAINT bill_stock_policy_validity_excl EXCLUDE USING gist (daterange(valid_from, valid_to) WITH &&)
);
COMMENT ON TABLE ref.bill_stock_policy IS 'Below how many numbers a county''s stock of bills is low, as dated data';
COMMENT ON COLUMN ref.bill_stock_policy.valid_from IS 'First day in force';
COMMENT ON COLUMN ref.bill_stock_policy.valid_to IS 'Day from which it is no longer in force; null for open';
COMMENT ON COLUMN ref.bill_stock_policy.low_count IS 'Numbers left of a county below which an alert is shown';
COMMENT ON COLUMN ref.bill_stock_policy.source_doc IS 'Document it is taken from';
COMMENT ON COLUMN ref.bill_stock_policy.verified IS 'Whether the source itself was read';
