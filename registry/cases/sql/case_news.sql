-- Events of cases that one snapshot sees and an earlier one did not (data/following), in order of transactions.
SELECT e.tx::text::bigint AS tx, e.event_id, e.at, e.case_no, e.action, e.to_status AS status
FROM registry.case_event e
WHERE e.tx >= pg_snapshot_xmin(%(since)s::pg_snapshot)
  AND NOT pg_visible_in_snapshot(e.tx, %(since)s::pg_snapshot)
  AND pg_visible_in_snapshot(e.tx, %(until)s::pg_snapshot)
  AND (e.tx, 'case'::text, e.event_id) > (%(tx)s::xid8, %(source)s::text, %(key)s)
ORDER BY e.tx, e.event_id
LIMIT %(limit)s
