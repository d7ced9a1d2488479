-- Parcels of some registers in force on a day, as known now.
WITH shown AS (
  SELECT p.parcel_id AS id, p.parcel_code, p.county_code, p.layer, p.land_use,
         p.area_m2::double precision AS area_m2,
         ST_AsMVTGeom(p.geom_3857, ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int), 4096, 64, true) AS geom
  FROM map.parcels p
  WHERE p.geom_3857 && ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int, margin => 0.015625)
    AND p.layer = ANY (%(registers)s::text[])
    AND p.valid @> %(day)s::date AND upper_inf(p.known)
)
SELECT ST_AsMVT(shown, %(part)s::text, 4096, 'geom', 'id') FROM shown
