-- Cases as points; row-level security leaves those that the asking person may see. No persons, no case numbers.
WITH shown AS (
  SELECT c.case_id AS id, c.county_code, c.status, c.type_code, c.overdue, c.open, c.waiting_days,
         ST_AsMVTGeom(c.geom_3857, ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int), 4096, 64, true) AS geom
  FROM map.cases c
  WHERE c.geom_3857 && ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int, margin => 0.015625)
)
SELECT ST_AsMVT(shown, 'cases', 4096, 'geom') FROM shown
