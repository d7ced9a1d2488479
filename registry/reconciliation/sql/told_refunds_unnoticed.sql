-- Refunds of the statement %(statement_id)s, by place, of which no notice came before.
SELECT l.seq FROM foreign_line l
WHERE l.statement_id = %(statement_id)s
  AND NOT EXISTS (SELECT FROM notice n WHERE (n.channel, n.channel_txn, n.amount_fen, n.nth) = (l.channel, l.channel_txn, l.amount_fen, l.nth))
