-- A line of an order with what a dispute about it depends on.
SELECT l.line_id, l.county_code, CASE l.kind WHEN 'fee' THEN 'nontax' ELSE 'tax' END AS kind, l.amount_fen,
       o.state AS order_state, l.decision_id,
       (SELECT max(p.event_at) FROM money.posting p WHERE p.order_no = l.order_no AND p.kind = 'pay') AS paid_at,
       (SELECT b.frozen_at FROM money.batch_item i JOIN money.batch b USING (batch_id) WHERE i.line_id = l.line_id) AS frozen_at,
       (SELECT count(*) FROM money.dispute d WHERE d.line_id = l.line_id)::integer AS disputes
FROM money.order_line l JOIN money.payment_order o USING (order_no)
WHERE l.order_no = %(order)s AND l.line_no = %(line)s
