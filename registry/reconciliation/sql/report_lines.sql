-- The order lines behind one figure (%(figure)s) of the day sheet of %(date)s; the sums are those of the sheet.
WITH hit AS (
  SELECT l.line_id, l.order_no, o.issued_at AS at, o.payment_code AS reference, l.amount_fen, l.county_code
  FROM money.payment_order o JOIN money.order_line l USING (order_no)
  WHERE %(figure)s = 'due' AND o.state NOT IN ('expired', 'cancelled')
    AND o.issued_at >= %(date)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
    AND o.issued_at < (%(date)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
  UNION ALL
  SELECT l.line_id, l.order_no, p.event_at, p.key, l.amount_fen, l.county_code
  FROM money.posting p JOIN money.order_line l USING (order_no)
  WHERE p.biz_date = %(date)s AND p.kind = CASE %(figure)s WHEN 'paid' THEN 'pay' WHEN 'arrived' THEN 'arrive' END
    AND (p.kind <> 'arrive' OR EXISTS (SELECT FROM money.posting q WHERE q.kind = 'pay' AND q.key = 'pay:' || substr(p.key, 5)))
  UNION ALL
  SELECT x.line_id, p.order_no, p.event_at, p.key, x.amount_fen, x.county_code
  FROM money.posting p JOIN money.refund_line x ON p.key = 'rfd:' || x.refund_no
  WHERE %(figure)s = 'refunded' AND p.biz_date = %(date)s AND p.kind = 'refund'
  UNION ALL
  SELECT i.line_id, l.order_no, b.frozen_at, y.msg_id, i.amount_fen, i.county_code
  FROM money.batch b
  JOIN (SELECT batch_id, line_id, county_code, kind, amount_fen FROM money.batch_item
        UNION ALL SELECT a.batch_id, d.line_id, a.county_code, a.kind, a.amount_fen
        FROM money.batch_adjustment a JOIN money.dispute d USING (dispute_no)) i USING (batch_id) JOIN money.order_line l USING (line_id)
  LEFT JOIN money.payout y ON y.batch_id = i.batch_id AND y.county_code = i.county_code AND y.kind = i.kind AND y.state <> 'rejected'
  WHERE b.biz_date = %(date)s AND (%(figure)s = 'cleared' OR %(figure)s = 'confirmed' AND y.state IN ('confirmed', 'settled'))
  UNION ALL
  SELECT (SELECT min(l.line_id) FROM money.order_line l WHERE l.order_no = p.order_no), p.order_no, p.event_at, p.key, p.total_fen,
         (SELECT min(l.county_code) FROM money.order_line l WHERE l.order_no = p.order_no)
  FROM money.posting p WHERE %(figure)s = 'suspense' AND p.biz_date = %(date)s AND p.kind = 'suspend'
)
SELECT h.at, h.order_no, l.line_no, l.case_no, l.name AS item, h.county_code, CASE l.kind WHEN 'tax' THEN 'tax' ELSE 'nontax' END AS kind,
       l.parcel_code, h.reference, h.amount_fen
FROM hit h LEFT JOIN money.order_line l USING (line_id)
WHERE (h.county_code = ANY (%(counties)s) OR l.line_id IS NULL AND %(everything)s)
  AND (%(county)s::text IS NULL OR h.county_code = %(county)s)
  AND (%(kind)s::text IS NULL OR CASE l.kind WHEN 'tax' THEN 'tax' ELSE 'nontax' END = %(kind)s)
ORDER BY h.at, h.order_no, l.line_no LIMIT %(limit)s
