-- Parcels of some registers in force on a day, as known now, and a label point for each whose label lies here.
WITH shown AS (
  SELECT p.parcel_id AS id, p.parcel_code, p.county_code, p.layer, p.land_use,
         p.area_m2::double precision AS area_m2,
         ST_AsMVTGeom(p.geom_3857, ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int), 4096, 64, true) AS geom,
         ST_PointOnSurface(p.geom_3857) AS place
  FROM map.parcels p
  WHERE p.geom_3857 && ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int, margin => 0.015625)
    AND p.layer = ANY (%(registers)s::text[])
    AND p.valid @> %(day)s::date AND upper_inf(p.known)
),
area AS (
  SELECT id, parcel_code, county_code, layer, land_use, area_m2, geom FROM shown
),
mark AS (
  SELECT id, right(parcel_code, 7) AS label,
         ST_AsMVTGeom(place, ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int), 4096, 0, true) AS geom
  FROM shown
  WHERE place && ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int)
)
SELECT coalesce((SELECT ST_AsMVT(area, %(part)s::text, 4096, 'geom', 'id') FROM area), '')
    || coalesce((SELECT ST_AsMVT(mark, %(part)s::text || '_label', 4096, 'geom', 'id') FROM mark), '')
