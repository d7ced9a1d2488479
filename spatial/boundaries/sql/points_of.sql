-- The points of a surveyed boundary, and which other live parcels have each of them.
SELECT pp.seq, pp.point_id, pp.point_no, p.geom, pp.marker_type, pp.point_type, pp.accuracy_class,
       ARRAY(SELECT DISTINCT b.parcel_code
             FROM spatial.parcel_point o
             JOIN spatial.parcel_boundary b USING (boundary_id)
             JOIN spatial.parcel_version v ON v.parcel_code = b.parcel_code AND v.geom_sha256 = b.geom_sha256
               AND upper_inf(v.known) AND v.valid @> %(at)s::date
             WHERE o.point_id = pp.point_id AND b.parcel_code <> %(parcel_code)s
             ORDER BY b.parcel_code) AS shared_with
FROM spatial.parcel_point pp
JOIN spatial.boundary_point p USING (point_id)
WHERE pp.boundary_id = %(boundary_id)s
ORDER BY pp.seq
