-- Differences between the four books (C channel, L ledger, B bills, K bank) over the days %(first)s to %(last)s,
-- as of %(now)s. Each block yields key, biz_date, county_code, order_no, event_id, msg_id, amount_fen, detail.
-- A key is a difference for ever: one that is known is not opened again. Blocks begin with "-- break:".
-- break: C1 the channel has a payment that the ledger lacks
SELECT 'C1:' || s.channel || ':paid:' || l.channel_txn AS key, s.stated_on AS biz_date, NULL AS county_code,
       o.order_no, NULL::bigint AS event_id, NULL AS msg_id, l.amount_fen,
       jsonb_build_object('channel', s.channel, 'channel_txn', l.channel_txn, 'kind', 'paid', 'payment_code', l.payment_code) AS detail
FROM money.channel_statement s JOIN money.channel_statement_line l USING (statement_id)
LEFT JOIN money.payment_order o ON o.payment_code = l.payment_code
LEFT JOIN money.posting p ON p.key = 'pay:' || s.channel || ':' || l.channel_txn
WHERE s.stated_on BETWEEN %(first)s AND %(last)s
  AND l.kind = 'paid' AND p.posting_id IS NULL AND NOT money.waits_for_next_day(s.stated_on, l.occurred_at, %(now)s)
-- break: C2 the ledger has what the channel lacks
-- NOT IN over a materialized list is a hash, also right after a load, when nothing is known of the new lines.
WITH stated AS MATERIALIZED (
  SELECT x.channel || ':' || l.channel_txn AS txn
  FROM money.channel_statement x JOIN money.channel_statement_line l USING (statement_id) WHERE l.kind = 'paid'
    AND x.stated_on BETWEEN %(first)s::date - 1 AND %(last)s::date + 1
)
SELECT 'C2:' || e.channel || ':' || e.channel_txn AS key, s.stated_on AS biz_date, NULL AS county_code,
       p.order_no, e.event_id, NULL AS msg_id, p.total_fen AS amount_fen,
       jsonb_build_object('channel', e.channel, 'channel_txn', e.channel_txn) AS detail
FROM money.channel_statement s
JOIN money.channel_event e ON e.channel = s.channel AND (e.occurred_at AT TIME ZONE 'Asia/Shanghai')::date = s.stated_on
JOIN money.posting p USING (event_id)
WHERE s.stated_on BETWEEN %(first)s AND %(last)s AND p.kind IN ('pay', 'suspend')
  AND e.occurred_at >= %(first)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
  AND e.occurred_at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
  AND e.channel || ':' || e.channel_txn NOT IN (SELECT txn FROM stated)
  AND (NOT money.near_end_of_day(s.stated_on, e.occurred_at)
       OR EXISTS (SELECT FROM money.channel_statement n WHERE n.channel = s.channel AND n.stated_on = s.stated_on + 1))
-- break: C2 the ledger has a refund that the channel lacks, or has with another amount
WITH given AS MATERIALIZED (
  SELECT x.channel || ':' || l.channel_txn || ':' || l.amount_fen AS txn
  FROM money.channel_statement x JOIN money.channel_statement_line l USING (statement_id) WHERE l.kind = 'refunded'
    AND l.refund_id IS NULL AND x.stated_on BETWEEN %(first)s::date - 1 AND %(last)s::date + 1
)
SELECT 'C2:' || r.channel || ':' || r.refund_no AS key, s.stated_on AS biz_date, NULL AS county_code,
       r.order_no, NULL::bigint AS event_id, NULL AS msg_id, r.amount_fen,
       jsonb_build_object('channel', r.channel, 'channel_txn', r.channel_txn, 'refund_no', r.refund_no) AS detail
FROM money.channel_statement s
JOIN money.refund r ON r.channel = s.channel AND (r.done_at AT TIME ZONE 'Asia/Shanghai')::date = s.stated_on
WHERE s.stated_on BETWEEN %(first)s AND %(last)s AND r.state = 'done'
  AND r.channel || ':' || r.channel_txn || ':' || r.amount_fen NOT IN (SELECT txn FROM given)
  AND NOT EXISTS (SELECT FROM money.pair_refunds(r.channel, r.channel_txn) x WHERE x.refund_no = r.refund_no)
  AND (NOT money.near_end_of_day(s.stated_on, r.done_at)
       OR EXISTS (SELECT FROM money.channel_statement n WHERE n.channel = s.channel AND n.stated_on = s.stated_on + 1))
