-- Post the arrival of every payment of a channel's day for which a statement shows exactly the sum that waited.
WITH entry AS (
  SELECT e.reference, min(e.amount_fen) AS amount_fen
  FROM money.statement_entry e JOIN money.statement s USING (statement_id)
  WHERE s.statement_id = %(statement)s AND s.account = %(collection)s AND e.amount_fen > 0 AND e.reference LIKE 'SETTLE:%%'
  GROUP BY e.reference HAVING count(*) = 1
), waiting AS (
  SELECT 'SETTLE:' || c.channel || ':' || p.biz_date AS reference, p.posting_id, p.key, c.channel, p.order_no, p.total_fen
  FROM money.posting p JOIN money.channel_event c USING (event_id)
  WHERE p.kind IN ('pay', 'suspend') AND 'SETTLE:' || c.channel || ':' || p.biz_date IN (SELECT reference FROM entry)
    AND NOT EXISTS (SELECT FROM money.posting a WHERE a.key = 'arr:' || substr(p.key, 5))
), agreed AS (
  SELECT e.reference FROM entry e JOIN waiting w USING (reference)
  GROUP BY e.reference, e.amount_fen HAVING sum(w.total_fen) = e.amount_fen
)
SELECT count(money.arrive('arr:' || substr(w.key, 5), sha256(convert_to(w.key, 'UTF8')), w.channel, w.order_no, w.total_fen,
                          %(day)s, %(now)s, 'statement'))
FROM waiting w JOIN agreed USING (reference)
