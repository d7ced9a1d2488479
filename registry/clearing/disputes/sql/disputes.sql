-- Disputes, newest first, with what their lines are for. Who sees a dispute sees that of its line, though the line is another county's.
SELECT d.dispute_no, d.line_id, d.order_no, f.line_no, f.line_name, f.case_no, f.parcel_code, f.decision_id, d.county_code,
       d.claimed_county, d.kind, d.amount_fen, d.reason, d.basis_doc, d.raised_by, d.raised_county, d.raised_at, d.state,
       d.cleared, d.ruled_county, d.changed_at,
       coalesce((SELECT -sum(a.amount_fen) FROM money.batch_adjustment a
                 WHERE a.dispute_no = d.dispute_no AND a.amount_fen < 0), 0)::bigint AS kept_fen
FROM money.dispute d CROSS JOIN LATERAL money.disputed_facts(d.line_id) f
WHERE (%(no)s::text IS NULL OR d.dispute_no = %(no)s)
  AND (%(order)s::text IS NULL OR d.order_no = %(order)s)
  AND (%(states)s::text[] IS NULL OR d.state = ANY (%(states)s))
  AND (%(at)s::timestamptz IS NULL OR (d.raised_at, d.dispute_no) < (%(at)s, %(before)s))
ORDER BY d.raised_at DESC, d.dispute_no DESC LIMIT %(limit)s
