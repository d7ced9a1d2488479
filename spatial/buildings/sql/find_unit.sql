-- A unit in a building.
SELECT u.unit_code, u.parcel_code, u.county_code, 'F' AS kind, u.use_code, u.housing, u.address,
       coalesce(u.measured_area_m2, u.predicted_area_m2, 0) AS area_m2, p.layer,
       ST_PointOnSurface(b.geom) AS geom_point, u.building_code, u.floor_no::int, u.room_no
FROM spatial.building_unit u
JOIN spatial.building b USING (building_code)
JOIN spatial.parcel p ON p.parcel_code = u.parcel_code
WHERE u.unit_code = %(unit_code)s AND (%(at)s::date IS NULL OR u.valid @> %(at)s::date)
