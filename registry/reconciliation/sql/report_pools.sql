-- Stock of bill numbers; the fewest first.
SELECT l.county_code, l.code, l.lo AS first_number, l.hi AS last_number, l.next - l.lo AS used, l.hi - l.next + 1 AS left_over,
       (SELECT count(*) FROM money.bill b WHERE b.pool_id = l.pool_id AND b.issued_on > %(date)s::date - 30 AND b.issued_on <= %(date)s) AS used_in_30_days
FROM money.bill_pool l
WHERE l.county_code = ANY (%(counties)s) AND (%(county)s::text IS NULL OR l.county_code = %(county)s)
ORDER BY l.hi - l.next, l.code, l.lo LIMIT %(limit)s
