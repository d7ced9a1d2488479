-- Channels as data: kinds, keys by time, attempts to pay, and where an event came from.
ALTER TABLE money.channel
  ADD COLUMN kind text NOT NULL DEFAULT 'direct',
  ADD COLUMN name_en text NOT NULL DEFAULT 'Sandbox channel',
  ADD CONSTRAINT channel_kind_check CHECK (kind IN ('direct', 'wechat', 'alipay', 'unionpay', 'pos', 'transfer'));
ALTER TABLE money.channel ALTER COLUMN kind DROP DEFAULT, ALTER COLUMN name_en DROP DEFAULT;
COMMENT ON TABLE money.channel IS 'Payment channels, append-only; live is one that has a key';
COMMENT ON COLUMN money.channel.kind IS 'How a payer pays there: direct (signed events only), wechat, alipay, unionpay, pos (a window''s terminal) or transfer (to the collection account)';
COMMENT ON COLUMN money.channel.name_en IS 'Name in English';
INSERT INTO money.channel (channel, name, sandbox, kind, name_en) VALUES
  ('wechat_sandbox', '沙箱·微信支付样式', true, 'wechat', 'Sandbox, WeChat Pay-like'),
  ('alipay_sandbox', '沙箱·支付宝样式', true, 'alipay', 'Sandbox, Alipay-like'),
  ('unionpay_sandbox', '沙箱·云闪付样式', true, 'unionpay', 'Sandbox, UnionPay-like'),
  ('pos_sandbox', '沙箱·窗口刷卡', true, 'pos', 'Sandbox, card terminal at the window'),
  ('bank_sandbox', '沙箱·银行转账', true, 'transfer', 'Sandbox, bank transfer');
INSERT INTO money.account (account_id, code, name, class, channel)
SELECT m.last + row_number() OVER (ORDER BY c.channel), '1101.' || c.channel, '渠道应收·' || c.name, 'A', c.channel
FROM money.channel c, (SELECT max(account_id) AS last FROM money.account) m
WHERE NOT EXISTS (SELECT 1 FROM money.account a WHERE a.code = '1101.' || c.channel);

CREATE TABLE money.channel_key (
  channel text NOT NULL REFERENCES money.channel,
  kid text NOT NULL CHECK (kid ~ '^[A-Za-z0-9_-]{1,32}$'),
  valid_from timestamptz NOT NULL,
  valid_until timestamptz,
  added_by text NOT NULL,
  ended_by text,
  PRIMARY KEY (channel, kid),
  CONSTRAINT channel_key_validity_check CHECK (valid_until >= valid_from),
  CONSTRAINT channel_key_ended_check CHECK ((valid_until IS NULL) = (ended_by IS NULL))
);
COMMENT ON TABLE money.channel_key IS 'Which keys of a channel hold when; the keys themselves stand in the keys folder';
COMMENT ON COLUMN money.channel_key.channel IS 'Channel';
COMMENT ON COLUMN money.channel_key.kid IS 'Key id in the signature header';
COMMENT ON COLUMN money.channel_key.valid_from IS 'Instant from which it holds';
COMMENT ON COLUMN money.channel_key.valid_until IS 'Instant from which it holds no more; null while it holds';
COMMENT ON COLUMN money.channel_key.added_by IS 'Sign-in name of who began the rotation';
COMMENT ON COLUMN money.channel_key.ended_by IS 'Sign-in name of who finished it';
REVOKE UPDATE, DELETE, TRUNCATE ON money.channel_key FROM ":prefix_app";
GRANT UPDATE (valid_until, ended_by) ON money.channel_key TO ":prefix_app";
CREATE FUNCTION money.check_channel_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.valid_until IS NOT NULL THEN
    RAISE EXCEPTION 'key % of % has ended', OLD.kid, OLD.channel
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('channel_key:' || NEW.channel, 0));
  IF TG_OP = 'INSERT' AND (SELECT count(*) FROM money.channel_key k WHERE k.channel = NEW.channel AND k.valid_until IS NULL) > 1 THEN
    RAISE EXCEPTION 'channel % has two keys', NEW.channel
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'channel_key_two';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_channel_key() IS 'Trigger: two keys hold at most; one that ended does not come back';
CREATE TRIGGER channel_key_rules BEFORE INSERT OR UPDATE ON money.channel_key
  FOR EACH ROW EXECUTE FUNCTION money.check_channel_key();
INSERT INTO money.channel_key (channel, kid, valid_from, added_by) VALUES ('sandbox', 'demo', '2023-01-01 00:00:00+08', 'system');

