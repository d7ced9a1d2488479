-- Parcels and units whose code begins with a text.
(SELECT 'parcel' AS kind, v.parcel_code AS code, v.parcel_code AS label, v.address AS detail,
        NULL::text AS unit_code, v.parcel_code, v.county_code, ST_PointOnSurface(v.geom) AS place
 FROM spatial.parcel_version v
 WHERE v.parcel_code LIKE left(%(code)s, 19) || '%%' AND length(%(code)s) <= 19
   AND upper_inf(v.known) AND upper_inf(v.valid)
 ORDER BY v.parcel_code LIMIT %(limit)s)
UNION ALL
(SELECT 'unit', u.unit_code, u.unit_code, u.address, u.unit_code, u.parcel_code, u.county_code,
        ST_PointOnSurface(b.geom)
 FROM spatial.building_unit u
 JOIN spatial.building b ON b.building_code = u.building_code AND upper_inf(b.valid)
 WHERE upper_inf(u.valid) AND u.building_code >= left(%(code)s, 24) AND u.building_code < left(%(code)s, 24) || 'ZZ'
   AND u.unit_code LIKE %(code)s || '%%' AND length(%(code)s) >= 19
 ORDER BY u.unit_code LIMIT %(limit)s)
UNION ALL
(SELECT 'unit', v.parcel_code || substr(%(code)s, 20), v.parcel_code || substr(%(code)s, 20), v.address,
        v.parcel_code || substr(%(code)s, 20), v.parcel_code, v.county_code, ST_PointOnSurface(v.geom)
 FROM spatial.parcel_version v
 WHERE length(%(code)s) = 28 AND substr(%(code)s, 20) = 'W00000000' AND v.parcel_code = left(%(code)s, 19)
   AND upper_inf(v.known) AND upper_inf(v.valid))
