-- Steps of submissions that one snapshot sees and an earlier one did not (data/following), in order of transactions;
-- login: the sender whose submissions count, null for all.
SELECT e.tx::text::bigint AS tx, e.event_id, e.at, e.survey_id, s.project_code, e.status
FROM spatial.survey_event e
JOIN spatial.survey s USING (survey_id)
WHERE e.tx >= pg_snapshot_xmin(%(since)s::pg_snapshot)
  AND NOT pg_visible_in_snapshot(e.tx, %(since)s::pg_snapshot)
  AND pg_visible_in_snapshot(e.tx, %(until)s::pg_snapshot)
  AND (e.tx, 'survey'::text, e.event_id) > (%(tx)s::xid8, %(source)s::text, %(key)s)
  AND (%(login)s::text IS NULL OR s.submitted_by = %(login)s)
ORDER BY e.tx, e.event_id
LIMIT %(limit)s
