-- The points of each boundary in order.
INSERT INTO spatial.parcel_point (boundary_id, seq, point_id, point_no, marker_type, point_type, accuracy_class)
SELECT b.boundary_id, i.seq, p.point_id, i.point_no, i.marker_type, i.point_type, i.accuracy_class
FROM incoming_point i
JOIN spatial.parcel_boundary b ON b.parcel_code = i.parcel_code AND b.survey_id = %(survey_id)s
JOIN spatial.boundary_point p ON p.subdistrict_code = left(i.parcel_code, 12)
  AND p.east_mm = round(st_x(i.geom) * 1000)::bigint AND p.north_mm = round(st_y(i.geom) * 1000)::bigint
ORDER BY b.boundary_id, i.seq
