-- The order that paid each loaded case.
UPDATE registry.case c SET order_no = o.order_no
FROM money.order_claim o
WHERE o.case_no = c.case_no AND c.paid_at IS NOT NULL AND c.order_no IS NULL
