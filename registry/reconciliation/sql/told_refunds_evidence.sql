-- The line of a statement beside the notice of the same refund: one difference with both, once.
INSERT INTO money.break_action (break_id, action, comment, document, actor, at)
SELECT n.break_id, 'evidence', l.channel || ' ' || l.stated_on, 'channel_statement:' || l.statement_id || ':' || l.seq, 'system', %(now)s
FROM notice n JOIN foreign_line l USING (channel, channel_txn, amount_fen, nth)
WHERE NOT EXISTS (SELECT FROM money.break_action a WHERE a.break_id = n.break_id AND a.action = 'evidence'
                    AND a.document = 'channel_statement:' || l.statement_id || ':' || l.seq)
