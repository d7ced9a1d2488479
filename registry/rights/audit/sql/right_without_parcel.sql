SELECT r.unit_code, r.parcel_code AS parcel, min(r.seq) AS seq
FROM registry.rrr_now r
WHERE r.live
  AND NOT EXISTS (
    SELECT FROM spatial.parcel_version v
    WHERE v.parcel_code = r.parcel_code AND upper_inf(v.known) AND v.valid @> %(today)s::date)
GROUP BY r.unit_code, r.parcel_code
ORDER BY r.unit_code
