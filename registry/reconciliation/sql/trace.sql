-- The steps of an order's money, in order.
WITH line AS (
  SELECT * FROM money.order_line WHERE order_no = %(order)s
), item AS (
  SELECT i.*, b.biz_date, b.seq, b.frozen_at FROM money.batch b JOIN (
    SELECT batch_id, county_code, kind, amount_fen FROM money.batch_item WHERE line_id IN (SELECT line_id FROM line)
    UNION ALL
    SELECT a.batch_id, a.county_code, a.kind, a.amount_fen FROM money.batch_adjustment a JOIN money.dispute d USING (dispute_no)
    WHERE d.line_id IN (SELECT line_id FROM line)) i USING (batch_id)
), payout AS (
  SELECT DISTINCT y.* FROM money.payout y JOIN item i ON i.batch_id = y.batch_id AND i.county_code = y.county_code AND i.kind = y.kind
), step AS (
  SELECT 1 AS rank, 'parcel' AS kind, coalesce(l.unit_code, l.parcel_code, l.case_no) AS id, NULL::timestamptz AS at,
         sum(l.amount_fen)::bigint AS amount_fen, min(l.county_code) AS county_code,
         jsonb_build_object('parcel_code', min(l.parcel_code), 'case_no', min(l.case_no)) AS detail
  FROM line l GROUP BY 3
  UNION ALL
  SELECT 2, 'decision', d.decision_id::text, d.decided_at, sum(l.amount_fen)::bigint, min(l.county_code),
         jsonb_build_object('rule', d.rule)
  FROM line l JOIN spatial.county_decision d USING (decision_id) GROUP BY d.decision_id
  UNION ALL
  SELECT 3, 'order', o.order_no, o.issued_at, o.amount_fen, NULL,
         jsonb_build_object('payment_code', o.payment_code, 'state', o.state)
  FROM money.payment_order o WHERE o.order_no = %(order)s
  UNION ALL
  SELECT 4, 'payment', e.event_id::text, e.occurred_at, e.amount_fen, NULL,
         jsonb_build_object('channel', e.channel, 'channel_txn', e.channel_txn)
  FROM money.posting p JOIN money.channel_event e USING (event_id)
  WHERE p.order_no = %(order)s AND p.kind IN ('pay', 'suspend')
  UNION ALL
  SELECT 5, 'posting', p.posting_id::text, p.event_at, p.total_fen, NULL,
         jsonb_build_object('key', p.key, 'kind', p.kind, 'transfers',
           (SELECT jsonb_agg(jsonb_build_object('debit', a.code, 'credit', c.code, 'amount_fen', t.amount_fen) ORDER BY t.seq)
            FROM money.transfer t JOIN money.account a ON a.account_id = t.dr JOIN money.account c ON c.account_id = t.cr
            WHERE t.posting_id = p.posting_id
              -- Of a joint order a reader sees the counties whose lines are theirs to see.
              AND (a.county_code IS NULL OR a.county_code IN (SELECT county_code FROM line))
              AND (c.county_code IS NULL OR c.county_code IN (SELECT county_code FROM line))))
  FROM money.posting p WHERE p.order_no = %(order)s
  UNION ALL
  SELECT 6, 'batch', i.biz_date::text || '-' || i.seq, min(i.frozen_at), sum(i.amount_fen)::bigint, i.county_code,
         jsonb_build_object('kind', i.kind)
  FROM item i GROUP BY i.biz_date, i.seq, i.county_code, i.kind
  UNION ALL
  SELECT 7, 'payout', y.msg_id, (SELECT event_at FROM money.posting p WHERE p.msg_id = y.msg_id AND p.kind = 'freeze'),
         y.amount_fen, y.county_code,
         jsonb_build_object('kind', y.kind, 'state', y.state, 'attempt', y.attempt, 'n_items', y.n_items,
           'of_this_order_fen', (SELECT sum(i.amount_fen) FROM item i WHERE (i.batch_id, i.county_code, i.kind) = (y.batch_id, y.county_code, y.kind)))
  FROM payout y
  UNION ALL
  SELECT CASE p.kind WHEN 'bank_debit' THEN 8 ELSE 9 END, p.kind, p.posting_id::text, p.event_at, y.amount_fen, y.county_code,
         jsonb_build_object('msg_id', y.msg_id)
  FROM payout y JOIN money.posting p ON p.msg_id = y.msg_id AND p.kind IN ('bank_debit', 'county_credit')
  UNION ALL
  SELECT 10, 'receipt', b.code || '-' || b.number, b.issued_at, b.amount_fen, b.county_code,
         jsonb_build_object('kind', b.kind, 'state', b.state)
  FROM money.bill b WHERE b.order_no = %(order)s
)
SELECT kind, id, at, amount_fen, county_code, detail FROM step ORDER BY rank, at NULLS FIRST, id
