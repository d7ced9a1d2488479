-- Sums a month, months without anything included.
SELECT month::date AS month, coalesce(sum(c.value), 0)::bigint AS value
FROM generate_series(date_trunc('month', %(first)s::date), %(last)s::date, interval '1 month') AS month
LEFT JOIN chosen c ON date_trunc('month', c.day) = month
GROUP BY month
ORDER BY month
