-- What a posting points to was looked up again at commit, posting by posting: most of what a payment cost. It is
-- looked up when the statement ends that wrote it, for all its rows at once; nothing of it can be taken away after that.
-- Count and sum are still compared at commit, for a posting and its transfers may be two statements.
CREATE OR REPLACE FUNCTION money.check_posting_complete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_complete boolean; v_summed boolean;
BEGIN
  SELECT count(*) = NEW.n_rows AND sum(t.amount_fen) = NEW.total_fen,
         EXISTS (SELECT FROM money.balance_over WHERE biz_date >= NEW.biz_date)
  INTO v_complete, v_summed
  FROM money.transfer t WHERE t.posting_id = NEW.posting_id;
  IF v_complete IS NOT TRUE THEN
    RAISE EXCEPTION 'posting % is not complete', NEW.key
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'posting_complete';
  END IF;
  IF v_summed THEN
    DELETE FROM money.balance_over WHERE biz_date >= NEW.biz_date;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION money.check_posting_complete() IS 'Trigger at commit: count and sum of the transfers are as declared; a day that was summed is no more';

-- Who seals a day or closes a month waits for those who have begun to write postings, and is seen by those who come later.
CREATE FUNCTION money.check_postings_refer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE v_shut date; v_lost text;
BEGIN
  SELECT min(f.biz_date) FILTER (
           WHERE f.biz_date <= (SELECT max(s.biz_date) FROM money.day_seal s)
              OR date_trunc('month', f.biz_date)::date = ANY (ARRAY(SELECT p.month FROM money.period p WHERE p.state = 'closed'))),
         min(f.key) FILTER (
           WHERE (f.order_no IS NOT NULL AND o.order_no IS NULL) OR (f.event_id IS NOT NULL AND e.event_id IS NULL))
  INTO v_shut, v_lost
  FROM fresh f
  LEFT JOIN money.payment_order o ON o.order_no = f.order_no
  LEFT JOIN money.channel_event e ON e.event_id = f.event_id;
  IF v_shut IS NOT NULL THEN
    RAISE EXCEPTION 'day % is sealed', v_shut
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'posting_day_open';
  ELSIF v_lost IS NOT NULL THEN
    RAISE EXCEPTION 'posting % names an order or an event that is not there', v_lost
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'posting_complete';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION money.check_postings_refer() IS 'Trigger: the day is open, order and event are there';
CREATE TRIGGER posting_refers AFTER INSERT ON money.posting REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION money.check_postings_refer();

CREATE FUNCTION money.check_transfers_refer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE v_lost bigint;
BEGIN
  SELECT min(f.posting_id) INTO v_lost
  FROM fresh f
  LEFT JOIN money.posting p ON p.posting_id = f.posting_id AND p.biz_date = f.biz_date AND p.n_rows = f.n_rows
  LEFT JOIN money.account d ON d.account_id = f.dr AND d.valid @> f.biz_date
  LEFT JOIN money.account c ON c.account_id = f.cr AND c.valid @> f.biz_date
  LEFT JOIN money.order_line l ON l.line_id = f.line_id
  WHERE p.posting_id IS NULL OR d.account_id IS NULL OR c.account_id IS NULL OR (f.line_id IS NOT NULL AND l.line_id IS NULL);
  IF v_lost IS NOT NULL THEN
    RAISE EXCEPTION 'a transfer of posting % names a posting, an open account or a line that is not there', v_lost
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'posting_complete';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION money.check_transfers_refer() IS 'Trigger: the posting is there with the same day and count; accounts are open on the day, the line is there';
CREATE TRIGGER transfer_refers AFTER INSERT ON money.transfer REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION money.check_transfers_refer();
-- The trigger does for all rows what the key did row by row; its index had no other use.
ALTER TABLE money.transfer DROP CONSTRAINT transfer_posting_id_biz_date_n_rows_fkey;
ALTER TABLE money.posting DROP CONSTRAINT posting_posting_id_biz_date_n_rows_key;

-- Payments that come together are joined by hash: the planner expects one and compared each payment with each order, line
-- and event. The day that is open is asked for once.
CREATE OR REPLACE FUNCTION money.post_payments(p_events bigint[], OUT posted bigint[]) LANGUAGE plpgsql
SET enable_nestloop = off AS $$
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
    SELECT 'pay:' || f.channel || ':' || f.channel_txn, f.body_sha256, 'pay',
           greatest((f.received_at AT TIME ZONE 'Asia/Shanghai')::date, (SELECT money.biz_day('-infinity'))), f.occurred_at,
           f.order_no, f.event_id, 'channel:' || f.channel, l.n_rows, f.amount_fen
    FROM fit f JOIN line l ON l.order_no = f.order_no AND l.seq = 1 ORDER BY 1
    ON CONFLICT (key) DO NOTHING RETURNING posting_id, biz_date, n_rows, order_no, event_id, actor, event_at
  ), t AS (
    INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen, line_id, decision_id)
    SELECT p.posting_id, p.biz_date, p.n_rows, l.seq,
           (SELECT account_id FROM money.account WHERE code = '1101.' || substr(p.actor, 9)),
           (SELECT account_id FROM money.account
            WHERE code = CASE l.kind WHEN 'fee' THEN '2101.' ELSE '2102.' END || l.county_code),
           l.amount_fen, l.line_id, l.decision_id
    FROM p JOIN line l USING (order_no)
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