-- break: C3 channel and ledger have different amounts of a payment
SELECT 'C3:' || s.channel || ':' || l.channel_txn AS key, s.stated_on AS biz_date, NULL AS county_code,
       p.order_no, p.event_id, NULL AS msg_id, abs(l.amount_fen - p.total_fen) AS amount_fen,
       jsonb_build_object('channel', s.channel, 'channel_txn', l.channel_txn, 'channel_fen', l.amount_fen, 'ledger_fen', p.total_fen) AS detail
FROM money.channel_statement s JOIN money.channel_statement_line l USING (statement_id)
JOIN money.posting p ON p.key = 'pay:' || s.channel || ':' || l.channel_txn
WHERE s.stated_on BETWEEN %(first)s AND %(last)s AND l.kind = 'paid' AND l.amount_fen <> p.total_fen
-- break: C4 one of channel and ledger has a payment of the last minutes of a day, the other may have it the next day
WITH stated AS MATERIALIZED (
  SELECT x.channel || ':' || l.channel_txn AS txn
  FROM money.channel_statement x JOIN money.channel_statement_line l USING (statement_id) WHERE l.kind = 'paid'
    AND x.stated_on BETWEEN %(first)s::date - 1 AND %(last)s::date + 1
)
SELECT 'C4:' || e.channel || ':' || e.channel_txn AS key, s.stated_on AS biz_date, NULL AS county_code,
       p.order_no, e.event_id, NULL AS msg_id, p.total_fen AS amount_fen,
       jsonb_build_object('channel', e.channel, 'channel_txn', e.channel_txn) AS detail
FROM money.channel_statement s
JOIN money.channel_event e ON e.channel = s.channel AND (e.occurred_at AT TIME ZONE 'Asia/Shanghai')::date = s.stated_on
 AND money.near_end_of_day(s.stated_on, e.occurred_at)
JOIN money.posting p USING (event_id)
WHERE s.stated_on BETWEEN %(first)s AND %(last)s AND p.kind IN ('pay', 'suspend')
  AND e.channel || ':' || e.channel_txn NOT IN (SELECT txn FROM stated)
  AND NOT EXISTS (SELECT FROM money.channel_statement n WHERE n.channel = s.channel AND n.stated_on = s.stated_on + 1)
UNION ALL
SELECT 'C4:' || s.channel || ':' || l.channel_txn, s.stated_on, NULL, o.order_no, NULL, NULL, l.amount_fen,
       jsonb_build_object('channel', s.channel, 'channel_txn', l.channel_txn, 'payment_code', l.payment_code)
FROM money.channel_statement s JOIN money.channel_statement_line l USING (statement_id)
LEFT JOIN money.payment_order o ON o.payment_code = l.payment_code
WHERE s.stated_on BETWEEN %(first)s AND %(last)s AND l.kind = 'paid'
  AND money.waits_for_next_day(s.stated_on, l.occurred_at, %(now)s)
  AND NOT EXISTS (SELECT FROM money.posting p WHERE p.key = 'pay:' || s.channel || ':' || l.channel_txn)
-- break: C5 the channel deducted its fee from the money
SELECT 'C5:' || channel || ':' || paid_on AS key, paid_on::date AS biz_date, NULL AS county_code, NULL AS order_no, NULL::bigint AS event_id,
       NULL AS msg_id, fee_fen AS amount_fen,
       jsonb_build_object('channel', channel, 'settled_fen', amount_fen, 'ledger_fen', ledger_fen, 'statement_id', statement_id, 'seq', seq) AS detail
FROM money.settlements(%(first)s, %(last)s) WHERE verdict = 'C5'
-- break: C3 a channel settled another amount than was paid through it
SELECT 'C3:SETTLE:' || channel || ':' || paid_on AS key, paid_on::date AS biz_date, NULL AS county_code, NULL AS order_no,
       NULL::bigint AS event_id, NULL AS msg_id, abs(amount_fen - ledger_fen) AS amount_fen,
       jsonb_build_object('channel', channel, 'settled_fen', amount_fen, 'ledger_fen', ledger_fen, 'statement_id', statement_id, 'seq', seq) AS detail
