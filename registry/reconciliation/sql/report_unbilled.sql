-- Paid fee lines, less what went or goes back, that no signed bill in force covers, oldest first (red list).
SELECT p.event_at AS at, l.order_no, l.case_no, l.county_code, l.parcel_code,
       coalesce((SELECT string_agg(DISTINCT b.state || CASE b.held_reason WHEN '' THEN '' ELSE ': ' || b.held_reason END, '; ')
                 FROM money.bill b WHERE b.order_no = l.order_no AND b.case_no = l.case_no AND b.county_code = l.county_code), '') AS bill_state,
       sum(l.amount_fen - back.fen)::bigint AS amount_fen
FROM money.payment_order o JOIN money.order_line l USING (order_no)
CROSS JOIN LATERAL (SELECT coalesce(sum(x.amount_fen), 0) AS fen FROM money.refund_line x JOIN money.refund r USING (refund_no)
                    WHERE x.line_id = l.line_id AND r.state NOT IN ('requested', 'rejected')) back
JOIN money.posting p ON p.order_no = o.order_no AND p.kind = 'pay'
WHERE o.state IN ('paid', 'cleared') AND l.kind = 'fee' AND l.amount_fen > back.fen AND l.county_code = ANY (%(counties)s)
  AND (%(county)s::text IS NULL OR l.county_code = %(county)s)
  AND NOT EXISTS (SELECT FROM money.bill_line x JOIN money.bill b USING (code, number)
                  WHERE x.line_id = l.line_id AND b.kind = 'blue' AND b.state = 'signed'
                    AND NOT EXISTS (SELECT FROM money.bill r WHERE r.red_of = b.code || '-' || b.number AND r.state <> 'void'))
GROUP BY p.event_at, l.order_no, l.case_no, l.county_code, l.parcel_code
ORDER BY p.event_at LIMIT %(limit)s