CREATE TABLE money.payment_attempt (
  attempt_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_no text NOT NULL REFERENCES money.payment_order,
  channel text NOT NULL REFERENCES money.channel,
  channel_txn text NOT NULL,
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  started_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'paid', 'failed')),
  ended_at timestamptz,
  CONSTRAINT payment_attempt_channel_txn_key UNIQUE (channel, channel_txn),
  CONSTRAINT payment_attempt_ended_check CHECK ((state = 'open') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX payment_attempt_open_idx ON money.payment_attempt (order_no) WHERE state = 'open';
COMMENT ON TABLE money.payment_attempt IS 'Payments that payers began at a channel; one at a time of an order';
COMMENT ON COLUMN money.payment_attempt.attempt_id IS 'Our key';
COMMENT ON COLUMN money.payment_attempt.order_no IS 'Order';
COMMENT ON COLUMN money.payment_attempt.channel IS 'Channel';
COMMENT ON COLUMN money.payment_attempt.channel_txn IS 'The channel''s number of the payment';
COMMENT ON COLUMN money.payment_attempt.amount_fen IS 'Amount asked in fen';
COMMENT ON COLUMN money.payment_attempt.started_at IS 'Instant';
COMMENT ON COLUMN money.payment_attempt.state IS 'open, paid or failed, as the channel says; a payment that comes by callback leaves it open until the next poll';
COMMENT ON COLUMN money.payment_attempt.ended_at IS 'Instant from which it is not open';
REVOKE UPDATE, DELETE, TRUNCATE ON money.payment_attempt FROM ":prefix_app";
GRANT UPDATE (state, ended_at) ON money.payment_attempt TO ":prefix_app";

ALTER TABLE money.channel_event
  ADD COLUMN source text NOT NULL DEFAULT 'callback' CHECK (source IN ('callback', 'poll', 'return', 'statement'));
COMMENT ON COLUMN money.channel_event.source IS 'How we learnt of it: callback, poll (we asked the channel), return (asked as the payer came back) or statement (a line of its day statement)';
ALTER TABLE money.event_result DROP CONSTRAINT event_result_result_check;
ALTER TABLE money.event_result ADD CONSTRAINT event_result_result_check
  CHECK (result IN ('accepted', 'conflict', 'suspense', 'unapplied', 'duplicate'));
COMMENT ON COLUMN money.event_result.result IS 'accepted, conflict, suspense, unapplied, or duplicate (another source told the same before)';

CREATE FUNCTION money.end_attempt(p_channel text, p_txn text, p_state text, p_order text, p_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_state text;
BEGIN
  SELECT o.state INTO v_state FROM money.payment_order o WHERE o.order_no = p_order FOR UPDATE;
  UPDATE money.payment_attempt SET state = p_state, ended_at = p_at
  WHERE channel = p_channel AND channel_txn = p_txn AND state = 'open';
  IF v_state = 'paying' AND NOT EXISTS (SELECT 1 FROM money.payment_attempt WHERE order_no = p_order AND state = 'open') THEN
    PERFORM money.add_order_event(p_order, 'paying', 'issued', p_at, 'channel:' || p_channel, jsonb_build_object('channel_txn', p_txn));
  END IF;
END $$;
COMMENT ON FUNCTION money.end_attempt IS 'End an attempt as the channel says; an unpaid order without another open one can be paid again';

CREATE OR REPLACE FUNCTION money.suspend(p_event bigint, p_channel text, p_txn text, p_order text, p_trouble text, p_amount bigint,
  p_occurred timestamptz, p_sha256 bytea, p_at timestamptz, p_day date)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE v_posting bigint;
BEGIN
  IF p_trouble IS NOT NULL THEN
    INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, order_no, event_id, actor, n_rows, total_fen)
    VALUES ('pay:' || p_channel || ':' || p_txn, p_sha256, 'suspend', p_day, p_occurred, p_order, p_event,
            'channel:' || p_channel, 1, p_amount)
    ON CONFLICT (key) DO NOTHING RETURNING posting_id INTO v_posting;
  END IF;
  IF v_posting IS NULL THEN
    -- What a callback told and a poll or a statement tells again has other bytes and means the same.
    IF EXISTS (SELECT 1 FROM money.posting q JOIN money.channel_event k ON k.event_id = q.event_id, money.channel_event e
               WHERE q.key = 'pay:' || p_channel || ':' || p_txn AND e.event_id = p_event
                 AND (k.payment_code, k.amount_fen) = (e.payment_code, e.amount_fen)
                 AND (k.source <> 'callback' OR e.source <> 'callback')) THEN
      INSERT INTO money.event_result VALUES (p_event, 'duplicate', 'TOLD_BEFORE', p_order, p_at);
      RETURN 'duplicate';
    END IF;
    INSERT INTO money.event_result VALUES (p_event, 'conflict', 'DUP_CONFLICT', p_order, p_at);
    PERFORM money.open_break('DUP_CONFLICT:' || p_event, 'DUP_CONFLICT', p_day, p_order, p_event, p_amount, p_at);
    RETURN 'conflict';
  END IF;
  INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen)
  SELECT v_posting, p_day, 1, 1, d.account_id, c.account_id, p_amount
  FROM money.account d, money.account c WHERE d.code = '1101.' || p_channel AND c.code = '2301';
  INSERT INTO money.event_result VALUES (p_event, 'suspense', p_trouble, p_order, p_at);
  PERFORM money.open_break(p_trouble || ':' || p_event, p_trouble, p_day, p_order, p_event, p_amount, p_at);
  IF p_order IS NOT NULL THEN
    PERFORM money.end_attempt(p_channel, p_txn, 'paid', p_order, p_at);
  END IF;
  RETURN 'suspense';
