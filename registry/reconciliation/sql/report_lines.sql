-- The order lines behind one figure (%(figure)s); the sums are those of the day sheet and of the month statement.
SELECT at, order_no, line_no, case_no, item, county_code, kind, parcel_code, channel, reference, amount_fen
FROM shown WHERE figure = %(figure)s AND (%(channel)s::text IS NULL OR channel = %(channel)s)
ORDER BY at, order_no, line_no LIMIT %(limit)s
