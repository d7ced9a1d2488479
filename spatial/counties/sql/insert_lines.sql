-- Lines that bound the counties of the city, each once, in parts of at most 32 vertices.
INSERT INTO spatial.county_line (set_id, geom)
SELECT %(set_id)s, d.geom
FROM (SELECT ST_LineMerge(ST_UnaryUnion(ST_Collect(ST_Boundary(geom)))) AS geom
      FROM spatial.county_boundary WHERE set_id = %(set_id)s AND in_city) AS l
CROSS JOIN ST_Subdivide(l.geom, 32) AS s (geom)
CROSS JOIN ST_Dump(s.geom) AS d
WHERE ST_Dimension(d.geom) = 1
