-- Items of a run with what their lists show.
SELECT i.line_id, i.county_code, i.kind, i.amount_fen, l.order_no, l.line_no, l.case_no, l.item_code, l.name,
       l.parcel_code, l.decision_id
FROM money.batch_item i JOIN money.order_line l USING (line_id)
WHERE i.batch_id = %s ORDER BY i.line_id