FROM money.settlements(%(first)s, %(last)s) WHERE verdict = 'C3'
-- break: K1 a channel's money is not in the collection account a working day later
-- Materialized, so that the working day is reckoned once a day and not once a payment.
WITH waits AS MATERIALIZED (
  SELECT e.channel, p.biz_date, sum(p.total_fen)::bigint AS fen, count(*) AS n
  FROM money.posting p JOIN money.channel_event e USING (event_id)
  LEFT JOIN money.posting a ON a.key = 'arr:' || substr(p.key, 5)
  WHERE p.biz_date BETWEEN %(first)s AND %(last)s AND p.kind IN ('pay', 'suspend') AND a.posting_id IS NULL
  GROUP BY e.channel, p.biz_date
)
SELECT 'K1:' || w.channel || ':' || w.biz_date AS key, w.biz_date, NULL AS county_code, NULL AS order_no, NULL::bigint AS event_id,
       NULL AS msg_id, w.fen AS amount_fen, jsonb_build_object('channel', w.channel, 'payments', w.n) AS detail
FROM waits w
WHERE (SELECT max(s.to_on) FROM money.statement s WHERE s.account = %(collection)s) >= money.workday_after(w.biz_date, 1)
  AND NOT EXISTS (SELECT FROM money.statement_entry n JOIN money.statement s USING (statement_id)
                  WHERE n.reference = 'SETTLE:' || w.channel || ':' || w.biz_date AND s.account = %(collection)s)
-- break: K2 money arrived that no payment of the channel's day explains
SELECT 'K2:' || statement_id || ':' || seq AS key, booked_on AS biz_date, NULL AS county_code, NULL AS order_no, NULL::bigint AS event_id,
       NULL AS msg_id, amount_fen, jsonb_build_object('reference', reference, 'statement_id', statement_id, 'seq', seq) AS detail
FROM money.settlements(%(first)s, %(last)s) WHERE verdict = 'K2'
-- break: K3 a payout we hold for debited is not on the statement of its day
SELECT 'K3:' || y.msg_id AS key, p.biz_date, y.county_code, NULL AS order_no, NULL::bigint AS event_id, y.msg_id, y.amount_fen,
       '{}'::jsonb AS detail
FROM money.payout y JOIN money.posting p ON p.msg_id = y.msg_id AND p.kind = 'bank_debit'
WHERE p.biz_date BETWEEN %(first)s AND %(last)s
  AND EXISTS (SELECT FROM money.statement s WHERE s.account = %(collection)s AND p.biz_date BETWEEN s.from_on AND s.to_on)
  AND NOT EXISTS (SELECT FROM money.statement_entry e JOIN money.statement s USING (statement_id)
                  WHERE s.account = %(collection)s AND e.reference = y.msg_id AND e.amount_fen < 0)
-- break: K4 a payout is booked twice
SELECT 'K4:' || e.statement_id || ':' || e.seq AS key, e.booked_on AS biz_date, y.county_code, NULL AS order_no, NULL::bigint AS event_id,
       y.msg_id, abs(e.amount_fen) AS amount_fen, jsonb_build_object('account', e.account, 'statement_id', e.statement_id, 'seq', e.seq) AS detail
FROM money.payout_entries(%(first)s, %(last)s) e JOIN money.payout y USING (msg_id) WHERE e.nth > 1
-- break: K5 a county's account does not show a payout
SELECT 'K5:' || y.msg_id AS key, p.biz_date, y.county_code, NULL AS order_no, NULL::bigint AS event_id, y.msg_id, y.amount_fen,
       jsonb_build_object('account', y.creditor_number) AS detail
FROM money.payout y JOIN money.posting p ON p.msg_id = y.msg_id AND p.kind = 'bank_debit'
LEFT JOIN money.posting c ON c.msg_id = y.msg_id AND c.kind = 'county_credit'
WHERE p.biz_date BETWEEN %(first)s AND %(last)s
  AND EXISTS (SELECT FROM money.statement s WHERE s.account = y.creditor_number
              AND (c.biz_date BETWEEN s.from_on AND s.to_on OR s.to_on >= money.workday_after(p.biz_date, 1)))
  AND NOT EXISTS (SELECT FROM money.statement_entry e JOIN money.statement s USING (statement_id)
                  WHERE s.account = y.creditor_number AND e.reference = y.msg_id AND e.amount_fen > 0)
-- break: K6 a payout is booked with another amount or to another account
SELECT 'K6:' || e.statement_id || ':' || e.seq AS key, e.booked_on AS biz_date, y.county_code, NULL AS order_no, NULL::bigint AS event_id,
       y.msg_id, abs(abs(e.amount_fen) - y.amount_fen) AS amount_fen,
       jsonb_build_object('account', e.account, 'booked_fen', e.amount_fen, 'payout_fen', y.amount_fen, 'statement_id', e.statement_id, 'seq', e.seq) AS detail
FROM money.payout_entries(%(first)s, %(last)s) e JOIN money.payout y USING (msg_id)
WHERE e.nth = 1 AND CASE e.account WHEN %(collection)s THEN e.amount_fen <> -y.amount_fen
                    WHEN y.creditor_number THEN e.amount_fen <> y.amount_fen ELSE true END
