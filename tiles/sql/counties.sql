-- Counties of a day: areas simplified to half a pixel, and one label point each.
WITH tile AS (
  SELECT ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int) AS box,
         40075016.68 / (1 << %(z)s::int) / 512 AS pixel_m
),
area AS (
  SELECT c.county_code::bigint AS id, c.county_code, c.name_zh, c.name_en,
         ST_AsMVTGeom(ST_SimplifyPreserveTopology(c.geom_3857, pixel_m / 2), box, 4096, 64, true) AS geom
  FROM map.counties_dated c, tile
  WHERE c.valid @> %(day)s::date AND c.geom_3857 && ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int, margin => 0.015625)
),
label AS (
  SELECT c.county_code::bigint AS id, c.county_code, c.name_zh, c.name_en,
         ST_AsMVTGeom(c.label_3857, box, 4096, 0, true) AS geom
  FROM map.counties_dated c, tile
  WHERE c.valid @> %(day)s::date AND c.label_3857 && box
)
SELECT coalesce((SELECT ST_AsMVT(area, 'counties', 4096, 'geom', 'id') FROM area), '')
    || coalesce((SELECT ST_AsMVT(label, 'counties_label', 4096, 'geom', 'id') FROM label), '')
