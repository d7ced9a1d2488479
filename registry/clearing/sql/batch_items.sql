-- Items of a run with what their lists show; a line that a ruling moved lowers one county's list and raises another's.
SELECT i.line_id, i.county_code, i.kind, i.amount_fen, l.order_no, l.line_no, l.case_no, l.item_code, l.name,
       l.parcel_code, l.decision_id
FROM money.batch_item i JOIN money.order_line l USING (line_id)
WHERE i.batch_id = %(batch)s
UNION ALL
SELECT d.line_id, a.county_code, a.kind, a.amount_fen, d.order_no, l.line_no, l.case_no, l.item_code, '属地争议调整·' || l.name,
       l.parcel_code, r.decision_id
FROM money.batch_adjustment a JOIN money.dispute d USING (dispute_no) JOIN money.order_line l USING (line_id)
JOIN money.dispute_ruling r ON r.dispute_no = d.dispute_no AND r.accepted
WHERE a.batch_id = %(batch)s
ORDER BY 1, 2, 4
