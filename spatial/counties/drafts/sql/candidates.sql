-- Live parcel versions on ground that changes its county, in order.
SELECT DISTINCT v.version_id
FROM spatial.boundary_draft_zone z
JOIN spatial.parcel_version v ON v.geom && z.geom AND ST_Intersects(z.geom, v.geom)
WHERE z.draft_id = %(draft)s AND upper_inf(v.known) AND v.valid @> %(as_of)s::date
ORDER BY v.version_id
