-- Names of towns as points.
WITH label AS (
  SELECT t.township_code::bigint AS id, t.township_code, t.name,
         ST_AsMVTGeom(t.geom_3857, ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int), 4096, 0, true) AS geom
  FROM map.townships t
  WHERE t.geom_3857 && ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int)
)
SELECT ST_AsMVT(label, 'townships_label', 4096, 'geom', 'id') FROM label
