-- Daily clearing, county signatures, the sandbox bank, bills, statements.
CREATE TABLE money.batch (
  batch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  biz_date date NOT NULL,
  seq integer NOT NULL CHECK (seq > 0),
  frozen_at timestamptz NOT NULL,
  created_by text NOT NULL,
  UNIQUE (biz_date, seq)
);
COMMENT ON TABLE money.batch IS 'Clearing runs (清分批次) of a day, append-only; the state is that of the payouts';
COMMENT ON COLUMN money.batch.batch_id IS 'Our key';
COMMENT ON COLUMN money.batch.biz_date IS 'Accounting day';
COMMENT ON COLUMN money.batch.seq IS 'Run of the day, from 1';
COMMENT ON COLUMN money.batch.frozen_at IS 'Instant of the cut: money arrived before it is in';
COMMENT ON COLUMN money.batch.created_by IS 'Sign-in name or program';
SELECT ref.make_append_only('money.batch');

CREATE TABLE money.payout (
  msg_id text PRIMARY KEY CHECK (msg_id ~ '^[A-Z0-9]{10,35}$'),
  batch_id bigint NOT NULL REFERENCES money.batch,
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  kind text NOT NULL CHECK (kind IN ('nontax', 'tax')),
  attempt integer NOT NULL CHECK (attempt > 0),
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  n_items integer NOT NULL CHECK (n_items > 0),
  items_sha256 bytea NOT NULL CHECK (length(items_sha256) = 32),
  creditor_name text NOT NULL,
  creditor_number text NOT NULL,
  creditor_bank text NOT NULL,
  creditor_cnaps text NOT NULL,
  debit_pending_id bigint NOT NULL REFERENCES money.transfer,
  owed_pending_id bigint NOT NULL REFERENCES money.transfer,
  file_sha256 bytea CHECK (length(file_sha256) = 32),
  state text NOT NULL DEFAULT 'planned'
    CHECK (state IN ('planned', 'written', 'sent', 'unknown', 'acked', 'confirmed', 'settled', 'rejected')),
  reason text NOT NULL DEFAULT '',
  changed_at timestamptz NOT NULL,
  UNIQUE (batch_id, county_code, kind, attempt)
);
CREATE UNIQUE INDEX payout_live_key ON money.payout (batch_id, county_code, kind) WHERE state <> 'rejected';
COMMENT ON TABLE money.payout IS 'Payments (划拨) of a run: one county and kind each';
COMMENT ON COLUMN money.payout.msg_id IS 'Message id towards the bank';
COMMENT ON COLUMN money.payout.batch_id IS 'Run';
COMMENT ON COLUMN money.payout.county_code IS 'County that is paid';
COMMENT ON COLUMN money.payout.kind IS 'nontax or tax; never netted';
COMMENT ON COLUMN money.payout.attempt IS 'From 1; a rejected payment gets a new attempt and message id';
COMMENT ON COLUMN money.payout.amount_fen IS 'Amount in fen';
COMMENT ON COLUMN money.payout.n_items IS 'Number of order lines';
COMMENT ON COLUMN money.payout.items_sha256 IS 'SHA-256 of the item list, told to the county in the remittance text';
COMMENT ON COLUMN money.payout.creditor_name IS 'Holder of the county''s account, frozen';
COMMENT ON COLUMN money.payout.creditor_number IS 'Account number, frozen';
COMMENT ON COLUMN money.payout.creditor_bank IS 'Bank, frozen';
COMMENT ON COLUMN money.payout.creditor_cnaps IS 'CNAPS number of the bank, frozen';
COMMENT ON COLUMN money.payout.debit_pending_id IS 'Pending transfer out of the collection account';
COMMENT ON COLUMN money.payout.owed_pending_id IS 'Pending transfer that discharges the debt';
COMMENT ON COLUMN money.payout.file_sha256 IS 'SHA-256 of the pain.001 file';
COMMENT ON COLUMN money.payout.state IS 'planned, written, sent, unknown (no answer), acked, confirmed (debited), settled (county credited), rejected';
COMMENT ON COLUMN money.payout.reason IS 'Reason of a rejection';
COMMENT ON COLUMN money.payout.changed_at IS 'Instant of the last change of state';
REVOKE UPDATE, DELETE ON money.payout FROM ":prefix_app";
GRANT UPDATE (file_sha256, state, reason, changed_at) ON money.payout TO ":prefix_app";

