-- Figures a county in a period; every county of the city has a row.
WITH accepted AS (
  SELECT c.county_code, count(*) AS cases,
         count(*) FILTER (WHERE c.closed_at IS NULL AND c.registered_at IS NULL) AS open,
         count(*) FILTER (WHERE c.closed_at IS NULL AND c.registered_at IS NULL AND c.due_on < %(today)s::date) AS overdue,
         count(*) FILTER (WHERE c.registered_at IS NOT NULL) AS registered,
         count(*) FILTER (WHERE c.accept_office <> c.decide_office) AS elsewhere,
         sum((c.registered_at AT TIME ZONE 'Asia/Shanghai')::date - c.accepted_on)
           FILTER (WHERE c.registered_at IS NOT NULL) AS days
  FROM registry.case c
  WHERE c.accepted_on BETWEEN %(first)s::date AND %(last)s::date AND c.status <> 'draft'
  GROUP BY c.county_code
),
paid AS (
  SELECT county_code, sum(amount_fen)::bigint AS fees_fen
  FROM map.fee_point
  WHERE paid_on BETWEEN %(first)s::date AND %(last)s::date
  GROUP BY county_code
),
credited AS (
  SELECT p.county_code, sum(p.amount_fen)::bigint AS credited_fen
  FROM money.payout p JOIN money.batch b USING (batch_id)
  WHERE p.kind = 'nontax' AND p.state IN ('confirmed', 'settled')
    AND b.biz_date BETWEEN %(first)s::date AND %(last)s::date
  GROUP BY p.county_code
)
SELECT k.county_code, coalesce(a.cases, 0) AS cases, coalesce(a.open, 0) AS open,
       coalesce(a.overdue, 0) AS overdue, coalesce(a.registered, 0) AS registered,
       coalesce(a.elsewhere, 0) AS elsewhere, coalesce(a.days, 0) AS registered_days,
       coalesce(p.fees_fen, 0) AS fees_fen, coalesce(r.credited_fen, 0) AS credited_fen
FROM map.counties k
LEFT JOIN accepted a USING (county_code)
LEFT JOIN paid p USING (county_code)
LEFT JOIN credited r USING (county_code)
WHERE %(county)s::text IS NULL OR k.county_code = %(county)s::text
ORDER BY k.county_code
