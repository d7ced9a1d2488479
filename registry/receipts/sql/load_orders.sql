-- Orders, lines, events, channel events and postings of staged payments; then the runs of their days.
INSERT INTO money.payment_order (order_no, payment_code, amount_fen, payer_name, payer_last4, accept_office, county_codes, created_by, issued_at, expires_at)
SELECT order_no, payment_code, amount_fen, payer_name, payer_last4, accept_office, county_codes, 'history', issued_at, issued_at + interval '30 days'
FROM past_order;
INSERT INTO money.order_line (order_no, line_no, kind, item_code, name, amount_fen, rule_id, reason, case_no, source, unit_code, parcel_code, county_code, decision_id, accept_office, place)
SELECT order_no, line_no, 'fee', item_code, name, amount_fen, rule_id, reason, case_no, source, unit_code, parcel_code, county_code, decision_id, accept_office,
       st_setsrid(st_makepoint(east_m, north_m), 4547)
FROM past_line;
INSERT INTO money.order_claim (case_no, source, order_no) SELECT case_no, source, order_no FROM past_line;
INSERT INTO money.order_event (order_no, seq, from_state, to_state, at, actor)
SELECT order_no, 1, 'draft', CASE WHEN amount_fen = 0 THEN 'paid' ELSE 'issued' END, issued_at, 'history' FROM past_order;
INSERT INTO money.order_event (order_no, seq, from_state, to_state, at, actor)
SELECT order_no, 2, 'issued', 'paid', paid_at, 'channel:sandbox' FROM past_order WHERE amount_fen > 0;
INSERT INTO money.channel_event (channel, channel_txn, kind, payment_code, amount_fen, occurred_at, received_at, raw, headers, sig_ok, body_sha256)
SELECT 'sandbox', 'H' || order_no, 'paid', payment_code, amount_fen, paid_at, paid_at, body, '{}', true, sha256(body)
FROM past_order WHERE amount_fen > 0 ORDER BY paid_at;
INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, order_no, event_id, actor, n_rows, total_fen)
SELECT 'pay:sandbox:' || e.channel_txn, e.body_sha256, 'pay', o.biz_date, o.paid_at, o.order_no, e.event_id, 'channel:sandbox',
       l.n, o.amount_fen
FROM past_order o
JOIN (SELECT order_no, count(*) AS n FROM past_line WHERE amount_fen > 0 GROUP BY order_no) l USING (order_no)
JOIN money.channel_event e ON e.channel = 'sandbox' AND e.channel_txn = 'H' || o.order_no
ORDER BY o.paid_at;
INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen, line_id, decision_id)
SELECT p.posting_id, p.biz_date, p.n_rows, row_number() OVER (PARTITION BY p.posting_id ORDER BY l.line_no), d.account_id, c.account_id,
       l.amount_fen, l.line_id, l.decision_id
FROM past_order o
JOIN money.posting p ON p.order_no = o.order_no AND p.kind = 'pay'
JOIN money.order_line l ON l.order_no = o.order_no AND l.amount_fen > 0
JOIN money.account d ON d.code = '1101.sandbox'
JOIN money.account c ON c.code = '2101.' || l.county_code;
INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, order_no, actor, n_rows, total_fen)
SELECT 'arr:' || substr(p.key, 5), p.body_sha256, 'arrive', p.biz_date, p.event_at, p.order_no, p.actor, 1, p.total_fen
FROM past_order o JOIN money.posting p ON p.order_no = o.order_no AND p.kind = 'pay' ORDER BY p.posting_id;
INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen)
SELECT p.posting_id, p.biz_date, 1, 1, d.account_id, c.account_id, p.total_fen
FROM past_order o
JOIN money.posting p ON p.order_no = o.order_no AND p.kind = 'arrive'
JOIN money.account d ON d.code = '1001' JOIN money.account c ON c.code = '1101.sandbox';
INSERT INTO money.batch (biz_date, seq, frozen_at, created_by)
SELECT o.biz_date, coalesce((SELECT max(seq) FROM money.batch b WHERE b.biz_date = o.biz_date), 0) + 1,
       (o.biz_date + time '23:30') AT TIME ZONE 'Asia/Shanghai', 'history'
FROM past_order o WHERE o.amount_fen > 0 GROUP BY o.biz_date ORDER BY o.biz_date;
INSERT INTO money.batch_item (line_id, batch_id, county_code, kind, amount_fen)
SELECT l.line_id, b.batch_id, l.county_code, 'nontax', l.amount_fen
FROM past_order o
JOIN money.order_line l ON l.order_no = o.order_no AND l.amount_fen > 0
JOIN LATERAL (SELECT batch_id FROM money.batch b WHERE b.biz_date = o.biz_date ORDER BY seq DESC LIMIT 1) b ON true;
