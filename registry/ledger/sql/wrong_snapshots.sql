-- Snapshots of sealed days that differ from the sums of the transfers up to that day.
WITH bucket AS (
  SELECT d.biz_date, (SELECT min(s.biz_date) FROM money.day_seal s WHERE s.biz_date >= d.biz_date) AS sealed_on
  FROM (SELECT DISTINCT biz_date FROM money.transfer) d
), side AS (
  SELECT t.dr AS account_id, b.sealed_on,
         sum(t.amount_fen) FILTER (WHERE t.phase IN ('FINAL', 'POST')) AS dr, 0::numeric AS cr,
         coalesce(sum(t.amount_fen) FILTER (WHERE t.phase = 'PENDING'), 0) - coalesce(sum(p.amount_fen), 0) AS pend_dr,
         0::numeric AS pend_cr
  FROM money.transfer t JOIN bucket b USING (biz_date) LEFT JOIN money.transfer p ON p.transfer_id = t.pending_id
  WHERE b.sealed_on IS NOT NULL GROUP BY 1, 2
  UNION ALL
  SELECT t.cr, b.sealed_on, 0, sum(t.amount_fen) FILTER (WHERE t.phase IN ('FINAL', 'POST')), 0,
         coalesce(sum(t.amount_fen) FILTER (WHERE t.phase = 'PENDING'), 0) - coalesce(sum(p.amount_fen), 0)
  FROM money.transfer t JOIN bucket b USING (biz_date) LEFT JOIN money.transfer p ON p.transfer_id = t.pending_id
  WHERE b.sealed_on IS NOT NULL GROUP BY 1, 2
), grid AS (
  SELECT a.account_id, s.biz_date, sum(x.dr) AS dr, sum(x.cr) AS cr, sum(x.pend_dr) AS pend_dr, sum(x.pend_cr) AS pend_cr
  FROM money.day_seal s CROSS JOIN money.account a LEFT JOIN side x ON x.account_id = a.account_id AND x.sealed_on = s.biz_date
  GROUP BY 1, 2
), running AS (
  SELECT account_id, biz_date, coalesce(sum(dr) OVER w, 0) AS dr, coalesce(sum(cr) OVER w, 0) AS cr,
         coalesce(sum(pend_dr) OVER w, 0) AS pend_dr, coalesce(sum(pend_cr) OVER w, 0) AS pend_cr
  FROM grid WINDOW w AS (PARTITION BY account_id ORDER BY biz_date)
)
SELECT r.biz_date, a.code
FROM running r JOIN money.account a USING (account_id)
LEFT JOIN money.balance_day b USING (account_id, biz_date)
WHERE (coalesce(b.dr_fen, 0), coalesce(b.cr_fen, 0), coalesce(b.pend_dr_fen, 0), coalesce(b.pend_cr_fen, 0))
      <> (r.dr, r.cr, r.pend_dr, r.pend_cr)
ORDER BY 1, 2
