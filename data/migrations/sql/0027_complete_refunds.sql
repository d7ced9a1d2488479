-- Refunds to the end: two persons, whole orders, parts of them and suspense money, before and after clearing.
ALTER TABLE money.refund
  DROP CONSTRAINT refund_order_no_key,
  DROP CONSTRAINT refund_state_check,
  ALTER COLUMN order_no DROP NOT NULL,
  ADD COLUMN suspended_id bigint REFERENCES money.posting,
  ADD COLUMN channel text,
  ADD COLUMN channel_txn text,
  ADD COLUMN whole boolean NOT NULL DEFAULT true,
  ADD COLUMN decided_by text,
  ADD COLUMN decided_at timestamptz,
  ADD COLUMN decision text NOT NULL DEFAULT '',
  ADD COLUMN attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  ADD COLUMN last_error text NOT NULL DEFAULT '';
-- Those under way were promised by one person, as the rule then was.
UPDATE money.refund SET state = 'approved', decided_by = 'system', decided_at = requested_at WHERE state = 'requested';
UPDATE money.refund SET decided_by = 'system', decided_at = requested_at WHERE state = 'done';
ALTER TABLE money.refund
  ADD CONSTRAINT refund_state_check CHECK (
    state IN ('requested', 'rejected', 'approved', 'returning', 'paying', 'failed', 'done')),
  ADD CONSTRAINT refund_subject_check CHECK (order_no IS NOT NULL OR suspended_id IS NOT NULL),
  ADD CONSTRAINT refund_decided_check CHECK ((state = 'requested') = (decided_by IS NULL)),
  ADD CONSTRAINT refund_two_persons_check CHECK (decided_by <> requested_by);
-- One refund of an order at a time; suspense money goes back once.
CREATE UNIQUE INDEX refund_order_live_idx ON money.refund (order_no)
  WHERE state NOT IN ('rejected', 'done') AND suspended_id IS NULL;
CREATE UNIQUE INDEX refund_suspended_idx ON money.refund (suspended_id) WHERE state <> 'rejected';
CREATE INDEX refund_order_no_idx ON money.refund (order_no);
COMMENT ON TABLE money.refund IS 'Refunds (退付): of an order, of lines of it, or of money in suspense';
COMMENT ON COLUMN money.refund.order_no IS 'Order; of suspense money the order it was meant for, if one';
COMMENT ON COLUMN money.refund.suspended_id IS 'Posting that put the money into suspense; null for a refund of an order';
COMMENT ON COLUMN money.refund.channel IS 'Channel the money came by and goes back by (原路退回)';
COMMENT ON COLUMN money.refund.channel_txn IS 'The channel''s number of the payment';
COMMENT ON COLUMN money.refund.whole IS 'Whether nothing of the order is left';
COMMENT ON COLUMN money.refund.decided_by IS 'Who approved or rejected; never who asked';
COMMENT ON COLUMN money.refund.decided_at IS 'Instant of the decision';
COMMENT ON COLUMN money.refund.decision IS 'Words of who decided';
COMMENT ON COLUMN money.refund.attempts IS 'How often the channel was asked to pay';
COMMENT ON COLUMN money.refund.last_error IS 'Why the last attempt failed';
COMMENT ON COLUMN money.refund.state IS
  'requested, rejected, approved (red bills first), returning (counties pay back), paying, failed (the channel refused), done';
REVOKE UPDATE ON money.refund FROM ":prefix_app";
GRANT UPDATE (state, done_at, decided_by, decided_at, decision, attempts, last_error) ON money.refund TO ":prefix_app";

