-- Order lines whose money arrived and is not with their county by the end of the next working day, seen from %(today)s.
-- What is refunded is no longer paid; what a dispute holds (2401) waits for its ruling.
SELECT l.order_no || ':' || l.line_no
FROM money.payment_order o
JOIN money.order_line l USING (order_no)
CROSS JOIN LATERAL (
  SELECT max(a.biz_date) AS day
  FROM money.posting p JOIN money.posting a ON a.key = 'arr:' || substr(p.key, 5) AND a.kind = 'arrive'
  WHERE p.order_no = o.order_no AND p.kind = 'pay') f
WHERE o.state = 'paid' AND l.amount_fen > 0 AND money.workday_after(f.day, 1) < %(today)s
  AND NOT EXISTS (SELECT FROM money.batch_item i JOIN money.payout y USING (batch_id, county_code, kind)
                  WHERE i.line_id = l.line_id AND y.state = 'settled')
  AND NOT EXISTS (SELECT FROM money.transfer t JOIN money.account c ON c.account_id = t.cr
                  WHERE t.line_id = l.line_id AND c.code LIKE '2401.%%')
ORDER BY 1 LIMIT 100
