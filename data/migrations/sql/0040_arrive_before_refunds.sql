-- A refund that its channel told before the payment was booked before the payment's money had arrived: out of what the
-- channel owes, which it does not, and not out of the account, which it left.
CREATE OR REPLACE FUNCTION money.apply_channel_events(p_channel text[], p_txn text[], p_kind text[], p_code text[], p_amount bigint[],
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
    FOR w IN SELECT * FROM money.channel_event WHERE event_id = ANY (v_left) AND kind = 'paid' ORDER BY event_id LOOP
      r := money.apply_unfit(w);
      v_done := v_done || w.event_id;
      v_results := v_results || r.result;
    END LOOP;
  END IF;
  -- Before any refund: it is paid out of the account if the money is there, else the channel keeps it back.
  IF true = ANY (p_arrive) THEN
    PERFORM money.arrive('arr:' || substr(p.key, 5), p.body_sha256, substr(p.actor, 9), p.order_no, p.total_fen, p.biz_date, g.at, p.actor)
    FROM unnest(v_events, p_at, p_arrive) AS g(event_id, at, arrive) JOIN money.posting p USING (event_id)
    WHERE g.arrive AND p.kind IN ('pay', 'suspend') ORDER BY p.key;
  END IF;
  IF v_left <> '{}' THEN
    FOR w IN SELECT * FROM money.channel_event WHERE event_id = ANY (v_left) AND kind <> 'paid' ORDER BY event_id LOOP
      IF w.kind = 'refunded' THEN
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
  RETURN QUERY
  SELECT CASE WHEN g.event_id IS NULL THEN 'duplicate' ELSE coalesce(x.result, 'accepted') END, o.order_no
  FROM unnest(v_events, p_code) WITH ORDINALITY AS g(event_id, code, n)
  LEFT JOIN unnest(v_done, v_results) AS x(event_id, result) USING (event_id)
  LEFT JOIN money.payment_order o ON o.payment_code = g.code
  ORDER BY g.n;
END $$;
