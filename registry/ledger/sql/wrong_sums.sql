-- Sums kept of unsealed days that differ from those of the last seal and the transfers since.
SELECT d.biz_date, a.code
FROM (SELECT DISTINCT biz_date FROM money.balance_over) d
CROSS JOIN money.account a
LEFT JOIN LATERAL money.balances(d.biz_date) x ON x.account_id = a.account_id
LEFT JOIN money.balance_over o ON o.biz_date = d.biz_date AND o.account_id = a.account_id
WHERE (coalesce(o.dr_fen, 0), coalesce(o.cr_fen, 0), coalesce(o.pend_dr_fen, 0), coalesce(o.pend_cr_fen, 0))
      <> (coalesce(x.dr_fen, 0), coalesce(x.cr_fen, 0), coalesce(x.pend_dr_fen, 0), coalesce(x.pend_cr_fen, 0))
ORDER BY 1, 2