CREATE TABLE money.batch_item (
  line_id bigint PRIMARY KEY REFERENCES money.order_line,
  batch_id bigint NOT NULL REFERENCES money.batch,
  county_code text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('nontax', 'tax')),
  amount_fen bigint NOT NULL CHECK (amount_fen > 0)
);
CREATE INDEX batch_item_batch_id_idx ON money.batch_item (batch_id, county_code, kind);
COMMENT ON TABLE money.batch_item IS 'Order lines of a run, append-only; a line is in one run only';
COMMENT ON COLUMN money.batch_item.line_id IS 'Order line';
COMMENT ON COLUMN money.batch_item.batch_id IS 'Run';
COMMENT ON COLUMN money.batch_item.county_code IS 'County that is owed';
COMMENT ON COLUMN money.batch_item.kind IS 'nontax or tax';
COMMENT ON COLUMN money.batch_item.amount_fen IS 'Amount in fen';
SELECT ref.make_append_only('money.batch_item');

CREATE TABLE money.day_sign (
  biz_date date NOT NULL,
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  sheet_sha256 bytea NOT NULL CHECK (length(sheet_sha256) = 32),
  signed_by text NOT NULL,
  signed_at timestamptz NOT NULL,
  PRIMARY KEY (biz_date, county_code, sheet_sha256)
);
COMMENT ON TABLE money.day_sign IS 'Counties'' signatures under the day sheet (双方确认), append-only';
COMMENT ON COLUMN money.day_sign.biz_date IS 'Accounting day';
COMMENT ON COLUMN money.day_sign.county_code IS 'County';
COMMENT ON COLUMN money.day_sign.sheet_sha256 IS 'SHA-256 of the figures that were signed';
COMMENT ON COLUMN money.day_sign.signed_by IS 'Sign-in name';
COMMENT ON COLUMN money.day_sign.signed_at IS 'Instant';
SELECT ref.make_append_only('money.day_sign');

CREATE TABLE money.sandbox_bank_order (
  msg_id text PRIMARY KEY,
  sha256 bytea NOT NULL,
  amount_fen bigint NOT NULL,
  creditor_number text NOT NULL,
  state text NOT NULL CHECK (state IN ('received', 'debited', 'credited', 'rejected')),
  reason text NOT NULL DEFAULT '',
  submissions integer NOT NULL DEFAULT 1,
  received_at timestamptz NOT NULL
);
COMMENT ON TABLE money.sandbox_bank_order IS 'Book of the sandbox bank: what it was asked to pay; no part of our books';
COMMENT ON COLUMN money.sandbox_bank_order.msg_id IS 'Message id';
COMMENT ON COLUMN money.sandbox_bank_order.sha256 IS 'SHA-256 of the message';
COMMENT ON COLUMN money.sandbox_bank_order.amount_fen IS 'Amount in fen';
COMMENT ON COLUMN money.sandbox_bank_order.creditor_number IS 'Account to credit';
COMMENT ON COLUMN money.sandbox_bank_order.state IS 'received, debited, credited or rejected';
COMMENT ON COLUMN money.sandbox_bank_order.reason IS 'Reason of a rejection';
COMMENT ON COLUMN money.sandbox_bank_order.submissions IS 'Times it was sent in';
COMMENT ON COLUMN money.sandbox_bank_order.received_at IS 'Instant of first receipt';

CREATE TABLE money.bill_pool (
  pool_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL CHECK (code ~ '^[0-9]{8}$'),
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  lo bigint NOT NULL CHECK (lo > 0),
  hi bigint NOT NULL CHECK (hi <= 9999999999),
  next bigint NOT NULL,
  issued_by text NOT NULL,
  CONSTRAINT bill_pool_next_check CHECK (lo <= hi AND next BETWEEN lo AND hi + 1),
  CONSTRAINT bill_pool_segments_excl EXCLUDE USING gist (code WITH =, int8range(lo, hi, '[]') WITH &&)
);
CREATE INDEX bill_pool_county_code_idx ON money.bill_pool (county_code, code, lo);
COMMENT ON TABLE money.bill_pool IS 'Segments of bill numbers received from the finance bureau';
COMMENT ON COLUMN money.bill_pool.pool_id IS 'Our key';
COMMENT ON COLUMN money.bill_pool.code IS 'Bill code (票据代码), 8 digits';
COMMENT ON COLUMN money.bill_pool.county_code IS 'County whose bills they are';
COMMENT ON COLUMN money.bill_pool.lo IS 'First number';
COMMENT ON COLUMN money.bill_pool.hi IS 'Last number';
COMMENT ON COLUMN money.bill_pool.next IS 'Next number to be used';
COMMENT ON COLUMN money.bill_pool.issued_by IS 'Who gave the segment';
REVOKE UPDATE, DELETE ON money.bill_pool FROM ":prefix_app";
GRANT UPDATE (next) ON money.bill_pool TO ":prefix_app";

