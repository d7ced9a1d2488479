-- What must always hold; each block yields a line of text per breach. Blocks begin with "-- check:".
-- check: I3 one channel transaction has one posting at most
SELECT e.channel || ':' || e.channel_txn FROM money.channel_event e JOIN money.posting p USING (event_id)
WHERE p.kind IN ('pay', 'suspend') GROUP BY e.channel, e.channel_txn HAVING count(*) > 1
-- check: I4c what was paid for each county's lines, as decided or ruled, is owed, paid over, disputed, refunded or owed back in its accounts
SELECT county_code || ': paid ' || coalesce(paid, 0) || ' accounted ' || coalesce(accounted, 0) FROM (
  SELECT w.county_code, sum(l.amount_fen) AS paid
  FROM money.order_line l JOIN money.line_owed w USING (line_id) JOIN money.payment_order o USING (order_no)
  WHERE o.state IN ('paid', 'cleared', 'refunding', 'refunded')
    AND EXISTS (SELECT FROM money.posting p WHERE p.order_no = o.order_no AND p.kind = 'pay') GROUP BY 1) p
FULL JOIN (
  SELECT county_code, sum(fen) AS accounted FROM (
    SELECT a.county_code, b.cr_fen - b.dr_fen AS fen FROM money.balances('infinity') b JOIN money.account a USING (account_id)
    WHERE a.code ~ '^(2101|2102|2201|2401|3101|3102)[.]'
    UNION ALL
    SELECT d.county_code, t.amount_fen FROM money.posting p JOIN money.transfer t USING (posting_id)
    JOIN money.account d ON d.account_id = t.dr WHERE p.kind = 'refund') m
  GROUP BY 1) c USING (county_code)
WHERE coalesce(paid, 0) <> coalesce(accounted, 0)
-- check: I7 the bank knows each message once and with our amount
SELECT k.msg_id FROM money.sandbox_bank_order k LEFT JOIN money.payout y USING (msg_id)
WHERE y.amount_fen IS DISTINCT FROM k.amount_fen OR k.executions > 1
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
-- check: I10 bill numbers of a pool have no gap and no duplicate, void ones have a reason
SELECT l.pool_id || ': ' || coalesce(n, 0) || ' of ' || (l.next - l.lo) FROM money.bill_pool l
LEFT JOIN (SELECT pool_id, count(*) AS n, min(number::bigint) AS first, max(number::bigint) AS last FROM money.bill GROUP BY 1) b USING (pool_id)
WHERE coalesce(n, 0) <> l.next - l.lo OR (n > 0 AND (first <> l.lo OR last <> l.next - 1))
UNION ALL
SELECT b.code || '-' || b.number FROM money.bill b
WHERE b.state = 'void' AND NOT EXISTS (SELECT 1 FROM money.bill_event e
                                       WHERE e.code = b.code AND e.number = b.number AND e.kind = 'void')
-- check: I11 live bills of each fee line are what was paid less what goes back, once their jobs are done
SELECT l.order_no || ':' || l.line_no FROM money.order_line l JOIN money.payment_order o USING (order_no)
LEFT JOIN (SELECT x.line_id, sum(x.amount_fen) AS fen
           FROM money.bill_line x JOIN money.bill b USING (code, number) WHERE b.state <> 'void' GROUP BY 1) v USING (line_id)
LEFT JOIN (SELECT x.line_id, sum(x.amount_fen) AS fen
           FROM money.refund_line x JOIN money.refund r USING (refund_no) WHERE r.state NOT IN ('requested', 'rejected') GROUP BY 1) g USING (line_id)
WHERE l.kind = 'fee' AND l.amount_fen > 0
  AND NOT EXISTS (SELECT 1 FROM registry.job j WHERE j.key = 'order_paid:' || l.order_no AND j.state <> 'done')
  AND NOT EXISTS (SELECT 1 FROM registry.job j JOIN money.refund r ON j.key = 'refund_order:' || r.refund_no
                  WHERE r.order_no = l.order_no AND j.state <> 'done')
  AND coalesce(v.fen, 0) <> CASE WHEN o.state IN ('paid', 'cleared', 'refunding', 'refunded') THEN l.amount_fen - coalesce(g.fen, 0) ELSE 0 END
-- check: I12 a red bill belongs to a refund that was approved, to a ruling or to a correction, and money went back only behind its red bills (B4, B5)
SELECT b.code || '-' || b.number FROM money.bill b LEFT JOIN money.refund r USING (refund_no)
WHERE b.kind = 'red' AND b.state <> 'void'
  AND NOT EXISTS (SELECT FROM money.dispute d WHERE d.dispute_no = b.dispute_no AND d.state = 'adjusted' AND d.order_no = b.order_no)
  AND NOT EXISTS (SELECT FROM money.bill_correction c WHERE c.correction_id = b.correction_id AND c.state = 'approved'
                  AND c.code || '-' || c.number = b.red_of)
  AND (r.state IS NULL OR r.state IN ('requested', 'rejected') OR r.order_no IS DISTINCT FROM b.order_no)
