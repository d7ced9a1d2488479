-- The entries behind a closing balance of the collection account: those of one bank statement, in its order.
SELECT e.booked_on AS day, s.statement_ref, e.reference,
       coalesce(y.county_code, l.county_code) AS county_code, coalesce(r.order_no, '') AS order_no, l.parcel_code, e.amount_fen
FROM money.statement s JOIN money.statement_entry e USING (statement_id)
LEFT JOIN money.payout y ON y.msg_id = e.reference
LEFT JOIN money.refund r ON r.refund_no = e.reference
LEFT JOIN LATERAL (SELECT min(x.county_code) AS county_code, min(x.parcel_code) AS parcel_code FROM money.order_line x WHERE x.order_no = r.order_no) l ON true
WHERE s.account = %(collection)s AND s.statement_ref = %(statement)s
ORDER BY e.seq LIMIT %(limit)s
