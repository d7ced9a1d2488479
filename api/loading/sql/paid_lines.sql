-- Fee lines of paid cases without an order, by case and line.
SELECT c.case_no, p.name, p.id_number, c.accept_office, c.accepted_at, c.paid_at,
       l.line_no, l.item_code, l.name, l.amount_fen, l.rule_id, l.reason, l.unit_code, l.parcel_code,
       l.county_code, u.decision_id, st_x(u.place), st_y(u.place)
FROM registry.case c
JOIN registry.fee_line l USING (case_no)
JOIN registry.party p ON p.party_id = l.payer_party_id
JOIN registry.case_unit u ON u.case_no = l.case_no AND u.unit_code = l.unit_code
WHERE c.paid_at IS NOT NULL AND c.order_no IS NULL AND l.superseded_at IS NULL
  AND (c.paid_at AT TIME ZONE 'Asia/Shanghai')::date >= %(first)s
  AND (c.paid_at AT TIME ZONE 'Asia/Shanghai')::date < %(beyond)s
ORDER BY c.paid_at, c.case_no, l.line_no
