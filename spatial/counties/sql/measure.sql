-- What a shape shares with each county (whole mm² by piece, EPSG:4547 plane), its area, and its distance to
-- the nearest line. One row at least.
WITH shape AS MATERIALIZED (SELECT ST_SetSRID(%(geom)s::geometry, 4547) AS geom),
shared AS (
  SELECT p.county_code, p.in_city,
         sum(CASE WHEN ST_Covers(p.geom, s.geom) THEN round(ST_Area(s.geom) * 1e6)
                  ELSE round(ST_Area(ST_Intersection(s.geom, p.geom, 1e-6)) * 1e6) END)::bigint AS area_mm2
  FROM shape s
  JOIN spatial.county_piece p ON p.geom && s.geom AND ST_Intersects(p.geom, s.geom)
  WHERE p.set_id = %(set_id)s
  GROUP BY p.county_code, p.in_city
)
SELECT h.county_code, h.in_city, h.area_mm2,
       round(ST_Area(s.geom) * 1e6)::bigint AS total_mm2,
       round((SELECT ST_Distance(l.geom, s.geom) FROM spatial.county_line l WHERE l.set_id = %(set_id)s
              ORDER BY l.geom <-> s.geom LIMIT 1)::numeric, 3)::float8 AS distance_to_line_m
FROM shape s LEFT JOIN shared h ON true
