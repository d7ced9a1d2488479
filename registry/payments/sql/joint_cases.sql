-- Open cases of the payer of a case (%(case)s), other than it, with fees that no live order asks for.
SELECT c.case_no, c.address, c.status, sum(f.amount_fen - g.back_fen)::bigint AS amount_fen
FROM registry.fee_line f
JOIN registry.party p ON p.party_id = f.payer_party_id
JOIN registry.case c ON c.case_no = f.case_no
-- What reliefs gave back after it was paid is not asked for again.
CROSS JOIN LATERAL (SELECT coalesce(sum(x.amount_fen), 0) AS back_fen
                    FROM money.order_line l JOIN money.refund_line x USING (line_id)
                    JOIN money.refund r USING (refund_no)
                    WHERE l.case_no = f.case_no AND l.source = 'fee:' || f.line_no
                      AND r.cause = 'relief' AND r.state = 'done') g
WHERE p.id_hash IN (SELECT q.id_hash FROM registry.fee_line g JOIN registry.party q ON q.party_id = g.payer_party_id
                    WHERE g.case_no = %(case)s)
  AND f.case_no <> %(case)s AND f.amount_fen > g.back_fen AND f.superseded_at IS NULL AND c.county_code IS NOT NULL
  AND c.closed_at IS NULL AND c.status NOT IN ('draft', 'supplement', 'refused', 'withdrawn', 'suspended')
  AND NOT EXISTS (SELECT FROM money.order_claim k WHERE k.case_no = f.case_no AND k.source = 'fee:' || f.line_no)
GROUP BY c.case_no ORDER BY c.case_no LIMIT 50