-- break: K7 an entry that nothing of ours explains
SELECT 'K7:' || e.statement_id || ':' || e.seq AS key, e.booked_on AS biz_date,
       (SELECT min(a.county_code) FROM ref.county_account a WHERE a.number = s.account) AS county_code,
       NULL AS order_no, NULL::bigint AS event_id, NULL AS msg_id, abs(e.amount_fen) AS amount_fen,
       jsonb_build_object('account', s.account, 'reference', e.reference, 'booked_fen', e.amount_fen, 'statement_id', e.statement_id, 'seq', e.seq) AS detail
FROM money.statement_entry e JOIN money.statement s USING (statement_id)
LEFT JOIN money.payout y ON y.msg_id = e.reference
LEFT JOIN money.refund r ON r.refund_no = e.reference AND s.account = %(collection)s AND e.amount_fen = -r.amount_fen
WHERE s.to_on >= %(first)s AND e.booked_on BETWEEN %(first)s AND %(last)s AND y.msg_id IS NULL AND r.refund_no IS NULL
  AND NOT (s.account = %(collection)s AND e.amount_fen > 0 AND e.reference ~ '^SETTLE:[a-z][a-z0-9_]*:\d{4}-\d{2}-\d{2}$')
-- break: K8 a statement does not add up, or does not follow the one before it
SELECT 'K8:' || s.statement_id AS key, s.to_on AS biz_date, s.county_code, NULL AS order_no, NULL::bigint AS event_id, NULL AS msg_id,
       greatest(abs(s.sum_gap), abs(s.chain_gap)) AS amount_fen,
       jsonb_build_object('account', s.account, 'statement_ref', s.statement_ref, 'sum_gap_fen', s.sum_gap, 'chain_gap_fen', s.chain_gap, 'missing', s.missing) AS detail
FROM money.statement_chain() s
WHERE s.to_on BETWEEN %(first)s AND %(last)s AND (s.sum_gap <> 0 OR s.chain_gap <> 0 OR s.missing <> 0)
-- break: B1 paid, and after five minutes no signed bill in force for what does not go back (a red bill of no cause is B4)
SELECT 'B1:' || l.order_no || ':' || l.case_no || ':' || l.county_code AS key, p.biz_date, l.county_code, l.order_no, p.event_id, NULL AS msg_id,
       sum(l.amount_fen - back.fen)::bigint AS amount_fen, jsonb_build_object('case_no', l.case_no) AS detail
FROM money.posting p JOIN money.payment_order o USING (order_no) JOIN money.order_line l USING (order_no)
CROSS JOIN LATERAL (SELECT coalesce(sum(x.amount_fen), 0) AS fen FROM money.refund_line x JOIN money.refund r USING (refund_no)
                    WHERE x.line_id = l.line_id AND r.state NOT IN ('requested', 'rejected')) back
WHERE p.biz_date BETWEEN %(first)s AND %(last)s AND p.kind = 'pay' AND p.event_at < %(now)s::timestamptz - interval '5 minutes'
  AND o.state IN ('paid', 'cleared') AND l.kind = 'fee' AND l.amount_fen > back.fen
  AND NOT EXISTS (SELECT FROM money.bill_line x JOIN money.bill b USING (code, number)
                  WHERE x.line_id = l.line_id AND b.kind = 'blue' AND b.state = 'signed'
                    AND NOT EXISTS (SELECT FROM money.bill r WHERE r.red_of = b.code || '-' || b.number AND r.state <> 'void'
                                    AND num_nonnulls(r.refund_no, r.dispute_no, r.correction_id) > 0 AND r.issued_at < %(now)s::timestamptz - interval '5 minutes'))
GROUP BY l.order_no, l.case_no, l.county_code, p.biz_date, p.event_id
-- break: B2 a bill without a payment
SELECT 'B2:' || b.code || '-' || b.number AS key, b.issued_on AS biz_date, b.county_code, b.order_no, NULL::bigint AS event_id, NULL AS msg_id,
       b.amount_fen, jsonb_build_object('bill', b.code || '-' || b.number) AS detail
FROM money.bill b
WHERE b.issued_on BETWEEN %(first)s AND %(last)s AND b.kind = 'blue' AND b.state <> 'void'
  AND NOT EXISTS (SELECT FROM money.posting p WHERE p.order_no = b.order_no AND p.kind = 'pay')
