-- What must hold before money leaves; each block yields a line of text per breach. Blocks begin with "-- check:".
-- %(after)s is a sealed day: what lies up to it was looked at before it was sealed and cannot have changed since without
-- breaking the seal; null looks at everything.
-- check: I1 postings are complete: transfers as many and as much as declared
SELECT p.key FROM money.posting p
LEFT JOIN (SELECT posting_id, count(*) AS n, sum(amount_fen) AS fen FROM money.transfer
           WHERE biz_date > coalesce(%(after)s::date, '-infinity') GROUP BY 1) t USING (posting_id)
WHERE p.biz_date > coalesce(%(after)s::date, '-infinity')
  AND (t.n IS DISTINCT FROM p.n_rows OR t.fen IS DISTINCT FROM p.total_fen)
-- check: I1b debits equal credits over all accounts
SELECT 'difference ' || (sum(dr_fen) - sum(cr_fen)) FROM money.balances('infinity') HAVING sum(dr_fen) <> sum(cr_fen)
-- check: I4 all that was received is owed, paid over, refunded, owed to payers, in suspense or disputed
SELECT 'received ' || received || ' accounted ' || accounted FROM (
  SELECT (SELECT coalesce(sum(p.total_fen), 0) FROM money.posting p
          WHERE p.kind IN ('pay', 'suspend') AND p.biz_date > coalesce(%(after)s::date, '-infinity'))
         - (SELECT coalesce(sum(p.total_fen), 0) FROM money.posting r JOIN money.posting p ON p.posting_id = r.reverses
            WHERE p.kind IN ('pay', 'suspend') AND r.biz_date > coalesce(%(after)s::date, '-infinity'))
         -- Late money that pays a revived order was received once, and is posted as paid a second time.
         - (SELECT coalesce(sum(p.total_fen), 0) FROM money.posting p
            WHERE p.kind = 'suspense_apply' AND p.biz_date > coalesce(%(after)s::date, '-infinity')) AS received,
         (SELECT coalesce(sum(b.cr_fen - b.dr_fen), 0) FROM money.balances('infinity') b JOIN money.account a USING (account_id)
          WHERE a.code ~ '^(2101|2102|2201|2301|2302|2401|3101|3102)')
         - (SELECT coalesce(sum(b.cr_fen - b.dr_fen), 0) FROM money.balance_day b JOIN money.account a USING (account_id)
            WHERE b.biz_date = %(after)s AND a.code ~ '^(2101|2102|2201|2301|2302|2401|3101|3102)')
         + (SELECT coalesce(sum(p.total_fen), 0) FROM money.posting p
            WHERE p.kind IN ('refund', 'suspense_refund') AND p.biz_date > coalesce(%(after)s::date, '-infinity'))
         AS accounted) s
WHERE received <> accounted
-- check: I5 guarded accounts are not negative
SELECT a.code FROM money.balances('infinity') b JOIN money.account a USING (account_id)
WHERE a.guard AND CASE a.class WHEN 'A' THEN b.dr_fen - b.cr_fen - b.pend_cr_fen ELSE b.cr_fen - b.dr_fen - b.pend_dr_fen END < 0
-- check: I6 payouts are the sum of their items
SELECT coalesce(y.msg_id, i.batch_id || ':' || i.county_code || ':' || i.kind)
FROM (SELECT batch_id, county_code, kind, sum(amount_fen) AS fen, count(*) AS n
      FROM (SELECT batch_id, county_code, kind, amount_fen FROM money.batch_item
            UNION ALL SELECT batch_id, county_code, kind, amount_fen FROM money.batch_adjustment) x
      JOIN money.batch USING (batch_id)
      WHERE biz_date > coalesce(%(after)s::date, '-infinity') GROUP BY 1, 2, 3) i
FULL JOIN (SELECT DISTINCT ON (batch_id, county_code, kind) y.* FROM money.payout y JOIN money.batch USING (batch_id)
           WHERE biz_date > coalesce(%(after)s::date, '-infinity')
           ORDER BY batch_id, county_code, kind, attempt DESC) y
  USING (batch_id, county_code, kind)
WHERE y.amount_fen IS DISTINCT FROM i.fen OR y.n_items IS DISTINCT FROM i.n
-- check: I6b each line is paid out as it was ordered, one that was ruled on before to the county of the ruling
SELECT i.line_id::text FROM money.batch_item i JOIN money.batch b USING (batch_id) JOIN money.order_line l USING (line_id)
LEFT JOIN money.dispute d ON d.line_id = i.line_id AND d.state = 'adjusted' AND NOT d.cleared
WHERE b.biz_date > coalesce(%(after)s::date, '-infinity')
  AND (i.amount_fen, i.county_code, i.kind)
      <> (l.amount_fen, coalesce(d.ruled_county, l.county_code), CASE l.kind WHEN 'fee' THEN 'nontax' ELSE 'tax' END)
-- check: I4d what lies in dispute is what disputes hold and runs have kept
SELECT code || ': ' || held || ' for ' || wanted FROM (
  SELECT a.code, coalesce(b.cr_fen - b.dr_fen, 0) AS held,
         (SELECT coalesce(sum(d.amount_fen), 0) FROM money.dispute d
          WHERE d.county_code = a.county_code AND NOT d.cleared AND d.state IN ('held', 'ruled'))
         - (SELECT coalesce(sum(j.amount_fen), 0) FROM money.batch_adjustment j JOIN money.dispute d USING (dispute_no)
            WHERE d.county_code = a.county_code AND d.state = 'ruled') AS wanted
  FROM money.account a LEFT JOIN money.balances('infinity') b USING (account_id) WHERE a.code LIKE '2401.%%') s
WHERE held <> wanted
