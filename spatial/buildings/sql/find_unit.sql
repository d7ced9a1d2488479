-- A unit in a building: on a day, or as it is without end.
SELECT u.unit_code, u.parcel_code, u.county_code, 'F' AS kind, u.use_code, u.housing, u.address,
       coalesce(u.measured_area_m2, u.predicted_area_m2, 0) AS area_m2, p.layer,
       ST_PointOnSurface(b.geom) AS geom_point, u.building_code, u.floor_no::int, u.room_no
FROM spatial.building_unit u
JOIN spatial.building b ON b.building_code = u.building_code
  AND CASE WHEN %(at)s::date IS NULL THEN upper_inf(b.valid) ELSE b.valid @> %(at)s::date END
JOIN spatial.parcel p ON p.parcel_code = u.parcel_code
WHERE u.unit_code = %(unit_code)s
  AND CASE WHEN %(at)s::date IS NULL THEN upper_inf(u.valid) ELSE u.valid @> %(at)s::date END
