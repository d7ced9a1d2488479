-- Only the payment that paid an order counts as its money: another one of the same order (wrong amount, a second
-- payment, a late one) lies in suspense and may have arrived before it.
CREATE OR REPLACE FUNCTION money.freeze_batch(p_date date, p_cut timestamptz, p_by text, p_at timestamptz, p_empty boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_batch bigint; v_orders text[];
BEGIN
  SELECT array_agg(f.order_no) INTO v_orders FROM (
    SELECT o.order_no FROM money.payment_order o
    WHERE o.state = 'paid' AND o.amount_fen > 0
      AND EXISTS (SELECT 1 FROM money.posting q JOIN money.posting p ON p.key = 'arr:' || substr(q.key, 5)
                  WHERE q.order_no = o.order_no AND q.kind = 'pay'
                    AND p.kind = 'arrive' AND p.biz_date <= p_date AND p.event_at <= p_cut)
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

CREATE OR REPLACE FUNCTION money.refund_to_payer(p_key text, p_sha256 bytea, p_order text, p_channel text, p_date date, p_at timestamptz, p_actor text)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_posting bigint; v_rows integer; v_total bigint; v_source text;
BEGIN
  v_source := CASE WHEN EXISTS (SELECT 1 FROM money.posting q JOIN money.posting a ON a.key = 'arr:' || substr(q.key, 5)
                                WHERE q.order_no = p_order AND q.kind = 'pay' AND a.kind = 'arrive')
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
