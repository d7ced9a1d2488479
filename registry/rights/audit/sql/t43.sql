-- An advance notice and a pre-seizure (CFLX 3, 4) come before the right they are about.
SELECT r.unit_code, r.seq, r.kind
FROM registry.rrr_now r
WHERE r.live AND r.kind IN ('mortgage', 'seizure', 'objection', 'easement', 'residence')
  AND NOT (r.kind = 'seizure' AND coalesce(r.subtype, '') IN ('3', '4'))
  AND NOT EXISTS (
    SELECT FROM registry.rrr_now o
    WHERE o.unit_code = r.unit_code AND o.live AND o.kind IN ('use_right', 'ownership', 'homestead'))
ORDER BY r.unit_code, r.seq