CREATE TABLE money.refund_line (
  refund_no text NOT NULL REFERENCES money.refund,
  line_id bigint NOT NULL REFERENCES money.order_line,
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  kind text NOT NULL CHECK (kind IN ('nontax', 'tax')),
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  PRIMARY KEY (refund_no, line_id)
);
CREATE INDEX refund_line_line_id_idx ON money.refund_line (line_id);
COMMENT ON TABLE money.refund_line IS 'What of which order line a refund gives back, append-only';
COMMENT ON COLUMN money.refund_line.refund_no IS 'Refund';
COMMENT ON COLUMN money.refund_line.line_id IS 'Order line';
COMMENT ON COLUMN money.refund_line.county_code IS 'County that was owed, and gives back';
COMMENT ON COLUMN money.refund_line.kind IS 'nontax or tax; never netted';
COMMENT ON COLUMN money.refund_line.amount_fen IS 'Amount in fen, at most what is left of the line';
SELECT ref.make_append_only('money.refund_line');
INSERT INTO money.refund_line (refund_no, line_id, county_code, kind, amount_fen)
SELECT r.refund_no, l.line_id, l.county_code, CASE l.kind WHEN 'fee' THEN 'nontax' ELSE 'tax' END, l.amount_fen
FROM money.refund r JOIN money.order_line l USING (order_no) WHERE l.amount_fen > 0;

CREATE TABLE money.county_return (
  refund_no text NOT NULL REFERENCES money.refund,
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  kind text NOT NULL CHECK (kind IN ('nontax', 'tax')),
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'sent', 'arrived')),
  reference text NOT NULL DEFAULT '',
  sent_by text,
  sent_at timestamptz,
  arrived_at timestamptz,
  PRIMARY KEY (refund_no, county_code, kind),
  CONSTRAINT county_return_sent_check CHECK ((state = 'asked') = (sent_by IS NULL) AND (sent_by IS NULL) = (sent_at IS NULL)),
  CONSTRAINT county_return_arrived_check CHECK ((state = 'arrived') = (arrived_at IS NOT NULL))
);
COMMENT ON TABLE money.county_return IS 'What counties give back of money that had been cleared to them (退付)';
COMMENT ON COLUMN money.county_return.refund_no IS 'Refund';
COMMENT ON COLUMN money.county_return.county_code IS 'County that gives back';
COMMENT ON COLUMN money.county_return.kind IS 'nontax or tax; never netted';
COMMENT ON COLUMN money.county_return.amount_fen IS 'Amount in fen';
COMMENT ON COLUMN money.county_return.state IS 'asked, sent (left the county''s account) or arrived (in the collection account)';
COMMENT ON COLUMN money.county_return.reference IS 'The county''s number of its payment (退付凭证号)';
COMMENT ON COLUMN money.county_return.sent_by IS 'Sign-in name of the county''s finance';
COMMENT ON COLUMN money.county_return.sent_at IS 'Instant it left';
COMMENT ON COLUMN money.county_return.arrived_at IS 'Instant it arrived';
REVOKE UPDATE, DELETE ON money.county_return FROM ":prefix_app";
GRANT UPDATE (state, reference, sent_by, sent_at, arrived_at) ON money.county_return TO ":prefix_app";

CREATE TABLE money.sandbox_refund (
  instruction text PRIMARY KEY,
  channel text NOT NULL,
  channel_txn text NOT NULL,
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  state text NOT NULL CHECK (state IN ('received', 'done', 'failed')),
  reason text NOT NULL DEFAULT '',
  submissions integer NOT NULL DEFAULT 1,
  received_at timestamptz NOT NULL
);
COMMENT ON TABLE money.sandbox_refund IS 'Book of the sandbox channels: what they were asked to pay back; no part of our books';
COMMENT ON COLUMN money.sandbox_refund.instruction IS 'Our number of the refund and attempt; paid once';
COMMENT ON COLUMN money.sandbox_refund.channel IS 'Channel';
COMMENT ON COLUMN money.sandbox_refund.channel_txn IS 'Payment that is paid back';
COMMENT ON COLUMN money.sandbox_refund.amount_fen IS 'Amount in fen';
COMMENT ON COLUMN money.sandbox_refund.state IS 'received, done or failed';
COMMENT ON COLUMN money.sandbox_refund.reason IS 'Reason of a failure';
COMMENT ON COLUMN money.sandbox_refund.submissions IS 'Times it was sent in';
COMMENT ON COLUMN money.sandbox_refund.received_at IS 'Instant of first receipt';

