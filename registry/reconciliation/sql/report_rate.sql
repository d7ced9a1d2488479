-- Same-day rate (日清率) of each day: of what arrived and did not go back to its payer before it was cleared, how much the
-- counties' accounts had before midnight.
WITH funded AS (
  SELECT a.biz_date, sum(l.amount_fen) AS fen
  FROM money.posting a JOIN money.posting q ON q.key = 'pay:' || substr(a.key, 5) AND q.kind = 'pay'
  JOIN money.order_line l ON l.order_no = a.order_no
  WHERE a.kind = 'arrive' AND a.biz_date BETWEEN %(date)s AND %(to)s AND l.county_code = ANY (%(counties)s)
    AND (%(county)s::text IS NULL OR l.county_code = %(county)s)
  GROUP BY 1
), refunded_before AS (
  SELECT a.biz_date, sum(x.amount_fen) AS fen
  FROM money.posting a JOIN money.posting q ON q.key = 'pay:' || substr(a.key, 5) AND q.kind = 'pay'
  JOIN money.order_line l ON l.order_no = a.order_no
  JOIN money.refund_line x USING (line_id) JOIN money.refund r ON r.refund_no = x.refund_no AND r.state = 'done'
  WHERE a.kind = 'arrive' AND a.biz_date BETWEEN %(date)s AND %(to)s AND l.county_code = ANY (%(counties)s)
    AND (%(county)s::text IS NULL OR l.county_code = %(county)s)
    AND NOT EXISTS (SELECT FROM money.batch_item i WHERE i.line_id = l.line_id)
  GROUP BY 1
), credited AS (
  SELECT b.biz_date, sum(i.fen) AS fen, percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.inserted_at - f.inserted_at)::bigint) AS median_s
  FROM money.batch b JOIN money.payout y USING (batch_id)
  JOIN money.posting c ON c.msg_id = y.msg_id AND c.kind = 'county_credit' AND (c.event_at AT TIME ZONE 'Asia/Shanghai')::date = b.biz_date
  JOIN money.posting f ON f.msg_id = y.msg_id AND f.kind = 'freeze'
  CROSS JOIN LATERAL (SELECT sum(amount_fen) AS fen FROM money.batch_item i WHERE (i.batch_id, i.county_code, i.kind) = (y.batch_id, y.county_code, y.kind)) i
  WHERE b.biz_date BETWEEN %(date)s AND %(to)s AND y.county_code = ANY (%(counties)s) AND (%(county)s::text IS NULL OR y.county_code = %(county)s)
  GROUP BY 1
)
SELECT f.biz_date AS day, f.fen::bigint AS arrived_fen, coalesce(r.fen, 0)::bigint AS refunded_before_fen,
       coalesce(c.fen, 0)::bigint AS credited_fen,
       -- Cut, not rounded: 100.00 is said of all only.
       trunc(100.0 * coalesce(c.fen, 0) / nullif(f.fen - coalesce(r.fen, 0), 0), 2)::text AS rate, c.median_s
FROM funded f LEFT JOIN refunded_before r USING (biz_date) LEFT JOIN credited c USING (biz_date) ORDER BY f.biz_date DESC LIMIT %(limit)s
