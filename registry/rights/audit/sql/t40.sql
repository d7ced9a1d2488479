SELECT unit_code, count(*) AS count, array_agg(seq ORDER BY seq) AS seqs
FROM registry.rrr_now
WHERE live AND kind IN ('use_right', 'ownership', 'homestead')
GROUP BY unit_code
HAVING count(*) > 1
ORDER BY unit_code
