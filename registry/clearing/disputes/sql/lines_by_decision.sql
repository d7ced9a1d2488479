-- Order lines whose county a decision decided, newest first. Without persons: a county sees also those of another county
-- whose land lies partly in it by the evidence, or whose code is its own, since it may claim them.
SELECT l.line_id, l.order_no, l.line_no, l.name AS item, l.county_code, o.state AS order_state, l.amount_fen
FROM money.order_line l JOIN money.payment_order o USING (order_no) JOIN spatial.county_decision d USING (decision_id)
WHERE l.decision_id = %(decision)s AND (%(before)s::bigint IS NULL OR l.line_id < %(before)s)
  AND (%(county)s::text IS NULL OR l.county_code = %(county)s OR d.code_county = %(county)s
       OR d.county_overlaps @> jsonb_build_array(jsonb_build_object('county_code', %(county)s::text)))
ORDER BY l.line_id DESC LIMIT %(limit)s
