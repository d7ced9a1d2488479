-- The bills of a segment of numbers, of all days or of those from %(date)s to %(to)s, oldest number first.
SELECT b.issued_on AS day, b.number AS bill_number, b.code, b.kind AS bill_kind, b.state AS bill_state, b.order_no, b.case_no, b.county_code,
       (SELECT min(l.parcel_code) FROM money.order_line l WHERE l.order_no = b.order_no AND l.case_no = b.case_no) AS parcel_code, b.amount_fen
FROM money.bill b JOIN money.bill_pool p USING (pool_id)
WHERE p.county_code = ANY (%(counties)s) AND (%(county)s::text IS NULL OR p.county_code = %(county)s)
  AND (%(pool)s::text IS NULL OR p.code || '-' || p.lo = %(pool)s)
  AND (%(whole)s OR b.issued_on BETWEEN %(date)s AND %(to)s)
ORDER BY b.number LIMIT %(limit)s
