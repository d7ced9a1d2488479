-- What a channel event does, in one call: the arrival table of the payments room.
CREATE FUNCTION money.open_break(p_key text, p_type text, p_date date, p_order text, p_event bigint, p_amount bigint, p_at timestamptz)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO money.break (key, type, biz_date, order_no, event_id, amount_fen, opened_at)
  VALUES (p_key, p_type, p_date, p_order, p_event, p_amount, p_at) ON CONFLICT (key) DO NOTHING
$$;
COMMENT ON FUNCTION money.open_break IS 'Open a difference once';

CREATE FUNCTION money.add_order_event(p_order text, p_from text, p_to text, p_at timestamptz, p_actor text, p_detail jsonb DEFAULT '{}')
RETURNS void LANGUAGE plpgsql AS $$
-- Not an SQL function: PostgreSQL 15 plans those anew in every transaction.
BEGIN
  INSERT INTO money.order_event (order_no, from_state, to_state, at, actor, detail)
  VALUES (p_order, p_from, p_to, p_at, p_actor, p_detail);
END $$;
COMMENT ON FUNCTION money.add_order_event IS 'Write the next event of an order whose row the caller has locked';

CREATE FUNCTION money.arrive(p_key text, p_sha256 bytea, p_channel text, p_order text, p_amount bigint, p_date date, p_at timestamptz, p_actor text)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE new_id bigint;
BEGIN
  INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, order_no, actor, n_rows, total_fen)
  VALUES (p_key, p_sha256, 'arrive', p_date, p_at, p_order, p_actor, 1, p_amount)
  ON CONFLICT (key) DO NOTHING RETURNING posting_id INTO new_id;
  IF new_id IS NOT NULL THEN
    INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen)
    SELECT new_id, p_date, 1, 1, d.account_id, c.account_id, p_amount
    FROM money.account d, money.account c WHERE d.code = '1001' AND c.code = '1101.' || p_channel;
  END IF;
  RETURN new_id;
END $$;
COMMENT ON FUNCTION money.arrive IS 'Post money that came from a channel into the collection account';

CREATE FUNCTION money.apply_paid(p_event bigint, p_channel text, p_txn text, p_code text, p_amount bigint,
  p_occurred timestamptz, p_sha256 bytea, p_at timestamptz, p_arrive boolean, OUT result text, OUT order_no text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE o record; v_posting bigint; v_date date; v_actor text; v_trouble text; v_rows integer;
BEGIN
  v_date := money.biz_day(p_at);
  v_actor := 'channel:' || p_channel;
  SELECT p.order_no AS no, p.state, p.amount_fen, p.expires_at INTO o
  FROM money.payment_order p WHERE p.payment_code = p_code FOR UPDATE;
  IF o.no IS NOT NULL AND o.state IN ('issued', 'paying') AND o.expires_at < p_occurred THEN
    PERFORM money.add_order_event(o.no, o.state, 'expired', p_at, v_actor);
    o.state := 'expired';
  END IF;
  v_trouble := CASE WHEN o.no IS NULL THEN 'UNKNOWN_ORDER'
    WHEN o.state IN ('expired', 'cancelled') THEN 'LATE_PAY'
    WHEN o.state NOT IN ('issued', 'paying') THEN 'DOUBLE_PAY'
    WHEN o.amount_fen <> p_amount THEN 'WRONG_AMOUNT' END;
  IF v_trouble IS NULL THEN
    SELECT count(*) INTO v_rows FROM money.order_line l WHERE l.order_no = o.no AND l.amount_fen > 0;
  ELSE
    v_rows := 1;
  END IF;
  INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, order_no, event_id, actor, n_rows, total_fen)
  VALUES ('pay:' || p_channel || ':' || p_txn, p_sha256, CASE WHEN v_trouble IS NULL THEN 'pay' ELSE 'suspend' END,
          v_date, p_occurred, o.no, p_event, v_actor, v_rows, p_amount)
  ON CONFLICT (key) DO NOTHING RETURNING posting_id INTO v_posting;
  IF v_posting IS NULL THEN
    INSERT INTO money.event_result VALUES (p_event, 'conflict', 'DUP_CONFLICT', o.no, p_at);
    PERFORM money.open_break('DUP_CONFLICT:' || p_event, 'DUP_CONFLICT', v_date, o.no, p_event, p_amount, p_at);
    result := 'conflict';
    order_no := o.no;
    RETURN;
  END IF;
  IF v_trouble IS NOT NULL THEN
    INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen)
    SELECT v_posting, v_date, 1, 1, d.account_id, c.account_id, p_amount
    FROM money.account d, money.account c WHERE d.code = '1101.' || p_channel AND c.code = '2301';
    INSERT INTO money.event_result VALUES (p_event, 'suspense', v_trouble, o.no, p_at);
    PERFORM money.open_break(v_trouble || ':' || p_event, v_trouble, v_date, o.no, p_event, p_amount, p_at);
  ELSE
    INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen, line_id, decision_id)
    SELECT v_posting, v_date, v_rows, row_number() OVER (ORDER BY l.line_no), d.account_id, c.account_id,
           l.amount_fen, l.line_id, l.decision_id
    FROM money.order_line l
    JOIN money.account d ON d.code = '1101.' || p_channel
    JOIN money.account c ON c.code = CASE l.kind WHEN 'fee' THEN '2101.' ELSE '2102.' END || l.county_code
    WHERE l.order_no = o.no AND l.amount_fen > 0;
    PERFORM money.add_order_event(o.no, o.state, 'paid', p_occurred, v_actor, jsonb_build_object('event_id', p_event));
    INSERT INTO registry.job (kind, key, payload)
    VALUES ('order_paid', 'order_paid:' || o.no, jsonb_build_object('order_no', o.no))
    ON CONFLICT (key) DO NOTHING;
  END IF;
  IF p_arrive THEN
    PERFORM money.arrive('arr:' || p_channel || ':' || p_txn, p_sha256, p_channel, o.no, p_amount, v_date, p_at, v_actor);
  END IF;
  result := CASE WHEN v_trouble IS NULL THEN 'accepted' ELSE 'suspense' END;
  order_no := o.no;
