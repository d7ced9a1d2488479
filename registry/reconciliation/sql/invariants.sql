-- What must always hold; each block yields a line of text per breach. Blocks begin with "-- check:".
-- check: I1 postings are complete: transfers as many and as much as declared
SELECT p.key FROM money.posting p
LEFT JOIN (SELECT posting_id, count(*) AS n, sum(amount_fen) AS fen FROM money.transfer GROUP BY 1) t USING (posting_id)
WHERE t.n IS DISTINCT FROM p.n_rows OR t.fen IS DISTINCT FROM p.total_fen
-- check: I1b debits equal credits over all accounts
SELECT 'difference ' || (sum(dr_fen) - sum(cr_fen)) FROM money.balances('infinity') HAVING sum(dr_fen) <> sum(cr_fen)
-- check: I3 one channel transaction has one posting at most
SELECT e.channel || ':' || e.channel_txn FROM money.channel_event e JOIN money.posting p USING (event_id)
WHERE p.kind IN ('pay', 'suspend') GROUP BY e.channel, e.channel_txn HAVING count(*) > 1
-- check: I4 all that was received is owed, paid over, refunded, owed to payers, in suspense or disputed
SELECT 'received ' || received || ' accounted ' || accounted FROM (
  SELECT (SELECT coalesce(sum(total_fen), 0) FROM money.posting WHERE kind IN ('pay', 'suspend'))
         - (SELECT coalesce(sum(total_fen), 0) FROM money.posting WHERE kind = 'suspense_apply') AS received,
         (SELECT coalesce(sum(b.cr_fen - b.dr_fen), 0) FROM money.balances('infinity') b JOIN money.account a USING (account_id)
          WHERE a.code ~ '^(2101|2102|2201|2301|2302|2401|3101|3102)')
         + (SELECT coalesce(sum(total_fen), 0) FROM money.posting WHERE kind IN ('refund', 'suspense_refund')) AS accounted) s
WHERE received <> accounted
-- check: I5 guarded accounts are not negative
SELECT a.code FROM money.balances('infinity') b JOIN money.account a USING (account_id)
WHERE a.guard AND CASE a.class WHEN 'A' THEN b.dr_fen - b.cr_fen - b.pend_cr_fen ELSE b.cr_fen - b.dr_fen - b.pend_dr_fen END < 0
-- check: I6 payouts are the sum of their items
SELECT coalesce(y.msg_id, i.batch_id || ':' || i.county_code || ':' || i.kind)
FROM (SELECT batch_id, county_code, kind, sum(amount_fen) AS fen, count(*) AS n FROM money.batch_item GROUP BY 1, 2, 3) i
FULL JOIN (SELECT DISTINCT ON (batch_id, county_code, kind) * FROM money.payout ORDER BY batch_id, county_code, kind, attempt DESC) y
  USING (batch_id, county_code, kind)
WHERE y.amount_fen IS DISTINCT FROM i.fen OR y.n_items IS DISTINCT FROM i.n
-- check: I7 the bank knows each message once and with our amount
SELECT k.msg_id FROM money.sandbox_bank_order k LEFT JOIN money.payout y USING (msg_id)
WHERE y.amount_fen IS DISTINCT FROM k.amount_fen
-- check: I8 county credits equal settled payouts
SELECT y.msg_id FROM money.payout y
LEFT JOIN money.posting p ON p.msg_id = y.msg_id AND p.kind = 'county_credit'
WHERE (y.state = 'settled') <> (p.posting_id IS NOT NULL)
-- check: I9 reservations of ended payouts are resolved, those of others are not
SELECT y.msg_id FROM money.payout y
LEFT JOIN money.transfer d ON d.pending_id = y.debit_pending_id
LEFT JOIN money.transfer o ON o.pending_id = y.owed_pending_id
WHERE (d.phase IS DISTINCT FROM CASE WHEN y.state IN ('confirmed', 'settled') THEN 'POST' WHEN y.state = 'rejected' THEN 'VOID' END)
   OR (o.phase IS DISTINCT FROM CASE WHEN y.state = 'settled' THEN 'POST' WHEN y.state = 'rejected' THEN 'VOID' END)
-- check: I10 bill numbers of a pool have no gap and no duplicate
SELECT l.pool_id || ': ' || coalesce(n, 0) || ' of ' || (l.next - l.lo) FROM money.bill_pool l
LEFT JOIN (SELECT pool_id, count(*) AS n, min(number::bigint) AS first, max(number::bigint) AS last FROM money.bill GROUP BY 1) b USING (pool_id)
WHERE coalesce(n, 0) <> l.next - l.lo OR (n > 0 AND (first <> l.lo OR last <> l.next - 1))
-- check: I11 a live blue bill for each paid fee line, once its job is done
SELECT l.order_no || ':' || l.line_no FROM money.order_line l JOIN money.payment_order o USING (order_no)
LEFT JOIN (SELECT x.line_id, count(*) FILTER (WHERE b.kind = 'blue') - count(*) FILTER (WHERE b.kind = 'red') AS live
           FROM money.bill_line x JOIN money.bill b USING (code, number) GROUP BY 1) v USING (line_id)
WHERE l.kind = 'fee' AND l.amount_fen > 0
  AND NOT EXISTS (SELECT 1 FROM registry.job j WHERE j.key = 'order_paid:' || l.order_no AND j.state <> 'done')
  AND NOT EXISTS (SELECT 1 FROM registry.job j WHERE j.key = 'refund_order:' || l.order_no AND j.state <> 'done')
  AND coalesce(v.live, 0) <> CASE WHEN o.state IN ('paid', 'cleared') THEN 1 ELSE 0 END
-- check: I12 a red bill belongs to a refund
SELECT b.code || '-' || b.number FROM money.bill b JOIN money.payment_order o USING (order_no)
WHERE b.kind = 'red' AND o.state NOT IN ('refunding', 'refunded')
-- check: I13 each line's county is the one that was decided
SELECT l.order_no || ':' || l.line_no FROM money.order_line l JOIN spatial.county_decision d USING (decision_id)
WHERE d.county_code IS DISTINCT FROM l.county_code
-- check: I15 tax and non-tax never meet
SELECT t.transfer_id::text FROM money.transfer t JOIN money.order_line l USING (line_id)
JOIN money.account d ON d.account_id = t.dr JOIN money.account c ON c.account_id = t.cr
WHERE (l.kind = 'fee' AND (d.code LIKE '2102.%' OR c.code LIKE '2102.%'))
   OR (l.kind = 'tax' AND (d.code LIKE '2101.%' OR c.code LIKE '2101.%'))
UNION ALL
SELECT i.line_id::text FROM money.batch_item i JOIN money.order_line l USING (line_id)
WHERE i.kind <> CASE l.kind WHEN 'fee' THEN 'nontax' ELSE 'tax' END OR i.county_code <> l.county_code OR i.amount_fen <> l.amount_fen
-- check: I16 each order's state is the last of its events
SELECT o.order_no FROM money.payment_order o
LEFT JOIN LATERAL (SELECT to_state FROM money.order_event e WHERE e.order_no = o.order_no ORDER BY seq DESC LIMIT 1) e ON true
WHERE e.to_state IS DISTINCT FROM o.state
-- check: I16b each order's amount is the sum of its lines
SELECT o.order_no FROM money.payment_order o
LEFT JOIN (SELECT order_no, sum(amount_fen) AS fen FROM money.order_line GROUP BY 1) l USING (order_no)
WHERE coalesce(l.fen, 0) <> o.amount_fen
