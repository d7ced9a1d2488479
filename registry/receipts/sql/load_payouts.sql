-- Payouts of the staged days with their reservations, the bank's debits and the counties' credits.
INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, msg_id, actor, n_rows, total_fen)
SELECT 'clr:' || biz_date || ':' || seq || ':' || county_code || ':nontax:1', items_sha256, 'freeze', biz_date, frozen_at, msg_id, 'history', 2, 2 * amount_fen
FROM past_payout ORDER BY biz_date, seq, county_code;
INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen, phase)
SELECT p.posting_id, p.biz_date, 2, side.seq, d.account_id, c.account_id, y.amount_fen, 'PENDING'
FROM past_payout y
JOIN money.posting p ON p.msg_id = y.msg_id AND p.kind = 'freeze'
CROSS JOIN LATERAL (VALUES (1, '1901.' || y.county_code, '1001'), (2, '2101.' || y.county_code, '3101.' || y.county_code)) AS side(seq, dr, cr)
JOIN money.account d ON d.code = side.dr JOIN money.account c ON c.code = side.cr;
INSERT INTO money.payout (msg_id, batch_id, county_code, kind, attempt, amount_fen, n_items, items_sha256, creditor_name, creditor_number, creditor_bank, creditor_cnaps, debit_pending_id, owed_pending_id, file_sha256, state, changed_at, execute_on)
SELECT y.msg_id, y.batch_id, y.county_code, 'nontax', 1, y.amount_fen, y.n_items, y.items_sha256, y.creditor_name, y.creditor_number, y.creditor_bank,
       y.creditor_cnaps, d.transfer_id, o.transfer_id, y.file_sha256, 'settled', y.frozen_at, y.biz_date
FROM past_payout y
JOIN money.posting p ON p.msg_id = y.msg_id AND p.kind = 'freeze'
JOIN money.transfer d ON d.posting_id = p.posting_id AND d.seq = 1
JOIN money.transfer o ON o.posting_id = p.posting_id AND o.seq = 2;
INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, msg_id, actor, n_rows, total_fen)
SELECT side.key || y.msg_id, y.items_sha256, side.kind, y.biz_date, y.frozen_at, y.msg_id, 'history', side.n, side.n * y.amount_fen
FROM past_payout y CROSS JOIN (VALUES ('dbt:', 'bank_debit', 1), ('crd:', 'county_credit', 2)) AS side(key, kind, n)
ORDER BY y.biz_date, y.seq, y.county_code, side.n;
INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen, phase, pending_id)
SELECT p.posting_id, p.biz_date, 1, 1, t.dr, t.cr, t.amount_fen, 'POST', t.transfer_id
FROM past_payout s JOIN money.payout y USING (msg_id)
JOIN money.posting p ON p.msg_id = y.msg_id AND p.kind = 'bank_debit'
JOIN money.transfer t ON t.transfer_id = y.debit_pending_id;
INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen)
SELECT p.posting_id, p.biz_date, 2, 1, d.account_id, c.account_id, s.amount_fen
FROM past_payout s
JOIN money.posting p ON p.msg_id = s.msg_id AND p.kind = 'county_credit'
JOIN money.account d ON d.code = '1201.' || s.county_code JOIN money.account c ON c.code = '1901.' || s.county_code;
INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen, phase, pending_id)
SELECT p.posting_id, p.biz_date, 2, 2, t.dr, t.cr, t.amount_fen, 'POST', t.transfer_id
FROM past_payout s JOIN money.payout y USING (msg_id)
JOIN money.posting p ON p.msg_id = y.msg_id AND p.kind = 'county_credit'
JOIN money.transfer t ON t.transfer_id = y.owed_pending_id;
INSERT INTO money.sandbox_bank_order (msg_id, sha256, amount_fen, creditor_number, state, received_at, execute_on, told)
SELECT msg_id, file_sha256, amount_fen, creditor_number, 'credited', frozen_at, biz_date, 'credited' FROM past_payout;
INSERT INTO money.order_event (order_no, seq, from_state, to_state, at, actor)
SELECT o.order_no, 3, 'paid', 'cleared', (o.biz_date + time '23:30') AT TIME ZONE 'Asia/Shanghai', 'history'
FROM past_order o WHERE o.amount_fen > 0;
INSERT INTO money.bill (code, number, pool_id, kind, order_no, case_no, county_code, accept_office, payer_name, payer_kind, amount_fen, check_code, issued_at, issued_on)
SELECT code, number, pool_id, 'blue', order_no, case_no, county_code, accept_office, payer_name, 'person', amount_fen, check_code, issued_at, issued_on
FROM past_bill;
INSERT INTO money.bill_line (code, number, line_id, amount_fen)
SELECT b.code, b.number, l.line_id, l.amount_fen
FROM past_bill b
JOIN money.order_line l ON l.order_no = b.order_no AND l.case_no = b.case_no AND l.county_code = b.county_code AND l.amount_fen > 0;