END $$;
COMMENT ON FUNCTION money.apply_paid IS 'A payment: to the counties of the order''s lines, or to suspense with a difference';

CREATE FUNCTION money.refund_to_payer(p_key text, p_sha256 bytea, p_order text, p_channel text, p_date date, p_at timestamptz, p_actor text)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_posting bigint; v_rows integer; v_total bigint; v_source text;
BEGIN
  v_source := CASE WHEN EXISTS (SELECT 1 FROM money.posting a WHERE a.order_no = p_order AND a.kind = 'arrive')
                   THEN '1001' ELSE '1101.' || p_channel END;
  SELECT count(*), sum(amount_fen) INTO v_rows, v_total FROM (
    SELECT county_code, sum(amount_fen) AS amount_fen FROM money.order_line
    WHERE order_no = p_order AND amount_fen > 0 GROUP BY county_code) s;
  INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, order_no, actor, n_rows, total_fen)
  VALUES (p_key, p_sha256, 'refund', p_date, p_at, p_order, p_actor, v_rows, v_total)
  ON CONFLICT (key) DO NOTHING RETURNING posting_id INTO v_posting;
  IF v_posting IS NOT NULL THEN
    INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen)
    SELECT v_posting, p_date, v_rows, row_number() OVER (ORDER BY s.county_code), d.account_id, c.account_id, s.amount_fen
    FROM (SELECT county_code, sum(amount_fen) AS amount_fen FROM money.order_line
          WHERE order_no = p_order AND amount_fen > 0 GROUP BY county_code) s
    JOIN money.account d ON d.code = '2201.' || s.county_code
    JOIN money.account c ON c.code = v_source;
  END IF;
  RETURN v_posting;
END $$;
COMMENT ON FUNCTION money.refund_to_payer IS 'Pay back what is owed to the payer of an order, from where its money is';

CREATE FUNCTION money.promise_refund(p_key text, p_sha256 bytea, p_order text, p_date date, p_at timestamptz, p_actor text)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_posting bigint; v_rows integer; v_total bigint;
BEGIN
  SELECT count(*), sum(amount_fen) INTO v_rows, v_total FROM money.order_line WHERE order_no = p_order AND amount_fen > 0;
  INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, order_no, actor, n_rows, total_fen)
  VALUES (p_key, p_sha256, 'refund_promise', p_date, p_at, p_order, p_actor, v_rows, v_total)
  ON CONFLICT (key) DO NOTHING RETURNING posting_id INTO v_posting;
  IF v_posting IS NOT NULL THEN
    INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen, line_id, decision_id)
    SELECT v_posting, p_date, v_rows, row_number() OVER (ORDER BY l.line_no), d.account_id, c.account_id,
           l.amount_fen, l.line_id, l.decision_id
    FROM money.order_line l
    JOIN money.account d ON d.code = CASE l.kind WHEN 'fee' THEN '2101.' ELSE '2102.' END || l.county_code
    JOIN money.account c ON c.code = '2201.' || l.county_code
    WHERE l.order_no = p_order AND l.amount_fen > 0;
    PERFORM money.check_guards((SELECT array_agg(DISTINCT dr) FROM money.transfer WHERE posting_id = v_posting));
  END IF;
  RETURN v_posting;
END $$;
COMMENT ON FUNCTION money.promise_refund IS 'Move what a county is owed for an order to what its payer is owed';

