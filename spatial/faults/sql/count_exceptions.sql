-- Waivers and register faults between two days (Asia/Shanghai), by rule and county.
WITH waived AS (
  SELECT f.rule_id, CASE WHEN f.object_id ~ '^[0-9]{12}' THEN left(f.object_id, 6) END AS county_code, w.until
  FROM spatial.finding_waiver w JOIN spatial.finding f USING (finding_id)
  WHERE w.decided_at >= %(from)s AND w.decided_at < %(beyond)s
),
counted AS (
  SELECT rule_id, county_code, count(*) AS waivers, count(*) FILTER (WHERE until < %(today)s) AS waivers_ended,
         0 AS faults_open, 0 AS faults_confirmed, 0 AS faults_rejected, 0 AS faults_mended
  FROM waived GROUP BY 1, 2
  UNION ALL
  SELECT rule_id, county_code, 0, 0, count(*) FILTER (WHERE state = 'open'),
         count(*) FILTER (WHERE state = 'confirmed'), count(*) FILTER (WHERE state = 'rejected'),
         count(*) FILTER (WHERE state = 'mended')
  FROM spatial.register_fault
  WHERE reported_at >= %(from)s AND reported_at < %(beyond)s
  GROUP BY 1, 2
)
SELECT c.rule_id, k.county_code, k.slug AS office,
       sum(waivers)::int AS waivers, sum(waivers_ended)::int AS waivers_ended,
       sum(faults_open)::int AS faults_open, sum(faults_confirmed)::int AS faults_confirmed,
       sum(faults_rejected)::int AS faults_rejected, sum(faults_mended)::int AS faults_mended
FROM counted c LEFT JOIN ref.county k USING (county_code)
GROUP BY 1, 2, 3
ORDER BY 1 NULLS LAST, 2 NULLS LAST