END $$;
COMMENT ON FUNCTION money.suspend IS 'A payment that does not fit: to suspense with a difference; told before by another source a duplicate; else a conflict';

CREATE OR REPLACE FUNCTION money.apply_paid(p_event bigint, p_channel text, p_txn text, p_code text, p_amount bigint,
  p_occurred timestamptz, p_sha256 bytea, p_at timestamptz, p_arrive boolean, OUT result text, OUT order_no text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE o record; v_actor text := 'channel:' || p_channel; v_trouble text;
BEGIN
  -- The order is locked first; what is written is written only if the payment fits it.
  WITH o AS MATERIALIZED (
    SELECT q.order_no AS no, q.state, q.amount_fen, q.expires_at
    FROM money.payment_order q WHERE q.payment_code = p_code FOR UPDATE
  ), line AS MATERIALIZED (
    SELECT l.line_id, l.kind, l.county_code, l.amount_fen, l.decision_id,
           row_number() OVER w AS seq, count(*) OVER w AS n_rows
    FROM money.order_line l WHERE l.order_no = (SELECT no FROM o) AND l.amount_fen > 0
    WINDOW w AS (ORDER BY l.line_no ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
  ), p AS (
    INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, order_no, event_id, actor, n_rows, total_fen)
    SELECT 'pay:' || p_channel || ':' || p_txn, p_sha256, 'pay', money.biz_day(p_at), p_occurred, o.no, p_event, v_actor,
           (SELECT n_rows FROM line LIMIT 1), p_amount
    FROM o WHERE o.state IN ('issued', 'paying') AND o.amount_fen = p_amount AND o.expires_at >= p_occurred
    ON CONFLICT (key) DO NOTHING RETURNING posting_id, biz_date, n_rows
  ), t AS (
    INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen, line_id, decision_id)
    SELECT p.posting_id, p.biz_date, p.n_rows, l.seq, d.account_id, c.account_id, l.amount_fen, l.line_id, l.decision_id
    FROM p, line l
    JOIN money.account d ON d.code = '1101.' || p_channel
    JOIN money.account c ON c.code = CASE l.kind WHEN 'fee' THEN '2101.' ELSE '2102.' END || l.county_code
    ORDER BY l.seq
  ), e AS (
    INSERT INTO money.order_event (order_no, from_state, to_state, at, actor, detail)
    SELECT o.no, o.state, 'paid', p_occurred, v_actor, jsonb_build_object('event_id', p_event) FROM o, p
  ), j AS (
    INSERT INTO registry.job (kind, key, payload)
    SELECT 'order_paid', 'order_paid:' || o.no, jsonb_build_object('order_no', o.no) FROM o, p
    ON CONFLICT (key) DO NOTHING
  )
  SELECT s.p_code, o.no, o.state, o.amount_fen, o.expires_at, p.posting_id, coalesce(p.biz_date, money.biz_day(p_at)) AS day
  INTO o FROM (SELECT p_code) s LEFT JOIN o ON true LEFT JOIN p ON true;
  order_no := o.no;
  result := 'accepted';
  IF o.posting_id IS NULL THEN
    IF o.state IN ('issued', 'paying') AND o.expires_at < p_occurred THEN
      PERFORM money.add_order_event(o.no, o.state, 'expired', p_at, v_actor);
      o.state := 'expired';
    END IF;
    v_trouble := CASE WHEN o.no IS NULL THEN 'UNKNOWN_ORDER'
      WHEN o.state IN ('expired', 'cancelled') THEN 'LATE_PAY'
      WHEN o.state NOT IN ('issued', 'paying') THEN 'DOUBLE_PAY'
      WHEN o.amount_fen <> p_amount THEN 'WRONG_AMOUNT' END;
    result := money.suspend(p_event, p_channel, p_txn, o.no, v_trouble, p_amount, p_occurred, p_sha256, p_at, o.day);
  END IF;
  IF p_arrive AND result NOT IN ('conflict', 'duplicate') THEN
    PERFORM money.arrive('arr:' || p_channel || ':' || p_txn, p_sha256, p_channel, o.no, p_amount, o.day, p_at, v_actor);
  END IF;