UNION ALL
SELECT r.refund_no FROM money.refund r
WHERE (r.state IN ('paying', 'failed', 'done') AND r.suspended_id IS NULL AND EXISTS (SELECT 1 FROM money.unreversed_bills(r.refund_no)))
   OR (r.suspended_id IS NULL AND (r.state = 'done') <> EXISTS (SELECT 1 FROM money.posting p WHERE p.key IN ('rfd:' || r.refund_no, 'rfd:' || r.order_no)))
   OR (r.suspended_id IS NOT NULL AND r.state = 'done' AND NOT EXISTS (SELECT 1 FROM money.posting p WHERE p.key = 'sus:' || r.suspended_id))
-- check: I13 each line's county is the one that was decided, or has a share by which it was split
SELECT l.order_no || ':' || l.line_no FROM money.order_line l JOIN spatial.county_decision d USING (decision_id)
WHERE d.county_code IS DISTINCT FROM l.county_code
  AND NOT coalesce(d.shares @> jsonb_build_array(jsonb_build_object('county_code', l.county_code)), false)
-- check: I15 tax and non-tax never meet
SELECT t.transfer_id::text FROM money.transfer t JOIN money.order_line l USING (line_id)
JOIN money.account d ON d.account_id = t.dr JOIN money.account c ON c.account_id = t.cr
WHERE (l.kind = 'fee' AND (d.code LIKE '2102.%' OR c.code LIKE '2102.%'))
   OR (l.kind = 'tax' AND (d.code LIKE '2101.%' OR c.code LIKE '2101.%'))
UNION ALL
SELECT i.line_id::text FROM money.batch_item i JOIN money.order_line l USING (line_id)
WHERE i.kind <> CASE l.kind WHEN 'fee' THEN 'nontax' ELSE 'tax' END OR i.amount_fen <> l.amount_fen
UNION ALL
SELECT a.dispute_no FROM money.batch_adjustment a JOIN money.dispute d USING (dispute_no) JOIN money.order_line l USING (line_id)
WHERE a.kind <> CASE l.kind WHEN 'fee' THEN 'nontax' ELSE 'tax' END
-- check: I13b the county of a ruling is that of a later decision by two persons, which supersedes the line's
SELECT d.dispute_no FROM money.dispute d
JOIN money.dispute_ruling r ON r.dispute_no = d.dispute_no AND r.accepted
JOIN money.order_line l USING (line_id)
LEFT JOIN spatial.county_decision n ON n.decision_id = r.decision_id
LEFT JOIN spatial.county_confirmation c ON c.decision_id = n.decision_id
WHERE d.state IN ('ruled', 'adjusted') AND d.ruled_county <> d.county_code
  AND (n.county_code IS DISTINCT FROM d.ruled_county OR c.confirmed_by IS NULL OR n.supersedes < l.decision_id OR n.supersedes IS NULL)
-- check: I16 each order's state is the last of its events
SELECT o.order_no FROM money.payment_order o
LEFT JOIN LATERAL (SELECT to_state FROM money.order_event e WHERE e.order_no = o.order_no ORDER BY seq DESC LIMIT 1) e ON true
WHERE e.to_state IS DISTINCT FROM o.state
-- check: I16c each dispute's state is the last of its events
SELECT d.dispute_no FROM money.dispute d
LEFT JOIN LATERAL (SELECT to_state FROM money.dispute_event e WHERE e.dispute_no = d.dispute_no ORDER BY seq DESC LIMIT 1) e ON true
WHERE e.to_state IS DISTINCT FROM d.state
-- check: I16b each order's amount is the sum of its lines
SELECT o.order_no FROM money.payment_order o
LEFT JOIN (SELECT order_no, sum(amount_fen) AS fen FROM money.order_line GROUP BY 1) l USING (order_no)
WHERE coalesce(l.fen, 0) <> o.amount_fen
-- check: I16d each refund is the sum of its lines, or what lies in suspense, and no line goes back for more than it is
SELECT r.refund_no FROM money.refund r
LEFT JOIN (SELECT refund_no, sum(amount_fen) AS fen FROM money.refund_line GROUP BY 1) x USING (refund_no)
LEFT JOIN money.posting p ON p.posting_id = r.suspended_id
WHERE r.amount_fen IS DISTINCT FROM CASE WHEN r.suspended_id IS NULL THEN x.fen ELSE p.total_fen END
UNION ALL
SELECT l.order_no || ':' || l.line_no FROM money.order_line l
JOIN (SELECT x.line_id, sum(x.amount_fen) AS fen
      FROM money.refund_line x JOIN money.refund r USING (refund_no) WHERE r.state <> 'rejected' GROUP BY 1) g USING (line_id)
WHERE g.fen > l.amount_fen
-- check: I18 money that lies in suspense, contradicts or was refused has a difference that somebody works on
SELECT p.key FROM money.posting p WHERE p.kind = 'suspend' AND NOT EXISTS (SELECT FROM money.break b WHERE b.event_id = p.event_id)
UNION ALL
SELECT 'event ' || e.event_id FROM money.event_result e
WHERE e.result = 'conflict' AND NOT EXISTS (SELECT FROM money.break b WHERE b.event_id = e.event_id)
UNION ALL
SELECT y.msg_id FROM money.payout y WHERE y.state = 'rejected' AND NOT EXISTS (SELECT FROM money.break b WHERE b.msg_id = y.msg_id)
UNION ALL
SELECT r.msg_id FROM money.bank_report r WHERE r.result = 'break'
  AND NOT EXISTS (SELECT FROM money.break b WHERE b.msg_id = r.msg_id OR b.detail ->> 'msg_id' = r.msg_id)