CREATE TABLE money.bill (
  code text NOT NULL CHECK (code ~ '^[0-9]{8}$'),
  number text NOT NULL CHECK (number ~ '^[0-9]{10}$'),
  pool_id bigint NOT NULL REFERENCES money.bill_pool,
  kind text NOT NULL CHECK (kind IN ('blue', 'red')),
  red_of text UNIQUE,
  order_no text NOT NULL REFERENCES money.payment_order,
  case_no text NOT NULL,
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  accept_office text NOT NULL,
  payer_name text NOT NULL,
  payer_kind text NOT NULL,
  payer_code text,
  amount_fen bigint NOT NULL,
  check_code text NOT NULL CHECK (check_code ~ '^[0-9a-z]{6}$'),
  issued_at timestamptz NOT NULL,
  issued_on date NOT NULL,
  state text NOT NULL DEFAULT 'numbered' CHECK (state IN ('numbered', 'signed', 'held')),
  xml bytea,
  xml_sha256 bytea UNIQUE CHECK (length(xml_sha256) = 32),
  xml_sm3 bytea CHECK (length(xml_sm3) = 32),
  xml_signature bytea,
  algorithm text,
  pdf_sha256 bytea UNIQUE CHECK (length(pdf_sha256) = 32),
  pdf_sm3 bytea CHECK (length(pdf_sm3) = 32),
  held_reason text NOT NULL DEFAULT '',
  PRIMARY KEY (code, number),
  CONSTRAINT bill_sign_check CHECK ((kind = 'blue' AND amount_fen > 0 AND red_of IS NULL)
                                 OR (kind = 'red' AND amount_fen < 0 AND red_of IS NOT NULL)),
  CONSTRAINT bill_signed_whole_check CHECK (state <> 'signed' OR num_nulls(xml, xml_sha256, xml_sm3, xml_signature, algorithm, pdf_sha256, pdf_sm3) = 0)
);
CREATE UNIQUE INDEX bill_blue_key ON money.bill (order_no, case_no, county_code) WHERE kind = 'blue';
CREATE INDEX bill_case_no_idx ON money.bill (case_no);
COMMENT ON TABLE money.bill IS 'Electronic bills (财政电子票据): one per payer, case and county';
COMMENT ON COLUMN money.bill.code IS 'Bill code (票据代码), 8 digits';
COMMENT ON COLUMN money.bill.number IS 'Bill number (票据号码), 10 digits, without gaps in its pool';
COMMENT ON COLUMN money.bill.pool_id IS 'Segment of the number';
COMMENT ON COLUMN money.bill.kind IS 'blue, or red (红票) that reverses a blue one';
COMMENT ON COLUMN money.bill.red_of IS 'code-number of the blue bill; at most one red each';
COMMENT ON COLUMN money.bill.order_no IS 'Order';
COMMENT ON COLUMN money.bill.case_no IS 'Case';
COMMENT ON COLUMN money.bill.county_code IS 'County whose income it is';
COMMENT ON COLUMN money.bill.accept_office IS 'Office that accepted the case';
COMMENT ON COLUMN money.bill.payer_name IS 'Payer (交款人)';
COMMENT ON COLUMN money.bill.payer_kind IS 'person or unit';
COMMENT ON COLUMN money.bill.payer_code IS 'Unified social credit code of a unit';
COMMENT ON COLUMN money.bill.amount_fen IS 'Face in fen; negative on a red bill';
COMMENT ON COLUMN money.bill.check_code IS 'Check code (校验码), 6 random characters';
COMMENT ON COLUMN money.bill.issued_at IS 'Instant of issue';
COMMENT ON COLUMN money.bill.issued_on IS 'Day of issue in Asia/Shanghai';
COMMENT ON COLUMN money.bill.state IS 'numbered, signed (files stored), or held (a glyph is missing)';
COMMENT ON COLUMN money.bill.xml IS 'einvoice.xml as issued';
COMMENT ON COLUMN money.bill.xml_sha256 IS 'SHA-256 of the XML';
COMMENT ON COLUMN money.bill.xml_sm3 IS 'SM3 of the XML';
COMMENT ON COLUMN money.bill.xml_signature IS 'Detached signature of the XML';
COMMENT ON COLUMN money.bill.algorithm IS 'Algorithm of xml_signature';
COMMENT ON COLUMN money.bill.pdf_sha256 IS 'SHA-256 of the PDF, also its name in the document store';
COMMENT ON COLUMN money.bill.pdf_sm3 IS 'SM3 of the PDF';
COMMENT ON COLUMN money.bill.held_reason IS 'Why it is held';
REVOKE UPDATE, DELETE ON money.bill FROM ":prefix_app";
GRANT UPDATE (state, xml, xml_sha256, xml_sm3, xml_signature, algorithm, pdf_sha256, pdf_sm3, held_reason) ON money.bill TO ":prefix_app";
CREATE FUNCTION money.keep_signed_bill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'signed' THEN
    RAISE EXCEPTION 'bill % % is signed', OLD.code, OLD.number
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.keep_signed_bill() IS 'Trigger: a signed bill never changes';
CREATE TRIGGER bill_signed_stays BEFORE UPDATE ON money.bill FOR EACH ROW EXECUTE FUNCTION money.keep_signed_bill();
ALTER TABLE money.bill ENABLE ROW LEVEL SECURITY;
CREATE POLICY bill_scope ON money.bill USING (
  (SELECT current_setting('ningtu.scope', true)) = 'all'
  OR accept_office = (SELECT current_setting('ningtu.office', true))
  OR county_code = (SELECT current_setting('ningtu.county', true)));

