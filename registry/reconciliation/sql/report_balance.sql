-- The collection account: what the ledger holds against each day's closing balance of the bank.
SELECT s.to_on AS day, s.statement_ref, s.closing_fen AS bank_fen, coalesce(b.dr_fen - b.cr_fen, 0) AS ledger_fen,
       s.closing_fen - coalesce(b.dr_fen - b.cr_fen, 0) AS difference_fen
FROM (SELECT * FROM money.statement WHERE account = %(collection)s AND closing_fen IS NOT NULL AND to_on <= %(to)s
      ORDER BY to_on DESC, statement_id DESC LIMIT 31) s
LEFT JOIN LATERAL (SELECT x.dr_fen, x.cr_fen FROM money.balances(s.to_on, ARRAY(SELECT account_id FROM money.account WHERE code = '1001')) x) b ON true
ORDER BY s.to_on DESC, s.statement_id DESC LIMIT %(limit)s