END $$;

DROP FUNCTION money.apply_failed(bigint, text, text, timestamptz);
CREATE FUNCTION money.apply_failed(p_event bigint, p_channel text, p_txn text, p_code text, p_at timestamptz, OUT result text, OUT order_no text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  order_no := (SELECT q.order_no FROM money.payment_order q WHERE q.payment_code = p_code);
  result := CASE WHEN order_no IS NULL THEN 'unapplied' ELSE 'accepted' END;
  IF order_no IS NOT NULL THEN
    PERFORM money.end_attempt(p_channel, p_txn, 'failed', order_no, p_at);
  END IF;
  INSERT INTO money.event_result VALUES (p_event, result, 'failed', order_no, p_at);
END $$;
COMMENT ON FUNCTION money.apply_failed IS 'An attempt failed for good, says the channel: the order can be paid again; a later success wins';

DROP FUNCTION money.apply_channel_event(text, text, text, text, bigint, timestamptz, bytea, jsonb, bytea, timestamptz, boolean);
CREATE FUNCTION money.apply_channel_event(p_channel text, p_txn text, p_kind text, p_code text, p_amount bigint,
  p_occurred timestamptz, p_raw bytea, p_headers jsonb, p_sha256 bytea, p_at timestamptz, p_arrive boolean,
  p_source text DEFAULT 'callback', OUT result text, OUT order_no text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE v_event bigint; r record; w record;
BEGIN
  INSERT INTO money.channel_event (channel, channel_txn, kind, payment_code, amount_fen, occurred_at, received_at, raw, headers, sig_ok, body_sha256, source)
  VALUES (p_channel, p_txn, p_kind, p_code, p_amount, p_occurred, p_at, p_raw, p_headers, true, p_sha256, p_source)
  ON CONFLICT (channel, channel_txn, kind, body_sha256) DO NOTHING RETURNING event_id INTO v_event;
  IF v_event IS NULL THEN
    result := 'duplicate';
    order_no := (SELECT q.order_no FROM money.payment_order q WHERE q.payment_code = p_code);
    RETURN;
  END IF;
  -- Assignments, not queries: a call alone needs no executor.
  IF p_kind = 'paid' THEN
    r := money.apply_paid(v_event, p_channel, p_txn, p_code, p_amount, p_occurred, p_sha256, p_at, p_arrive);
    FOR w IN SELECT e.* FROM money.channel_event e
             WHERE e.kind = 'refunded' AND e.payment_code = p_code AND e.channel = p_channel AND e.sig_ok
               AND NOT EXISTS (SELECT 1 FROM money.event_result x WHERE x.event_id = e.event_id)
               AND NOT EXISTS (SELECT 1 FROM money.posting q WHERE q.event_id = e.event_id)
             ORDER BY e.event_id LOOP
      PERFORM money.apply_refunded(w.event_id, w.channel, w.channel_txn, w.payment_code, w.amount_fen, w.occurred_at, w.body_sha256, p_at);
    END LOOP;
  ELSIF p_kind = 'refunded' THEN
    r := money.apply_refunded(v_event, p_channel, p_txn, p_code, p_amount, p_occurred, p_sha256, p_at);
  ELSE
    r := money.apply_failed(v_event, p_channel, p_txn, p_code, p_at);
  END IF;
  result := r.result;
  order_no := r.order_no;
END $$;
COMMENT ON FUNCTION money.apply_channel_event IS 'Store what a channel says, whatever told us, and do what it means; the same bytes twice do nothing';

-- What a payer asks for is looked at by one of the staff before another decides.
ALTER TABLE money.refund
  ADD COLUMN checked_by text,
  ADD COLUMN checked_at timestamptz,
  ADD CONSTRAINT refund_checked_check CHECK ((checked_by IS NULL) = (checked_at IS NULL)),
  ADD CONSTRAINT refund_payer_two_persons_check CHECK (
    requested_by <> 'payer' OR state IN ('requested', 'rejected') OR checked_by IS NOT NULL AND checked_by <> decided_by);
COMMENT ON COLUMN money.refund.requested_by IS 'Sign-in name or channel; payer for who has the payment code';
COMMENT ON COLUMN money.refund.checked_by IS 'Who of the staff looked at what a payer asks for, before another decides';
COMMENT ON COLUMN money.refund.checked_at IS 'Instant of that';
GRANT UPDATE (checked_by, checked_at) ON money.refund TO ":prefix_app";
