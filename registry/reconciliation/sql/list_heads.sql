-- Days with a head of the register or a seal of the ledger, newest first.
SELECT coalesce(h.head_on, s.biz_date) AS day,
       h.n_rows AS register_rows, h.sha256 AS register_sha256, h.prev_sha256 AS register_prev,
       h.signature AS register_signature, h.algorithm AS register_algorithm,
       s.n_rows AS ledger_rows, s.sha256 AS ledger_sha256, s.prev_sha256 AS ledger_prev,
       s.signature AS ledger_signature, s.algorithm AS ledger_algorithm
FROM registry.head h
FULL JOIN money.day_seal s ON s.biz_date = h.head_on
WHERE %(before)s::date IS NULL OR coalesce(h.head_on, s.biz_date) < %(before)s
ORDER BY day DESC
LIMIT %(limit)s
