-- An attempt to pay that failed for good gives the order back; a dead order can be revived, for money that came late;
-- a part of a cleared order may go back, and the rest stays cleared.
CREATE OR REPLACE FUNCTION money.may_follow(p_from text, p_to text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN p_to = ANY (CASE p_from
    WHEN 'draft' THEN '{issued,paid}'
    WHEN 'issued' THEN '{paying,paid,expired,cancelled}'
    WHEN 'paying' THEN '{issued,paid,expired,cancelled}'
    WHEN 'expired' THEN '{issued}'
    WHEN 'cancelled' THEN '{issued}'
    WHEN 'paid' THEN '{cleared,refunding}'
    WHEN 'cleared' THEN '{refunding}'
    WHEN 'refunding' THEN '{refunded,cleared}'
    ELSE '{}' END::text[]);
END $$;

ALTER TABLE money.order_line ADD COLUMN reason_en text NOT NULL DEFAULT '';
COMMENT ON COLUMN money.order_line.reason_en IS 'Why this amount, English';

CREATE FUNCTION money.revive_order(p_order text, p_from text, p_expires timestamptz, p_at timestamptz, p_actor text, p_reason text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM money.add_order_event(p_order, p_from, 'issued', p_at, p_actor, jsonb_build_object('revived', p_reason));
  UPDATE money.payment_order SET expires_at = p_expires WHERE order_no = p_order;
  INSERT INTO money.order_claim (case_no, source, order_no)
  SELECT case_no, source, order_no FROM money.order_line WHERE order_no = p_order;
END $$;
COMMENT ON FUNCTION money.revive_order IS 'Let a dead order be paid until a new instant and take its lines again; its row must be locked';

-- The money is taken out of suspense and paid again, so that whatever looks for an order's payment and arrival finds them.
CREATE FUNCTION money.apply_suspended(p_order text, p_suspended bigint, p_sha256 bytea, p_date date, p_at timestamptz, p_actor text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_key text; v_channel text; v_total bigint; v_event bigint; v_out bigint; v_pay bigint; v_rows integer;
BEGIN
  SELECT substr(key, 5), split_part(key, ':', 2), total_fen, event_id INTO STRICT v_key, v_channel, v_total, v_event
  FROM money.posting WHERE posting_id = p_suspended AND kind = 'suspend' AND order_no = p_order;
  INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, order_no, actor, n_rows, total_fen)
  VALUES ('sus:' || p_suspended, p_sha256, 'suspense_apply', p_date, p_at, p_order, p_actor, 1, v_total)
  RETURNING posting_id INTO v_out;
  INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen)
  SELECT v_out, p_date, 1, 1, d.account_id, c.account_id, v_total
  FROM money.account d, money.account c WHERE d.code = '2301' AND c.code = '1001';
  SELECT count(*) INTO v_rows FROM money.order_line WHERE order_no = p_order AND amount_fen > 0;
  INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, order_no, actor, n_rows, total_fen)
  VALUES ('pay:' || v_key || ':late', p_sha256, 'pay', p_date, p_at, p_order, p_actor, v_rows, v_total)
  RETURNING posting_id INTO v_pay;
  INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen, line_id, decision_id)
  SELECT v_pay, p_date, v_rows, row_number() OVER (ORDER BY l.line_no), d.account_id, c.account_id,
         l.amount_fen, l.line_id, l.decision_id
  FROM money.order_line l
  JOIN money.account d ON d.code = '1101.' || v_channel
  JOIN money.account c ON c.code = CASE l.kind WHEN 'fee' THEN '2101.' ELSE '2102.' END || l.county_code
  WHERE l.order_no = p_order AND l.amount_fen > 0;
  PERFORM money.arrive('arr:' || v_key || ':late', p_sha256, v_channel, p_order, v_total, p_date, p_at, p_actor);
  PERFORM money.add_order_event(p_order, 'issued', 'paid', p_at, p_actor, jsonb_build_object('event_id', v_event));
  INSERT INTO registry.job (kind, key, payload)
  VALUES ('order_paid', 'order_paid:' || p_order, jsonb_build_object('order_no', p_order)) ON CONFLICT (key) DO NOTHING;
  RETURN v_pay;
END $$;
COMMENT ON FUNCTION money.apply_suspended IS 'Pay a revived order with its late money, which lies in the collection account and in suspense';