-- break: B3 a bill of another amount or county than the ledger
SELECT 'B3:' || b.code || '-' || b.number AS key, b.issued_on AS biz_date, b.county_code, b.order_no, NULL::bigint AS event_id, NULL AS msg_id,
       abs(b.amount_fen - coalesce(sum(t.amount_fen), 0))::bigint AS amount_fen,
       jsonb_build_object('bill', b.code || '-' || b.number, 'ledger_fen', sum(t.amount_fen), 'counties', array_agg(DISTINCT a.county_code)) AS detail
FROM money.bill b JOIN money.bill_line x USING (code, number)
JOIN money.posting p ON p.order_no = b.order_no AND p.kind = 'pay'
LEFT JOIN money.transfer t ON t.posting_id = p.posting_id AND t.line_id = x.line_id
LEFT JOIN money.account a ON a.account_id = t.cr
WHERE b.issued_on BETWEEN %(first)s AND %(last)s AND b.kind = 'blue' AND b.state <> 'void'
  AND NOT EXISTS (SELECT FROM money.refund r WHERE r.order_no = b.order_no)
  -- Of an order with a ruling the bills of a line are compared by invariant I11 and the county by I13b.
  AND NOT EXISTS (SELECT FROM money.dispute d WHERE d.order_no = b.order_no AND d.state = 'adjusted')
GROUP BY b.code, b.number
HAVING b.amount_fen <> coalesce(sum(t.amount_fen), 0) OR b.amount_fen <> sum(x.amount_fen) OR bool_or(a.county_code <> b.county_code)
-- break: B4 a red bill without a refund, a ruling or a correction
SELECT 'B4:' || b.code || '-' || b.number AS key, b.issued_on AS biz_date, b.county_code, b.order_no, NULL::bigint AS event_id, NULL AS msg_id,
       abs(b.amount_fen) AS amount_fen, jsonb_build_object('bill', b.code || '-' || b.number, 'red_of', b.red_of) AS detail
FROM money.bill b
WHERE b.issued_on BETWEEN %(first)s AND %(last)s AND b.kind = 'red' AND b.state <> 'void'
  AND NOT EXISTS (SELECT FROM money.refund r WHERE r.refund_no = b.refund_no AND r.order_no = b.order_no)
  AND NOT EXISTS (SELECT FROM money.dispute d WHERE d.dispute_no = b.dispute_no AND d.order_no = b.order_no)
  AND NOT EXISTS (SELECT FROM money.bill_correction c WHERE c.correction_id = b.correction_id AND c.code || '-' || c.number = b.red_of)
-- break: B5 a refund was paid and the bill is not reversed
SELECT 'B5:' || r.refund_no AS key, (r.done_at AT TIME ZONE 'Asia/Shanghai')::date AS biz_date, min(b.county_code) AS county_code, r.order_no,
       NULL::bigint AS event_id, NULL AS msg_id, r.amount_fen, jsonb_build_object('refund_no', r.refund_no) AS detail
FROM money.refund r CROSS JOIN LATERAL money.unreversed_bills(r.refund_no) u JOIN money.bill b USING (code, number)
WHERE r.state = 'done' AND r.suspended_id IS NULL AND (r.done_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN %(first)s AND %(last)s
GROUP BY r.refund_no
-- break: B6 a number of a pool has no bill
SELECT 'B6:' || l.code || '-' || lpad(n::text, 10, '0') AS key, %(last)s::date AS biz_date, l.county_code, NULL AS order_no, NULL::bigint AS event_id,
       NULL AS msg_id, 0::bigint AS amount_fen, jsonb_build_object('bill', l.code || '-' || lpad(n::text, 10, '0')) AS detail
FROM money.bill_pool l CROSS JOIN LATERAL generate_series(l.lo, l.next - 1) n
LEFT JOIN money.bill b ON b.code = l.code AND b.number = lpad(n::text, 10, '0')
WHERE b.number IS NULL
-- break: S1 money lies in suspense for more than three working days
SELECT 'S1:' || p.posting_id AS key, p.biz_date, NULL AS county_code, p.order_no, p.event_id, NULL AS msg_id, p.total_fen AS amount_fen,
       jsonb_build_object('posting_id', p.posting_id) AS detail
FROM money.posting p
WHERE p.kind = 'suspend' AND p.biz_date <= %(last)s
  AND money.workday_after(p.biz_date, 3) < (%(now)s::timestamptz AT TIME ZONE 'Asia/Shanghai')::date
  AND NOT EXISTS (SELECT FROM money.posting r WHERE r.key = 'sus:' || p.posting_id OR r.reverses = p.posting_id)
