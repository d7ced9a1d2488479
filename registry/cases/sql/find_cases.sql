-- One-box search: cases by number, certificates by number or its beginning.
SELECT 'case' AS kind, c.case_no AS code, c.case_no, u.unit_code, c.address AS title, c.status, c.county_code
FROM registry.case c JOIN registry.case_unit u ON u.case_no = c.case_no AND u.seq = 1
WHERE c.case_no LIKE %(case)s || '%%'
UNION ALL
SELECT 'certificate', t.certificate_no, t.case_no, t.unit_code, c.address, c.status, t.county_code
FROM registry.certificate t JOIN registry.case c USING (case_no)
WHERE %(certificate)s <> '' AND t.certificate_no LIKE %(certificate)s || '%%'
ORDER BY 1, 2
LIMIT %(limit)s
