-- A polygon of one part that meets no line lies wholly in the county of its first vertex: its county, area
-- (whole mm², EPSG:4547 plane) and distance to the nearest line. No row where that cannot be said.
SELECT p.county_code, round(ST_Area(s.geom) * 1e6)::bigint AS area_mm2, n.distance_to_line_m
FROM (SELECT ST_SetSRID(%(geom)s::geometry, 4547) AS geom OFFSET 0) AS s
CROSS JOIN LATERAL (
  SELECT round((l.geom <-> s.geom)::numeric, 3)::float8 AS distance_to_line_m
  FROM spatial.county_line l WHERE l.set_id = %(set_id)s
  ORDER BY l.geom <-> s.geom LIMIT 1
) AS n
CROSS JOIN LATERAL (
  SELECT county_code FROM spatial.county_piece
  WHERE set_id = %(set_id)s AND in_city
    AND ST_Intersects(geom, ST_PointN(ST_ExteriorRing(ST_GeometryN(s.geom, 1)), 1))
  LIMIT 1
) AS p
WHERE n.distance_to_line_m > 0 AND ST_NumGeometries(s.geom) = 1
