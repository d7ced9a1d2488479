-- Payments come many at once. What costs is the statement, not the row: each reads the text of its tables' checks anew,
-- so events that arrive together are stored and posted together, each still with its own row of the arrival table.
CREATE FUNCTION money.post_payments(p_events bigint[], OUT posted bigint[]) LANGUAGE plpgsql AS $$
BEGIN
  -- Orders are locked first, in one order for all; what is written is written only if the payment fits its order.
  WITH k AS MATERIALIZED (
    SELECT e.* FROM money.channel_event e WHERE e.event_id = ANY (p_events)
  ), o AS MATERIALIZED (
    SELECT q.order_no, q.payment_code, q.state, q.amount_fen, q.expires_at
    FROM money.payment_order q WHERE q.payment_code = ANY (ARRAY(SELECT payment_code FROM k))
    ORDER BY q.order_no FOR UPDATE
  ), fit AS MATERIALIZED (
    SELECT DISTINCT ON (o.order_no) o.order_no, o.state, k.*
    FROM k JOIN o USING (payment_code)
    WHERE k.kind = 'paid' AND o.state IN ('issued', 'paying') AND o.amount_fen = k.amount_fen AND o.expires_at >= k.occurred_at
    ORDER BY o.order_no, k.event_id
  ), line AS MATERIALIZED (
    SELECT l.*, row_number() OVER w AS seq, count(*) OVER w AS n_rows
    FROM money.order_line l WHERE l.order_no = ANY (ARRAY(SELECT order_no FROM fit)) AND l.amount_fen > 0
    WINDOW w AS (PARTITION BY l.order_no ORDER BY l.line_no ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
  ), p AS (
    INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, order_no, event_id, actor, n_rows, total_fen)
    SELECT 'pay:' || f.channel || ':' || f.channel_txn, f.body_sha256, 'pay', money.biz_day(f.received_at), f.occurred_at,
           f.order_no, f.event_id, 'channel:' || f.channel, l.n_rows, f.amount_fen
    FROM fit f JOIN line l ON l.order_no = f.order_no AND l.seq = 1 ORDER BY 1
    ON CONFLICT (key) DO NOTHING RETURNING posting_id, biz_date, n_rows, order_no, event_id, actor, event_at
  ), t AS (
    INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen, line_id, decision_id)
    SELECT p.posting_id, p.biz_date, p.n_rows, l.seq, d.account_id, c.account_id, l.amount_fen, l.line_id, l.decision_id
    FROM p JOIN line l USING (order_no)
    JOIN money.account d ON d.code = '1101.' || substr(p.actor, 9)
    JOIN money.account c ON c.code = CASE l.kind WHEN 'fee' THEN '2101.' ELSE '2102.' END || l.county_code
    ORDER BY p.posting_id, l.seq
  ), e AS (
    INSERT INTO money.order_event (order_no, from_state, to_state, at, actor, detail)
    SELECT order_no, f.state, 'paid', p.event_at, p.actor, jsonb_build_object('event_id', p.event_id)
    FROM p JOIN fit f USING (order_no)
  ), j AS (
    INSERT INTO registry.job (kind, key, payload)
    SELECT 'order_paid', 'order_paid:' || order_no, jsonb_build_object('order_no', order_no) FROM p
    ON CONFLICT (key) DO NOTHING
  )
  SELECT coalesce(array_agg(event_id), '{}') INTO posted FROM p;
END $$;
COMMENT ON FUNCTION money.post_payments IS 'Post the stored payments that fit their orders, one of an order; returns which';

