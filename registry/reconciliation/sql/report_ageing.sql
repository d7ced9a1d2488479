-- Unsettled differences by kind and side, by their age on %(date)s in days.
SELECT b.type, b.side, b.county_code, count(*) AS n, sum(b.amount_fen)::bigint AS amount_fen,
       count(*) FILTER (WHERE age <= 0) AS age_0, count(*) FILTER (WHERE age = 1) AS age_1, count(*) FILTER (WHERE age BETWEEN 2 AND 3) AS age_3,
       count(*) FILTER (WHERE age BETWEEN 4 AND 7) AS age_7, count(*) FILTER (WHERE age > 7) AS age_more,
       count(*) FILTER (WHERE b.due_on < %(date)s) AS overdue
FROM (SELECT *, %(date)s::date - (opened_at AT TIME ZONE 'Asia/Shanghai')::date AS age FROM money.break) b
WHERE b.state IN ('open', 'assigned', 'explained')
  AND (b.county_code = ANY (%(counties)s) OR b.county_code IS NULL AND %(everything)s)
  AND (%(county)s::text IS NULL OR coalesce(b.county_code, '421200') = %(county)s)
GROUP BY b.type, b.side, b.county_code ORDER BY b.type, b.county_code LIMIT %(limit)s
