-- Joint ownership (1) has no shares; 3 is by agreement.
SELECT r.unit_code, r.seq, array_agg(h.share_num ORDER BY h.seq) AS nums, array_agg(h.share_den ORDER BY h.seq) AS dens
FROM registry.rrr_now r JOIN registry.rrr_holder h USING (rrr_id)
WHERE r.live AND r.kind IN ('use_right', 'ownership', 'homestead') AND r.sharing IN ('0', '2') AND h.role = 'holder'
GROUP BY r.rrr_id, r.unit_code, r.seq
HAVING count(*) > 1 OR min(h.share_num) <> max(h.share_den)
ORDER BY r.unit_code, r.seq
