-- Figures per county and kind of a day (%(day)s), in fen; a row for each, also when nothing happened.
WITH grid AS (
  SELECT county_code, kind
  FROM unnest(%(counties)s::text[]) AS county_code, unnest(ARRAY['nontax', 'tax']) AS kind
), line AS (
  SELECT l.line_id, l.order_no, l.county_code, CASE l.kind WHEN 'fee' THEN 'nontax' ELSE 'tax' END AS kind, l.amount_fen
  FROM money.order_line l
), due AS (
  SELECT l.county_code, l.kind, sum(l.amount_fen) AS fen
  FROM money.payment_order o JOIN line l USING (order_no)
  WHERE o.issued_at >= %(day)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
    AND o.issued_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
    AND o.state NOT IN ('expired', 'cancelled')
  GROUP BY 1, 2
), posted AS (
  SELECT p.kind AS what, l.county_code, l.kind, sum(l.amount_fen) AS fen
  FROM money.posting p JOIN line l USING (order_no)
  WHERE p.biz_date = %(day)s AND p.kind = 'pay'
     OR p.biz_date = %(day)s AND p.kind = 'arrive'
        AND EXISTS (SELECT 1 FROM money.posting q WHERE q.kind = 'pay' AND q.key = 'pay:' || substr(p.key, 5))
  GROUP BY 1, 2, 3
  UNION ALL
  SELECT 'refund', x.county_code, x.kind, sum(x.amount_fen)
  FROM money.posting p JOIN money.refund_line x ON p.key = 'rfd:' || x.refund_no
  WHERE p.biz_date = %(day)s AND p.kind = 'refund'
  GROUP BY 1, 2, 3
), cleared AS (
  SELECT i.county_code, i.kind, sum(i.amount_fen) AS fen
  FROM money.batch b JOIN (SELECT batch_id, county_code, kind, amount_fen FROM money.batch_item
                           UNION ALL SELECT batch_id, county_code, kind, amount_fen FROM money.batch_adjustment) i USING (batch_id)
  WHERE b.biz_date = %(day)s GROUP BY 1, 2
), confirmed AS (
  SELECT y.county_code, y.kind, sum(y.amount_fen) AS fen
  FROM money.batch b JOIN money.payout y USING (batch_id)
  WHERE b.biz_date = %(day)s AND y.state IN ('confirmed', 'settled') GROUP BY 1, 2
), suspended AS (
  SELECT one.county_code, 'nontax' AS kind, sum(p.total_fen) AS fen
  FROM money.posting p
  CROSS JOIN LATERAL (SELECT min(l.county_code) AS county_code, count(DISTINCT l.county_code) AS n
                      FROM money.order_line l WHERE l.order_no = p.order_no) one
  WHERE p.biz_date = %(day)s AND p.kind = 'suspend' AND one.n = 1 GROUP BY 1
)
SELECT g.county_code, g.kind,
       coalesce(due.fen, 0)::bigint AS due_fen,
       coalesce((SELECT fen FROM posted p WHERE p.what = 'pay' AND (p.county_code, p.kind) = (g.county_code, g.kind)), 0)::bigint AS paid_fen,
       coalesce((SELECT fen FROM posted p WHERE p.what = 'arrive' AND (p.county_code, p.kind) = (g.county_code, g.kind)), 0)::bigint AS arrived_fen,
       coalesce(cleared.fen, 0)::bigint AS cleared_fen,
       coalesce(confirmed.fen, 0)::bigint AS confirmed_fen,
       coalesce((SELECT fen FROM posted p WHERE p.what = 'refund' AND (p.county_code, p.kind) = (g.county_code, g.kind)), 0)::bigint AS refunded_fen,
       coalesce(suspended.fen, 0)::bigint AS suspense_fen
FROM grid g
LEFT JOIN due USING (county_code, kind)
LEFT JOIN cleared USING (county_code, kind)
LEFT JOIN confirmed USING (county_code, kind)
LEFT JOIN suspended USING (county_code, kind)
ORDER BY g.county_code, g.kind
