-- What each county has of the days' payments, and what it would have by today's boundary; a row without county is what people
-- would decide.
SELECT county_code, kind, sum(decided_n)::bigint AS n, sum(decided_fen)::bigint AS decided_fen, sum(today_fen)::bigint AS today_fen,
       (sum(today_fen) - sum(decided_fen))::bigint AS difference_fen
FROM (SELECT county_code, kind, 1 AS decided_n, amount_fen AS decided_fen, 0 AS today_fen FROM placed
      UNION ALL SELECT county_today, kind, 0, 0, amount_fen FROM placed) x
WHERE (county_code = ANY (%(counties)s) OR county_code IS NULL AND %(everything)s)
  AND (%(county)s::text IS NULL OR county_code = %(county)s)
GROUP BY county_code, kind ORDER BY county_code NULLS LAST, kind LIMIT %(limit)s
