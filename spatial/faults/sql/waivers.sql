-- Findings let pass between two instants, newest first, with their office.
SELECT w.waiver_id, f.survey_id, w.finding_id, f.rule_id, f.object_id, k.county_code, k.slug AS office,
       w.reason_code, w.reason, w.until, w.decided_by, w.decided_at
FROM spatial.finding_waiver w
JOIN spatial.finding f USING (finding_id)
LEFT JOIN ref.county k ON f.object_id ~ '^[0-9]{12}' AND k.county_code = left(f.object_id, 6)
WHERE w.decided_at >= %(from)s AND w.decided_at < %(beyond)s
  AND (%(rule_id)s::text IS NULL OR f.rule_id = %(rule_id)s)
  AND (%(county_code)s::text IS NULL OR k.county_code = %(county_code)s)
  AND (%(before)s::bigint IS NULL OR w.waiver_id < %(before)s)
ORDER BY w.waiver_id DESC LIMIT %(limit)s