CREATE FUNCTION money.apply_refunded(p_event bigint, p_channel text, p_txn text, p_code text, p_amount bigint,
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
  IF p.kind = 'suspend' AND p.total_fen = p_amount THEN
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
  IF o.state IN ('refunding', 'refunded') AND o.amount_fen = p_amount THEN
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
  PERFORM money.add_order_event(o.no, 'paid', 'refunding', p_at, v_actor, jsonb_build_object('event_id', p_event));
  PERFORM money.promise_refund('rfp:' || o.no, p_sha256, o.no, v_date, p_at, v_actor);
  INSERT INTO money.refund (refund_no, order_no, amount_fen, cause, reason, requested_by, requested_at)
  VALUES ('R' || o.no, o.no, p_amount, 'channel', '渠道退款通知', v_actor, p_at);
  INSERT INTO registry.job (kind, key, payload)
  VALUES ('refund_order', 'refund_order:' || o.no, jsonb_build_object('order_no', o.no, 'channel', p_channel))
  ON CONFLICT (key) DO NOTHING;
  INSERT INTO money.event_result VALUES (p_event, 'accepted', 'refund', o.no, p_at);
  result := 'accepted';
  order_no := o.no;
END $$;
COMMENT ON FUNCTION money.apply_refunded IS 'A refund by the channel: before its payment it waits, after clearing it is a difference';

CREATE FUNCTION money.apply_failed(p_event bigint, p_channel text, p_code text, p_at timestamptz, OUT result text, OUT order_no text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE o record;
BEGIN
  SELECT q.order_no AS no, q.state INTO o FROM money.payment_order q WHERE q.payment_code = p_code FOR UPDATE;
  IF o.state = 'issued' THEN
    PERFORM money.add_order_event(o.no, 'issued', 'paying', p_at, 'channel:' || p_channel, jsonb_build_object('failed', p_event));
  END IF;
  INSERT INTO money.event_result
  VALUES (p_event, CASE WHEN o.no IS NULL THEN 'unapplied' ELSE 'accepted' END, 'failed', o.no, p_at);
  result := CASE WHEN o.no IS NULL THEN 'unapplied' ELSE 'accepted' END;
  order_no := o.no;
END $$;
COMMENT ON FUNCTION money.apply_failed IS 'A failed attempt: the order is shown as being paid, a later success wins';

CREATE FUNCTION money.apply_channel_event(p_channel text, p_txn text, p_kind text, p_code text, p_amount bigint,
  p_occurred timestamptz, p_raw bytea, p_headers jsonb, p_sha256 bytea, p_at timestamptz, p_arrive boolean,
  OUT result text, OUT order_no text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE v_event bigint; w record;
BEGIN
  INSERT INTO money.channel_event (channel, channel_txn, kind, payment_code, amount_fen, occurred_at, received_at, raw, headers, sig_ok, body_sha256)
  VALUES (p_channel, p_txn, p_kind, p_code, p_amount, p_occurred, p_at, p_raw, p_headers, true, p_sha256)
  ON CONFLICT (channel, channel_txn, kind, body_sha256) DO NOTHING RETURNING event_id INTO v_event;
  IF v_event IS NULL THEN
    result := 'duplicate';
    order_no := (SELECT q.order_no FROM money.payment_order q WHERE q.payment_code = p_code);
  ELSIF p_kind = 'paid' THEN
    SELECT r.result, r.order_no INTO result, order_no
    FROM money.apply_paid(v_event, p_channel, p_txn, p_code, p_amount, p_occurred, p_sha256, p_at, p_arrive) r;
    IF EXISTS (SELECT 1 FROM money.channel_event e WHERE e.kind = 'refunded' AND e.payment_code = p_code) THEN
      FOR w IN SELECT e.* FROM money.channel_event e
               WHERE e.kind = 'refunded' AND e.payment_code = p_code AND e.channel = p_channel AND e.sig_ok
                 AND NOT EXISTS (SELECT 1 FROM money.event_result x WHERE x.event_id = e.event_id)
                 AND NOT EXISTS (SELECT 1 FROM money.posting q WHERE q.event_id = e.event_id)
               ORDER BY e.event_id LOOP
        PERFORM money.apply_refunded(w.event_id, w.channel, w.channel_txn, w.payment_code, w.amount_fen, w.occurred_at, w.body_sha256, p_at);
      END LOOP;
    END IF;
  ELSIF p_kind = 'refunded' THEN
    SELECT r.result, r.order_no INTO result, order_no
    FROM money.apply_refunded(v_event, p_channel, p_txn, p_code, p_amount, p_occurred, p_sha256, p_at) r;
  ELSE
    SELECT r.result, r.order_no INTO result, order_no FROM money.apply_failed(v_event, p_channel, p_code, p_at) r;
  END IF;
END $$;
COMMENT ON FUNCTION money.apply_channel_event IS 'Store a signed channel event and do what it means; the same bytes twice do nothing';

CREATE FUNCTION money.seal_day(p_date date, p_sha256 bytea, p_rows bigint, p_prev bytea, p_signature bytea, p_algorithm text, p_by text, p_at timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO money.day_seal VALUES (p_date, p_rows, p_sha256, p_prev, p_signature, p_algorithm, p_by, p_at);
END $$;
COMMENT ON FUNCTION money.seal_day IS 'Write the seal of a day under the lock taken by lock_ledger';

CREATE FUNCTION money.lock_ledger() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  LOCK TABLE money.posting IN SHARE ROW EXCLUSIVE MODE;
END $$;
COMMENT ON FUNCTION money.lock_ledger() IS 'Wait for postings under way and keep new ones out until the end of the transaction';