CREATE FUNCTION money.check_refund_line() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_line record; v_before bigint;
BEGIN
  SELECT l.amount_fen, l.county_code, CASE l.kind WHEN 'fee' THEN 'nontax' ELSE 'tax' END AS kind INTO v_line
  FROM money.order_line l JOIN money.refund r ON r.order_no = l.order_no
  WHERE l.line_id = NEW.line_id AND r.refund_no = NEW.refund_no;
  PERFORM 1 FROM money.payment_order o JOIN money.order_line l USING (order_no) WHERE l.line_id = NEW.line_id FOR UPDATE OF o;
  SELECT coalesce(sum(x.amount_fen), 0) INTO v_before
  FROM money.refund_line x JOIN money.refund r USING (refund_no) WHERE x.line_id = NEW.line_id AND r.state <> 'rejected';
  IF v_line IS NULL OR (v_line.county_code, v_line.kind) <> (NEW.county_code, NEW.kind)
     OR v_before + NEW.amount_fen > v_line.amount_fen THEN
    RAISE EXCEPTION 'refund of line % is more than is left of it', NEW.line_id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refund_within_line';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_refund_line() IS 'Trigger: no more is given back of a line than was paid, to the county and kind it was paid for';
CREATE TRIGGER refund_within_line BEFORE INSERT ON money.refund_line
  FOR EACH ROW EXECUTE FUNCTION money.check_refund_line();

