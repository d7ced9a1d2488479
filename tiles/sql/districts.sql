-- Cadastral districts and, from zoom 12 on, sub-districts; one label point each.
WITH tile AS (
  SELECT ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int) AS box,
         40075016.68 / (1 << %(z)s::int) / 1024 AS half_pixel_m
),
found AS (
  SELECT d.district_id AS id, d.district_code, d.level, d.name, d.geom_3857, d.label_3857
  FROM map.districts d
  WHERE d.geom_3857 && ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int, margin => 0.015625)
    AND (%(z)s::int >= 12 OR d.level = 'district')
),
area AS (
  SELECT id, district_code, level,
         ST_AsMVTGeom(ST_SimplifyPreserveTopology(geom_3857, half_pixel_m), box, 4096, 64, true) AS geom
  FROM found, tile
),
label AS (
  SELECT id, district_code, level, name, ST_AsMVTGeom(label_3857, box, 4096, 0, true) AS geom
  FROM found, tile
  WHERE label_3857 && box
)
SELECT coalesce((SELECT ST_AsMVT(area, 'districts', 4096, 'geom', 'id') FROM area), '')
    || coalesce((SELECT ST_AsMVT(label, 'districts_label', 4096, 'geom', 'id') FROM label), '')
