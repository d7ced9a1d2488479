-- A payment is the most frequent thing the ledger does. Its references were checked one by one, each with a query of
-- its own; what they point to is append-only, so one query at commit checks them all, with the count, the sum and the
-- day. A payment that fits its order is one statement.
CREATE UNIQUE INDEX transfer_pending_id_idx ON money.transfer (pending_id) WHERE pending_id IS NOT NULL;
ALTER TABLE money.transfer DROP CONSTRAINT transfer_pending_id_key, DROP CONSTRAINT transfer_line_id_fkey;
CREATE UNIQUE INDEX posting_reverses_idx ON money.posting (reverses) WHERE reverses IS NOT NULL;
ALTER TABLE money.posting DROP CONSTRAINT posting_reverses_key, DROP CONSTRAINT posting_order_no_fkey,
  DROP CONSTRAINT posting_event_id_fkey;
-- The trigger that writes the order's state refuses an event of no order.
ALTER TABLE money.order_event DROP CONSTRAINT order_event_order_no_fkey;

-- A function: PostgreSQL reads the text of a check anew with every statement, and this one was the longest.
CREATE FUNCTION money.may_follow(p_from text, p_to text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN p_to = ANY (CASE p_from
    WHEN 'draft' THEN '{issued,paid}'
    WHEN 'issued' THEN '{paying,paid,expired,cancelled}'
    WHEN 'paying' THEN '{paid,expired,cancelled}'
    WHEN 'expired' THEN '{issued}'
    WHEN 'paid' THEN '{cleared,refunding}'
    WHEN 'cleared' THEN '{refunding}'
    WHEN 'refunding' THEN '{refunded}'
    ELSE '{}' END::text[]);
END $$;
COMMENT ON FUNCTION money.may_follow(text, text) IS 'Whether an order may go from one state to another';
ALTER TABLE money.order_event DROP CONSTRAINT order_event_transition_check;
ALTER TABLE money.order_event ADD CONSTRAINT order_event_transition_check CHECK (money.may_follow(from_state, to_state));

DROP TRIGGER transfer_accounts ON money.transfer;
DROP FUNCTION money.check_transfer_accounts();
DROP TRIGGER posting_open ON money.posting;
DROP FUNCTION money.check_posting_open();
-- As the owner: at commit the session's own role decides which orders can be seen.
CREATE OR REPLACE FUNCTION money.check_posting_complete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_sound boolean; v_shut boolean;
BEGIN
  SELECT count(*) = NEW.n_rows AND sum(t.amount_fen) = NEW.total_fen
         AND count(d.account_id) = NEW.n_rows AND count(c.account_id) = NEW.n_rows
         AND count(l.line_id) = count(t.line_id)
         AND (NEW.order_no IS NULL OR EXISTS (SELECT FROM money.payment_order WHERE order_no = NEW.order_no))
         AND (NEW.event_id IS NULL OR EXISTS (SELECT FROM money.channel_event WHERE event_id = NEW.event_id)),
         EXISTS (SELECT FROM money.day_seal WHERE biz_date >= NEW.biz_date)
         OR EXISTS (SELECT FROM money.period
                    WHERE month = date_trunc('month', NEW.biz_date)::date AND state = 'closed')
  INTO v_sound, v_shut
  FROM money.transfer t
  LEFT JOIN money.account d ON d.account_id = t.dr
  LEFT JOIN money.account c ON c.account_id = t.cr
  LEFT JOIN money.order_line l ON l.line_id = t.line_id
  WHERE t.posting_id = NEW.posting_id;
  IF v_shut THEN
    RAISE EXCEPTION 'day % is sealed', NEW.biz_date
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'posting_day_open';
  ELSIF v_sound IS NOT TRUE THEN
    RAISE EXCEPTION 'posting % is not complete', NEW.key
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'posting_complete';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION money.check_posting_complete() IS 'Trigger at commit: count, sum, accounts, lines, order and event are there, the day is open';

-- The channel of a payment is proved by its receivable account.
DROP TRIGGER channel_event_channel ON money.channel_event;
CREATE TRIGGER channel_event_channel BEFORE INSERT ON money.channel_event
  FOR EACH ROW WHEN (NEW.kind IS DISTINCT FROM 'paid') EXECUTE FUNCTION money.check_channel();

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
  IF p_arrive AND result <> 'conflict' THEN
    PERFORM money.arrive('arr:' || p_channel || ':' || p_txn, p_sha256, p_channel, o.no, p_amount, o.day, p_at, v_actor);
  END IF;
END $$;

CREATE FUNCTION money.suspend(p_event bigint, p_channel text, p_txn text, p_order text, p_trouble text, p_amount bigint,
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
    INSERT INTO money.event_result VALUES (p_event, 'conflict', 'DUP_CONFLICT', p_order, p_at);
    PERFORM money.open_break('DUP_CONFLICT:' || p_event, 'DUP_CONFLICT', p_day, p_order, p_event, p_amount, p_at);
    RETURN 'conflict';
  END IF;
  INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen)
  SELECT v_posting, p_day, 1, 1, d.account_id, c.account_id, p_amount
  FROM money.account d, money.account c WHERE d.code = '1101.' || p_channel AND c.code = '2301';
  INSERT INTO money.event_result VALUES (p_event, 'suspense', p_trouble, p_order, p_at);
  PERFORM money.open_break(p_trouble || ':' || p_event, p_trouble, p_day, p_order, p_event, p_amount, p_at);
  RETURN 'suspense';
END $$;
COMMENT ON FUNCTION money.suspend IS 'A payment that does not fit: to suspense with a difference, or a conflict when its number is known';

CREATE OR REPLACE FUNCTION money.apply_channel_event(p_channel text, p_txn text, p_kind text, p_code text, p_amount bigint,
  p_occurred timestamptz, p_raw bytea, p_headers jsonb, p_sha256 bytea, p_at timestamptz, p_arrive boolean,
  OUT result text, OUT order_no text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE v_event bigint; r record; w record;
BEGIN
  INSERT INTO money.channel_event (channel, channel_txn, kind, payment_code, amount_fen, occurred_at, received_at, raw, headers, sig_ok, body_sha256)
  VALUES (p_channel, p_txn, p_kind, p_code, p_amount, p_occurred, p_at, p_raw, p_headers, true, p_sha256)
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
    r := money.apply_failed(v_event, p_channel, p_code, p_at);
  END IF;
  result := r.result;
  order_no := r.order_no;
END $$;
