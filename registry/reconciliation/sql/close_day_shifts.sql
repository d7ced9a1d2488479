-- Close open day shifts (C4) whose pair has come, or that another difference (C1, C2, C3) now names; count them.
WITH shift AS (
  SELECT b.break_id, b.detail ->> 'channel' AS channel, b.detail ->> 'channel_txn' AS txn
  FROM money.break b WHERE b.type = 'C4' AND b.state IN ('open', 'assigned', 'explained')
), over AS (
  SELECT s.break_id, p.posting_id,
         p.posting_id IS NOT NULL AND EXISTS (
           SELECT FROM money.channel_statement_line l JOIN money.channel_statement c USING (statement_id)
           WHERE l.channel_txn = s.txn AND l.kind = 'paid' AND c.channel = s.channel) AS paired
  FROM shift s LEFT JOIN money.posting p ON p.key = 'pay:' || s.channel || ':' || s.txn
), ended AS (
  SELECT o.*, x.key AS became FROM over o JOIN shift s USING (break_id)
  LEFT JOIN LATERAL (SELECT b.key FROM money.break b
                     WHERE b.key IN ('C1:' || s.channel || ':paid:' || s.txn, 'C2:' || s.channel || ':' || s.txn) LIMIT 1) x ON true
  WHERE o.paired OR x.key IS NOT NULL
), closed AS (
  UPDATE money.break b SET state = 'confirmed' FROM ended e WHERE e.break_id = b.break_id RETURNING b.break_id
), told AS (
  INSERT INTO money.break_action (break_id, action, comment, posting_id, document, actor, at)
  SELECT e.break_id, 'close', coalesce(e.became, ''), CASE WHEN e.became IS NULL THEN e.posting_id END, e.became, 'system', %(now)s
  FROM ended e RETURNING 1
)
SELECT count(*) FROM closed