DROP FUNCTION money.apply_paid(bigint, text, text, text, bigint, timestamptz, bytea, timestamptz, boolean);
CREATE FUNCTION money.apply_unfit(p_event money.channel_event, OUT result text, OUT order_no text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE o record; v_trouble text;
BEGIN
  SELECT q.order_no AS no, q.state, q.amount_fen, q.expires_at INTO o
  FROM money.payment_order q WHERE q.payment_code = p_event.payment_code FOR UPDATE;
  order_no := o.no;
  IF o.state IN ('issued', 'paying') AND o.expires_at < p_event.occurred_at THEN
    PERFORM money.add_order_event(o.no, o.state, 'expired', p_event.received_at, 'channel:' || p_event.channel);
    o.state := 'expired';
  END IF;
  v_trouble := CASE WHEN o.no IS NULL THEN 'UNKNOWN_ORDER'
    WHEN o.state IN ('expired', 'cancelled') THEN 'LATE_PAY'
    WHEN o.state NOT IN ('issued', 'paying') THEN 'DOUBLE_PAY'
    WHEN o.amount_fen <> p_event.amount_fen THEN 'WRONG_AMOUNT' END;
  result := money.suspend(p_event.event_id, p_event.channel, p_event.channel_txn, o.no, v_trouble, p_event.amount_fen,
    p_event.occurred_at, p_event.body_sha256, p_event.received_at, money.biz_day(p_event.received_at));
END $$;
COMMENT ON FUNCTION money.apply_unfit IS 'A stored payment that does not fit its order, or whose number is known: to suspense, or a conflict, or a duplicate';

DROP FUNCTION money.apply_channel_event(text, text, text, text, bigint, timestamptz, bytea, jsonb, bytea, timestamptz, boolean, text);
CREATE FUNCTION money.store_events(p_channel text[], p_txn text[], p_kind text[], p_code text[], p_amount bigint[],
  p_occurred timestamptz[], p_raw bytea[], p_headers jsonb[], p_sha256 bytea[], p_at timestamptz[], p_source text[],
  OUT events bigint[]) LANGUAGE plpgsql AS $$
BEGIN
  WITH given AS MATERIALIZED (
    SELECT * FROM unnest(p_channel, p_txn, p_kind, p_code, p_amount, p_occurred, p_raw, p_headers, p_sha256, p_at, p_source)
      WITH ORDINALITY AS g(channel, txn, kind, code, amount, occurred, raw, headers, sha256, at, source, n)
  ), stored AS (
    INSERT INTO money.channel_event (channel, channel_txn, kind, payment_code, amount_fen, occurred_at, received_at, raw,
                                     headers, sig_ok, body_sha256, source)
    SELECT channel, txn, kind, code, amount, occurred, at, raw, headers, true, sha256, source
    FROM given ORDER BY channel, txn, kind, sha256
    ON CONFLICT (channel, channel_txn, kind, body_sha256) DO NOTHING
    RETURNING event_id, channel, channel_txn AS txn, kind, body_sha256 AS sha256
  )
  SELECT array_agg(CASE WHEN first THEN event_id END ORDER BY n) INTO events
  FROM (SELECT n, event_id, row_number() OVER (PARTITION BY event_id ORDER BY n) = 1 AS first
        FROM given LEFT JOIN stored USING (channel, txn, kind, sha256)) x;
END $$;
COMMENT ON FUNCTION money.store_events IS 'Store what channels say; returns the new rows in the order given, null where the same bytes are known';

CREATE FUNCTION money.apply_channel_events(p_channel text[], p_txn text[], p_kind text[], p_code text[], p_amount bigint[],
  p_occurred timestamptz[], p_raw bytea[], p_headers jsonb[], p_sha256 bytea[], p_at timestamptz[], p_source text[],
  p_arrive boolean[])
RETURNS TABLE (result text, order_no text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE v_events bigint[]; v_left bigint[]; v_posted bigint[]; v_done bigint[]; v_results text[]; w money.channel_event; r record;
BEGIN
  -- Assignments, not queries: a call alone needs no executor.
  v_events := money.store_events(p_channel, p_txn, p_kind, p_code, p_amount, p_occurred, p_raw, p_headers, p_sha256, p_at, p_source);
  v_left := array_remove(v_events, NULL);
  -- Of two payments of one order, or of one number, one is posted at a time.
  WHILE v_left <> '{}' LOOP
    v_posted := money.post_payments(v_left);
    EXIT WHEN v_posted = '{}';
    v_left := CASE WHEN cardinality(v_posted) = cardinality(v_left) THEN '{}'::bigint[]
      ELSE ARRAY(SELECT unnest(v_left) EXCEPT SELECT unnest(v_posted)) END;
  END LOOP;
  IF v_left <> '{}' THEN
    FOR w IN SELECT * FROM money.channel_event WHERE event_id = ANY (v_left) ORDER BY event_id LOOP
      IF w.kind = 'paid' THEN
        r := money.apply_unfit(w);
      ELSIF w.kind = 'refunded' THEN
        r := money.apply_refunded(w.event_id, w.channel, w.channel_txn, w.payment_code, w.amount_fen, w.occurred_at, w.body_sha256, w.received_at);
      ELSE
        r := money.apply_failed(w.event_id, w.channel, w.channel_txn, w.payment_code, w.received_at);
      END IF;
      v_done := v_done || w.event_id;
      v_results := v_results || r.result;
    END LOOP;
  END IF;
  IF 'paid' = ANY (p_kind) THEN
    -- Refunds that their channel told before the payment.
    FOR w IN SELECT e.* FROM money.channel_event e
             WHERE e.kind = 'refunded' AND e.payment_code = ANY (p_code) AND e.sig_ok
               AND NOT EXISTS (SELECT 1 FROM money.event_result x WHERE x.event_id = e.event_id)
               AND NOT EXISTS (SELECT 1 FROM money.posting q WHERE q.event_id = e.event_id)
             ORDER BY e.event_id LOOP
      IF EXISTS (SELECT FROM unnest(p_channel, p_code, p_kind) AS g(channel, code, kind)
                 WHERE (g.channel, g.code, g.kind) = (w.channel, w.payment_code, 'paid')) THEN
        PERFORM money.apply_refunded(w.event_id, w.channel, w.channel_txn, w.payment_code, w.amount_fen, w.occurred_at, w.body_sha256, w.received_at);
      END IF;
    END LOOP;
  END IF;
  IF true = ANY (p_arrive) THEN
    PERFORM money.arrive('arr:' || substr(p.key, 5), p.body_sha256, substr(p.actor, 9), p.order_no, p.total_fen, p.biz_date, g.at, p.actor)
    FROM unnest(v_events, p_at, p_arrive) AS g(event_id, at, arrive) JOIN money.posting p USING (event_id)
    WHERE g.arrive AND p.kind IN ('pay', 'suspend') ORDER BY p.key;
  END IF;
  RETURN QUERY
  SELECT CASE WHEN g.event_id IS NULL THEN 'duplicate' ELSE coalesce(x.result, 'accepted') END, o.order_no
  FROM unnest(v_events, p_code) WITH ORDINALITY AS g(event_id, code, n)
  LEFT JOIN unnest(v_done, v_results) AS x(event_id, result) USING (event_id)
  LEFT JOIN money.payment_order o ON o.payment_code = g.code
  ORDER BY g.n;
END $$;
COMMENT ON FUNCTION money.apply_channel_events IS 'Store what channels say, whatever told us, and do what it means; the same bytes twice do nothing; one row for each event, in their order';

-- The same for the states of orders: one statement for all events. The plan is to look each order up, whatever their number.
DROP TRIGGER order_event_projects ON money.order_event;
CREATE OR REPLACE FUNCTION money.project_order_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE v_followed boolean; v_dead boolean;
BEGIN
  WITH moved AS (
    UPDATE money.payment_order o SET state = f.to_state FROM fresh f
    WHERE o.order_no = f.order_no AND o.state = f.from_state RETURNING 1
  )
  SELECT count(*) = (SELECT count(*) FROM moved), bool_or(to_state IN ('expired', 'cancelled', 'refunded'))
  INTO v_followed, v_dead FROM fresh;
  IF NOT v_followed THEN
    RAISE EXCEPTION 'an order is not in the state that its event leaves'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'order_event_follows';
  END IF;
  IF v_dead THEN
    DELETE FROM money.order_claim c USING fresh f
    WHERE c.order_no = f.order_no AND f.to_state IN ('expired', 'cancelled', 'refunded');
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION money.project_order_event() IS 'Trigger: write the orders'' states; dead orders give their lines back';
CREATE TRIGGER order_event_projects AFTER INSERT ON money.order_event REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION money.project_order_event();
