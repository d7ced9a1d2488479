-- The order lines behind every figure of the days %(date)s to %(to)s; a report follows that reads them by its figure.
-- Who reads sees the lines of orders that row-level security lets through, joined by the report.
WITH figure AS (
  SELECT 'due' AS figure, (o.issued_at AT TIME ZONE 'Asia/Shanghai')::date AS day, l.line_id, l.order_no, o.issued_at AS at,
         o.payment_code AS reference, l.amount_fen, l.county_code
  FROM money.payment_order o JOIN money.order_line l USING (order_no)
  WHERE o.state NOT IN ('expired', 'cancelled')
    AND o.issued_at >= %(date)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
    AND o.issued_at < (%(to)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
  UNION ALL
  SELECT 'paid', p.biz_date, l.line_id, l.order_no, p.event_at, p.key, l.amount_fen, l.county_code
  FROM money.posting p JOIN money.order_line l USING (order_no)
  WHERE p.biz_date BETWEEN %(date)s AND %(to)s AND p.kind = 'pay'
  UNION ALL
  SELECT 'arrived', p.biz_date, l.line_id, l.order_no, p.event_at, p.key, l.amount_fen, l.county_code
  FROM money.posting p JOIN money.order_line l USING (order_no)
  WHERE p.biz_date BETWEEN %(date)s AND %(to)s AND p.kind = 'arrive'
    AND EXISTS (SELECT FROM money.posting q WHERE q.kind = 'pay' AND q.key = 'pay:' || substr(p.key, 5))
  UNION ALL
  SELECT 'refunded', p.biz_date, x.line_id, p.order_no, p.event_at, p.key, x.amount_fen, x.county_code
  FROM money.posting p JOIN money.refund_line x ON p.key = 'rfd:' || x.refund_no
  WHERE p.biz_date BETWEEN %(date)s AND %(to)s AND p.kind = 'refund'
  UNION ALL
  -- What arrived on the day and went back to its payer before it was cleared: it counts nowhere in the same-day rate.
  SELECT 'refunded_before', p.biz_date, l.line_id, l.order_no, p.event_at, r.refund_no, x.amount_fen, l.county_code
  FROM money.posting p JOIN money.order_line l USING (order_no)
  JOIN money.refund_line x USING (line_id) JOIN money.refund r ON r.refund_no = x.refund_no AND r.state = 'done'
  WHERE p.biz_date BETWEEN %(date)s AND %(to)s AND p.kind = 'arrive'
    AND EXISTS (SELECT FROM money.posting q WHERE q.kind = 'pay' AND q.key = 'pay:' || substr(p.key, 5))
    AND NOT EXISTS (SELECT FROM money.batch_item i WHERE i.line_id = l.line_id)
  UNION ALL
  -- What a county gave back of lines that had been cleared to it; the others never left the collection account.
  SELECT 'returned', p.biz_date, x.line_id, p.order_no, p.event_at, r.reference, x.amount_fen, x.county_code
  FROM money.posting p
  JOIN money.county_return r ON p.key = 'crt:' || r.refund_no || ':' || r.county_code || ':' || r.kind
  JOIN money.refund_line x ON (x.refund_no, x.county_code, x.kind) = (r.refund_no, r.county_code, r.kind)
  JOIN money.batch_item i ON i.line_id = x.line_id
  WHERE p.biz_date BETWEEN %(date)s AND %(to)s AND p.kind = 'county_return'
  UNION ALL
  -- What is held back in a dispute is counted up, what is let go is counted down.
  SELECT 'disputed', p.biz_date, t.line_id, p.order_no, p.event_at, p.key, CASE a.account_id WHEN t.cr THEN t.amount_fen ELSE -t.amount_fen END, a.county_code
  FROM money.posting p JOIN money.transfer t USING (posting_id) JOIN money.account a ON a.account_id IN (t.dr, t.cr)
  WHERE p.biz_date BETWEEN %(date)s AND %(to)s AND a.code LIKE '2401.%%' AND t.phase IN ('FINAL', 'POST') AND t.line_id IS NOT NULL
  UNION ALL
  SELECT part.figure, b.biz_date, i.line_id, l.order_no, b.frozen_at, y.msg_id, i.amount_fen, i.county_code
  FROM money.batch b
  JOIN (SELECT batch_id, line_id, county_code, kind, amount_fen FROM money.batch_item
        UNION ALL SELECT a.batch_id, d.line_id, a.county_code, a.kind, a.amount_fen
        FROM money.batch_adjustment a JOIN money.dispute d USING (dispute_no)) i USING (batch_id) JOIN money.order_line l USING (line_id)
  LEFT JOIN money.payout y ON y.batch_id = i.batch_id AND y.county_code = i.county_code AND y.kind = i.kind AND y.state <> 'rejected'
  CROSS JOIN (VALUES ('cleared'), ('confirmed'), ('credited')) part (figure)
  WHERE b.biz_date BETWEEN %(date)s AND %(to)s
    AND (part.figure = 'cleared' OR part.figure = 'confirmed' AND y.state IN ('confirmed', 'settled')
         OR part.figure = 'credited' AND EXISTS (SELECT FROM money.posting c WHERE c.msg_id = y.msg_id AND c.kind = 'county_credit'
                                                 AND (c.event_at AT TIME ZONE 'Asia/Shanghai')::date = b.biz_date))
  UNION ALL
  SELECT 'suspense', p.biz_date, (SELECT min(l.line_id) FROM money.order_line l WHERE l.order_no = p.order_no), p.order_no, p.event_at, p.key, p.total_fen,
         (SELECT min(l.county_code) FROM money.order_line l WHERE l.order_no = p.order_no)
  FROM money.posting p WHERE p.biz_date BETWEEN %(date)s AND %(to)s AND p.kind = 'suspend'
), shown AS (
  SELECT h.figure, h.day, h.at, h.order_no, h.reference, h.amount_fen, l.line_id, l.line_no, l.case_no, l.item_code, l.name AS item,
         h.county_code, CASE l.kind WHEN 'tax' THEN 'tax' ELSE 'nontax' END AS kind, l.parcel_code,
         coalesce((SELECT split_part(p.key, ':', 2) FROM money.posting p WHERE p.order_no = h.order_no AND p.kind = 'pay'), '') AS channel
  FROM figure h LEFT JOIN money.order_line l USING (line_id)
  WHERE (h.county_code = ANY (%(counties)s) OR l.line_id IS NULL AND %(everything)s)
    AND (%(county)s::text IS NULL OR h.county_code = %(county)s)
    AND (%(kind)s::text IS NULL OR CASE l.kind WHEN 'tax' THEN 'tax' ELSE 'nontax' END = %(kind)s)
    AND (%(item)s::text IS NULL OR l.item_code = %(item)s)
)
