-- Open cases that wait for somebody, most urgent first, with their number in all.
-- kind: handle (at a node of the reader's role and office), overdue (promise broken), unpaid (fee not paid yet).
SELECT c.case_no, c.type_code, c.handbook_version, c.status, c.applicant, c.address, c.due_on,
       c.registered_at IS NULL AND c.due_on < %(today)s AS late, count(*) OVER () AS total
FROM registry.case c
WHERE c.closed_at IS NULL
  AND CASE %(kind)s
        WHEN 'handle' THEN c.node_office = %(office)s AND c.node_role = ANY(%(roles)s)
        WHEN 'overdue' THEN c.registered_at IS NULL AND c.due_on < %(today)s
        WHEN 'unpaid' THEN c.accept_office = %(office)s AND c.paid_at IS NULL AND c.fee_total_fen > 0
      END
ORDER BY late DESC, c.due_on, c.case_no
LIMIT %(limit)s
