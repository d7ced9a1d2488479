-- What is counted, as points: day, county, place (EPSG:4547), value (cases: 1 each; fees: fen).
WITH point AS (
  SELECT c.accepted_on AS day, c.county_code, c.geom, 1::bigint AS value
  FROM map.case_point c
  WHERE %(metric)s::text = 'cases'
     OR (%(metric)s::text = 'open' AND c.open)
     OR (%(metric)s::text = 'overdue' AND c.overdue)
  UNION ALL
  SELECT f.paid_on, f.county_code, f.geom, f.amount_fen
  FROM map.fee_point f
  WHERE %(metric)s::text = 'fees'
),
chosen AS (
  SELECT day, county_code, geom, value
  FROM point
  WHERE day BETWEEN %(first)s::date AND %(last)s::date
    AND (%(county)s::text IS NULL OR county_code = %(county)s::text)
)
