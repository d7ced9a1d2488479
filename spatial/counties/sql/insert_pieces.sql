-- Counties in pieces of at most 64 vertices.
INSERT INTO spatial.county_piece (set_id, county_code, in_city, geom)
SELECT b.set_id, b.county_code, b.in_city, d.geom
FROM spatial.county_boundary b
CROSS JOIN ST_Subdivide(b.geom, 64) AS s (geom)
CROSS JOIN ST_Dump(ST_CollectionExtract(s.geom, 3)) AS d
WHERE b.set_id = %(set_id)s AND NOT ST_IsEmpty(d.geom)
