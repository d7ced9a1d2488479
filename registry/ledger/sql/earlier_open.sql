-- The first month before one (%(month)s) that has postings and is not closed.
SELECT min(m.month)
FROM (SELECT generate_series(date_trunc('month', min(biz_date)), %(month)s::timestamp - interval '1 month', '1 month')::date
             AS month
      FROM money.posting) m
WHERE NOT EXISTS (SELECT FROM money.period p WHERE p.month = m.month AND p.state = 'closed')
  AND EXISTS (SELECT FROM money.posting p WHERE p.biz_date >= m.month AND p.biz_date < m.month + interval '1 month')
