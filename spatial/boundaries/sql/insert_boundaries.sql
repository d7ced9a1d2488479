-- One survey of the boundary of each parcel, with the shape that the register has of it now.
INSERT INTO spatial.parcel_boundary (parcel_code, geom_sha256, survey_id, known_at)
SELECT v.parcel_code, v.geom_sha256, %(survey_id)s, %(now)s
FROM spatial.parcel_version v
WHERE v.parcel_code IN (SELECT parcel_code FROM incoming_point) AND upper_inf(v.known)
  AND v.valid @> %(day)s::date
ORDER BY v.parcel_code
