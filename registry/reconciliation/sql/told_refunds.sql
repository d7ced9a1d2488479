-- Refunds that statements of the days %(first)s to %(last)s tell and that are none of ours, the nth of their amount; and
-- the notices of such refunds, the nth likewise, each with its difference. A refund is numbered once on whatever day it is told.
WITH payment AS MATERIALIZED (
  SELECT DISTINCT s.channel, l.channel_txn
  FROM money.channel_statement s JOIN money.channel_statement_line l USING (statement_id)
  WHERE s.stated_on BETWEEN %(first)s AND %(last)s AND l.kind = 'refunded'
), paired AS MATERIALIZED (
  SELECT y.channel, y.channel_txn, x.refund_id, x.amount_fen
  FROM payment y CROSS JOIN LATERAL money.pair_refunds(y.channel, y.channel_txn) x
), foreign_line AS MATERIALIZED (
  SELECT s.statement_id, s.stated_on, l.seq, s.channel, l.channel_txn, l.payment_code, l.amount_fen, l.refund_id,
         dense_rank() OVER (PARTITION BY s.channel, l.channel_txn, l.amount_fen ORDER BY coalesce(l.refund_id, '')) AS nth
  FROM payment y JOIN money.channel_statement s USING (channel) JOIN money.channel_statement_line l USING (statement_id, channel_txn)
  LEFT JOIN money.posting p ON p.key = 'pay:' || s.channel || ':' || l.channel_txn
  WHERE l.kind = 'refunded'
    AND NOT EXISTS (SELECT FROM money.posting r WHERE r.key = 'sus:' || p.posting_id
                      OR r.order_no = p.order_no AND r.kind IN ('refund', 'refund_promise') AND l.refund_id IS NULL)
    AND NOT EXISTS (SELECT FROM paired x WHERE (x.channel, x.channel_txn, x.refund_id, x.amount_fen)
                      = (s.channel, l.channel_txn, l.refund_id, l.amount_fen))
), notice AS MATERIALIZED (
  SELECT b.break_id, e.channel, e.channel_txn, e.amount_fen,
         row_number() OVER (PARTITION BY e.channel, e.channel_txn, e.amount_fen ORDER BY b.break_id) AS nth
  FROM payment y JOIN money.channel_event e USING (channel, channel_txn)
  JOIN money.break b ON b.key = 'REFUND_MISMATCH:' || e.event_id
)
