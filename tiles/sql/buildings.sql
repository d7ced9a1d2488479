-- Buildings standing on a day.
WITH shown AS (
  SELECT b.building_id AS id, b.building_code, b.parcel_code, b.name, b.floors, b.structure,
         ST_AsMVTGeom(b.geom_3857, ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int), 4096, 64, true) AS geom
  FROM map.buildings b
  WHERE b.geom_3857 && ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int, margin => 0.015625)
    AND b.valid @> %(day)s::date
)
SELECT ST_AsMVT(shown, 'buildings', 4096, 'geom', 'id') FROM shown
