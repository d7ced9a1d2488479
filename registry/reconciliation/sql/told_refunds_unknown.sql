-- Differences (C1): refunds that nobody told us of but the statement.
SELECT 'C1:' || l.channel || ':refunded:' || l.channel_txn || coalesce(':' || l.refund_id, '') AS key, l.stated_on AS biz_date, NULL AS county_code,
       o.order_no, NULL::bigint AS event_id, NULL AS msg_id, l.amount_fen,
       jsonb_build_object('channel', l.channel, 'channel_txn', l.channel_txn, 'kind', 'refunded', 'payment_code', l.payment_code)
         || jsonb_strip_nulls(jsonb_build_object('refund_id', l.refund_id)) AS detail
FROM foreign_line l LEFT JOIN money.payment_order o ON o.payment_code = l.payment_code
WHERE l.stated_on BETWEEN %(first)s AND %(last)s
  AND NOT EXISTS (SELECT FROM notice n WHERE (n.channel, n.channel_txn, n.amount_fen, n.nth) = (l.channel, l.channel_txn, l.amount_fen, l.nth))