CREATE TABLE money.bill_line (
  code text NOT NULL,
  number text NOT NULL,
  line_id bigint NOT NULL REFERENCES money.order_line,
  amount_fen bigint NOT NULL,
  PRIMARY KEY (code, number, line_id),
  FOREIGN KEY (code, number) REFERENCES money.bill
);
CREATE INDEX bill_line_line_id_idx ON money.bill_line (line_id);
COMMENT ON TABLE money.bill_line IS 'Order lines of a bill, append-only';
COMMENT ON COLUMN money.bill_line.code IS 'Bill code';
COMMENT ON COLUMN money.bill_line.number IS 'Bill number';
COMMENT ON COLUMN money.bill_line.line_id IS 'Order line';
COMMENT ON COLUMN money.bill_line.amount_fen IS 'Amount in fen; negative on a red bill';
SELECT ref.make_append_only('money.bill_line');

CREATE TABLE money.statement (
  statement_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account text NOT NULL,
  statement_ref text NOT NULL,
  format text NOT NULL CHECK (format IN ('camt.053', 'csv')),
  sha256 bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
  raw bytea NOT NULL,
  opening_fen bigint,
  closing_fen bigint,
  loaded_by text NOT NULL,
  loaded_at timestamptz NOT NULL,
  UNIQUE (account, statement_ref)
);
COMMENT ON TABLE money.statement IS 'Bank statements as they came, append-only';
COMMENT ON COLUMN money.statement.statement_id IS 'Our key';
COMMENT ON COLUMN money.statement.account IS 'Account number';
COMMENT ON COLUMN money.statement.statement_ref IS 'The bank''s number of the statement';
COMMENT ON COLUMN money.statement.format IS 'camt.053 or csv';
COMMENT ON COLUMN money.statement.sha256 IS 'SHA-256 of the file';
COMMENT ON COLUMN money.statement.raw IS 'File';
COMMENT ON COLUMN money.statement.opening_fen IS 'Opening balance in fen';
COMMENT ON COLUMN money.statement.closing_fen IS 'Closing balance in fen';
COMMENT ON COLUMN money.statement.loaded_by IS 'Sign-in name';
COMMENT ON COLUMN money.statement.loaded_at IS 'Instant';
SELECT ref.make_append_only('money.statement');

