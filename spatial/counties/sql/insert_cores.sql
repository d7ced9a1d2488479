-- Ground farther than accuracy_m from every county line; simplified inwards: 4 m more are eroded than needed.
INSERT INTO spatial.county_core (set_id, county_code, geom)
SELECT b.set_id, b.county_code, d.geom
FROM spatial.county_boundary b
JOIN spatial.boundary_set s USING (set_id)
CROSS JOIN ST_Subdivide(ST_Simplify(ST_Buffer(b.geom, -(s.accuracy_m::float8 + 5)), 4), 64) AS p (geom)
CROSS JOIN ST_Dump(ST_CollectionExtract(p.geom, 3)) AS d
WHERE b.set_id = %(set_id)s AND b.in_city
  AND NOT ST_DWithin(d.geom, ST_Boundary(b.geom), s.accuracy_m::float8)