CREATE FUNCTION money.may_refund_follow(p_from text, p_to text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT p_to = ANY (CASE p_from
    WHEN 'requested' THEN '{approved,rejected}'
    WHEN 'approved' THEN '{returning,paying}'
    WHEN 'returning' THEN '{paying}'
    WHEN 'paying' THEN '{done,failed}'
    WHEN 'failed' THEN '{paying}'
    ELSE '{}' END::text[])
$$;
COMMENT ON FUNCTION money.may_refund_follow(text, text) IS 'Whether a refund may go from one state to another';

CREATE FUNCTION money.unreversed_bills(p_refund text) RETURNS TABLE (code text, number text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT b.code, b.number
  FROM money.refund_line x
  JOIN money.bill_line y USING (line_id)
  JOIN money.bill b USING (code, number)
  WHERE x.refund_no = p_refund AND b.kind = 'blue' AND b.state <> 'void' AND b.refund_no IS DISTINCT FROM p_refund
    AND NOT EXISTS (SELECT 1 FROM money.bill r WHERE r.red_of = b.code || '-' || b.number AND r.state = 'signed')
$$;
COMMENT ON FUNCTION money.unreversed_bills(text) IS 'Blue bills of a refund''s lines whose red bill is not signed yet';

CREATE FUNCTION money.check_refund_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.state <> OLD.state AND NOT money.may_refund_follow(OLD.state, NEW.state) THEN
    RAISE EXCEPTION 'refund % cannot go from % to %', NEW.refund_no, OLD.state, NEW.state
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refund_follows';
  END IF;
  IF OLD.decided_by IS NOT NULL AND (NEW.decided_by, NEW.decided_at, NEW.decision) IS DISTINCT FROM (OLD.decided_by, OLD.decided_at, OLD.decision) THEN
    RAISE EXCEPTION 'refund % is decided', NEW.refund_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refund_decided_once';
  END IF;
  IF NEW.state = 'paying' AND EXISTS (SELECT 1 FROM money.unreversed_bills(NEW.refund_no)) THEN
    RAISE EXCEPTION 'refund % waits for a red bill', NEW.refund_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refund_after_red_bill';
  END IF;
  IF NEW.state = 'paying' AND EXISTS (
    SELECT 1 FROM money.county_return c WHERE c.refund_no = NEW.refund_no AND c.state <> 'arrived') THEN
    RAISE EXCEPTION 'refund % waits for a county', NEW.refund_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refund_after_return';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_refund_moves() IS
  'Trigger: states in order, decided once; no money before the red bills are signed and the counties have paid back';
CREATE TRIGGER refund_moves BEFORE UPDATE ON money.refund FOR EACH ROW EXECUTE FUNCTION money.check_refund_moves();

CREATE FUNCTION money.check_refund_posting() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM money.refund r
                 WHERE NEW.key = 'rfd:' || r.refund_no AND r.state = 'paying' AND r.amount_fen = NEW.total_fen) THEN
    RAISE EXCEPTION 'no refund may be paid as %', NEW.key
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refund_posting_due';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_refund_posting() IS 'Trigger: money goes back only for a refund that is being paid, and its whole amount';
CREATE TRIGGER posting_refund_due BEFORE INSERT ON money.posting
  FOR EACH ROW WHEN (NEW.kind = 'refund') EXECUTE FUNCTION money.check_refund_posting();

-- Money in suspense goes one way only: while somebody asks for it back it pays no order. Both lock its posting.
CREATE FUNCTION money.check_refund_suspended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM 1 FROM money.posting WHERE posting_id = NEW.suspended_id FOR UPDATE;
  IF EXISTS (SELECT 1 FROM money.posting WHERE key = 'sus:' || NEW.suspended_id) THEN
    RAISE EXCEPTION 'money % has left suspense', NEW.suspended_id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refund_still_suspended';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_refund_suspended() IS 'Trigger: only money that still lies in suspense is asked back';
CREATE TRIGGER refund_suspended BEFORE INSERT ON money.refund
  FOR EACH ROW WHEN (NEW.suspended_id IS NOT NULL) EXECUTE FUNCTION money.check_refund_suspended();

CREATE FUNCTION money.check_suspense_free() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_suspended bigint := substr(NEW.key, 5)::bigint;
BEGIN
  PERFORM 1 FROM money.posting WHERE posting_id = v_suspended FOR UPDATE;
  IF EXISTS (SELECT 1 FROM money.refund WHERE suspended_id = v_suspended AND state <> 'rejected') THEN
    RAISE EXCEPTION 'money % is asked back', v_suspended
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'suspense_asked_back';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_suspense_free() IS 'Trigger: money in suspense that is asked back pays no order';
CREATE TRIGGER posting_suspense_free BEFORE INSERT ON money.posting
  FOR EACH ROW WHEN (NEW.kind = 'suspense_apply') EXECUTE FUNCTION money.check_suspense_free();

-- The refund that the channel was asked for, and one that it made of its own accord. Late money that
-- meanwhile pays its order is no longer suspense: a refund of it is one of the order.
CREATE OR REPLACE FUNCTION money.apply_refunded(p_event bigint, p_channel text, p_txn text, p_code text, p_amount bigint,
  p_occurred timestamptz, p_sha256 bytea, p_at timestamptz, OUT result text, OUT order_no text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE o record; p record; v_date date; v_actor text; v_new bigint; v_source text;
BEGIN
  v_date := money.biz_day(p_at);
  v_actor := 'channel:' || p_channel;
  SELECT q.order_no AS no, q.state, q.amount_fen INTO o
  FROM money.payment_order q WHERE q.payment_code = p_code FOR UPDATE;
  SELECT q.posting_id, q.kind, q.total_fen INTO p FROM money.posting q WHERE q.key = 'pay:' || p_channel || ':' || p_txn;
  IF p.kind = 'suspend' AND p.total_fen = p_amount
     AND NOT EXISTS (SELECT 1 FROM money.posting a WHERE a.key = 'sus:' || p.posting_id AND a.kind = 'suspense_apply') THEN
    v_source := CASE WHEN EXISTS (SELECT 1 FROM money.posting a WHERE a.key = 'arr:' || p_channel || ':' || p_txn)
                     THEN '1001' ELSE '1101.' || p_channel END;
    INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, event_id, actor, n_rows, total_fen)
    VALUES ('sus:' || p.posting_id, p_sha256, 'suspense_refund', v_date, p_occurred, p_event, v_actor, 1, p_amount)
    ON CONFLICT (key) DO NOTHING RETURNING posting_id INTO v_new;
    IF v_new IS NOT NULL THEN
      INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen)
      SELECT v_new, v_date, 1, 1, d.account_id, c.account_id, p_amount
      FROM money.account d, money.account c WHERE d.code = '2301' AND c.code = v_source;
    END IF;
    INSERT INTO money.event_result VALUES (p_event, 'accepted', 'suspense_refund', o.no, p_at);
    result := 'accepted';
    order_no := o.no;
    RETURN;
  END IF;
  IF o.no IS NULL OR o.state IN ('issued', 'paying', 'expired', 'cancelled') THEN
    result := 'unapplied';
    order_no := o.no;
    RETURN;
  END IF;
  IF EXISTS (SELECT 1 FROM money.refund r WHERE r.order_no = o.no AND r.channel = p_channel AND r.amount_fen = p_amount
             AND r.suspended_id IS NULL AND r.state IN ('approved', 'returning', 'paying', 'failed', 'done')) THEN
    INSERT INTO money.event_result VALUES (p_event, 'accepted', 'refund_known', o.no, p_at);
    result := 'accepted';
    order_no := o.no;
    RETURN;
  END IF;
  IF o.state <> 'paid' OR o.amount_fen <> p_amount
     OR EXISTS (SELECT 1 FROM money.batch_item i JOIN money.order_line l USING (line_id) WHERE l.order_no = o.no) THEN
    INSERT INTO money.event_result VALUES (p_event, 'unapplied', 'REFUND_MISMATCH', o.no, p_at);
    PERFORM money.open_break('REFUND_MISMATCH:' || p_event, 'REFUND_MISMATCH', v_date, o.no, p_event, p_amount, p_at);
    result := 'unapplied';
    order_no := o.no;
    RETURN;
  END IF;
  UPDATE money.refund r SET state = 'rejected', decided_by = 'system', decided_at = p_at, decision = '渠道已退'
  WHERE r.order_no = o.no AND r.state = 'requested' AND r.suspended_id IS NULL;
  PERFORM money.add_order_event(o.no, 'paid', 'refunding', p_at, v_actor, jsonb_build_object('event_id', p_event));
  PERFORM money.promise_refund('rfp:R' || o.no, p_sha256, o.no, v_date, p_at, v_actor);
  INSERT INTO money.refund (refund_no, order_no, amount_fen, cause, reason, requested_by, requested_at, state, channel, channel_txn, decided_by, decided_at, decision)
  VALUES ('R' || o.no, o.no, p_amount, 'channel', '渠道退款通知', v_actor, p_at, 'approved', p_channel, p_txn, 'system', p_at, '渠道已退');
  INSERT INTO money.refund_line (refund_no, line_id, county_code, kind, amount_fen)
  SELECT 'R' || o.no, l.line_id, l.county_code, CASE l.kind WHEN 'fee' THEN 'nontax' ELSE 'tax' END, l.amount_fen
  FROM money.order_line l WHERE l.order_no = o.no AND l.amount_fen > 0;
  INSERT INTO registry.job (kind, key, payload)
  VALUES ('refund_order', 'refund_order:R' || o.no, jsonb_build_object('refund_no', 'R' || o.no))
  ON CONFLICT (key) DO NOTHING;
  INSERT INTO money.event_result VALUES (p_event, 'accepted', 'refund', o.no, p_at);
  result := 'accepted';
  order_no := o.no;
END $$;
DROP FUNCTION money.refund_to_payer(text, bytea, text, text, date, timestamptz, text);