CREATE TABLE money.statement_entry (
  statement_id bigint NOT NULL REFERENCES money.statement,
  seq integer NOT NULL,
  booked_on date NOT NULL,
  amount_fen bigint NOT NULL CHECK (amount_fen <> 0),
  reference text NOT NULL,
  counterparty text NOT NULL DEFAULT '',
  PRIMARY KEY (statement_id, seq)
);
CREATE INDEX statement_entry_reference_idx ON money.statement_entry (reference);
COMMENT ON TABLE money.statement_entry IS 'Entries of bank statements, append-only';
COMMENT ON COLUMN money.statement_entry.statement_id IS 'Statement';
COMMENT ON COLUMN money.statement_entry.seq IS 'Place, from 1';
COMMENT ON COLUMN money.statement_entry.booked_on IS 'Booking day';
COMMENT ON COLUMN money.statement_entry.amount_fen IS 'Amount in fen: positive credit, negative debit';
COMMENT ON COLUMN money.statement_entry.reference IS 'EndToEndId, message id or settlement reference';
COMMENT ON COLUMN money.statement_entry.counterparty IS 'Account number of the other side';
SELECT ref.make_append_only('money.statement_entry');

CREATE FUNCTION money.freeze_batch(p_date date, p_cut timestamptz, p_by text, p_at timestamptz, p_empty boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_batch bigint; v_orders text[];
BEGIN
  SELECT array_agg(f.order_no) INTO v_orders FROM (
    SELECT o.order_no FROM money.payment_order o
    WHERE o.state = 'paid' AND o.amount_fen > 0
      AND EXISTS (SELECT 1 FROM money.posting p WHERE p.order_no = o.order_no AND p.kind = 'arrive'
                  AND p.biz_date <= p_date AND p.event_at <= p_cut)
      AND EXISTS (SELECT 1 FROM money.order_line l WHERE l.order_no = o.order_no AND l.amount_fen > 0
                  AND NOT EXISTS (SELECT 1 FROM money.batch_item i WHERE i.line_id = l.line_id))
    ORDER BY o.order_no FOR UPDATE) f;
  IF v_orders IS NULL AND NOT p_empty THEN
    RETURN NULL;
  END IF;
  INSERT INTO money.batch (biz_date, seq, frozen_at, created_by)
  SELECT p_date, coalesce(max(seq), 0) + 1, p_at, p_by FROM money.batch WHERE biz_date = p_date
  RETURNING batch_id INTO v_batch;
  INSERT INTO money.batch_item (line_id, batch_id, county_code, kind, amount_fen)
  SELECT l.line_id, v_batch, l.county_code, CASE l.kind WHEN 'fee' THEN 'nontax' ELSE 'tax' END, l.amount_fen
  FROM money.order_line l WHERE l.order_no = ANY (v_orders) AND l.amount_fen > 0;
  RETURN v_batch;
END $$;
COMMENT ON FUNCTION money.freeze_batch IS 'Freeze the arrived lines of paid orders as the next run of a day; null when there is nothing and an empty run is not wanted';

CREATE FUNCTION money.clear_orders(p_batch bigint, p_actor text, p_at timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_order text; v_count integer := 0;
BEGIN
  FOR v_order IN
    SELECT o.order_no FROM money.payment_order o
    WHERE o.state = 'paid'
      AND o.order_no IN (SELECT l.order_no FROM money.batch_item i JOIN money.order_line l USING (line_id) WHERE i.batch_id = p_batch)
      AND NOT EXISTS (
        SELECT 1 FROM money.order_line l
        LEFT JOIN money.batch_item i USING (line_id)
        LEFT JOIN money.payout p ON p.batch_id = i.batch_id AND p.county_code = i.county_code AND p.kind = i.kind
                                AND p.state = 'settled'
        WHERE l.order_no = o.order_no AND l.amount_fen > 0 AND p.msg_id IS NULL)
    ORDER BY o.order_no FOR UPDATE
  LOOP
    PERFORM money.add_order_event(v_order, 'paid', 'cleared', p_at, p_actor, jsonb_build_object('batch_id', p_batch));
    v_count := v_count + 1;
  END LOOP;
  RETURN v_count;
END $$;
COMMENT ON FUNCTION money.clear_orders IS 'Mark the orders of a run cleared whose every line has reached its county';
