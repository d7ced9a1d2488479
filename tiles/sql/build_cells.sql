-- Overview cells of some registers: 128 a side of a tile, zooms 7 to 12, from the parcels in force on a day.
-- A parcel counts in the cell of the middle of its box.
INSERT INTO map.parcel_cell (register, z, tile_x, tile_y, cell_x, cell_y, n, area_m2, land_use)
WITH base AS (
  SELECT p.layer AS register, p.land_use, count(*) AS n, sum(p.area_m2)::double precision AS area_m2,
         floor(((ST_XMin(p.geom_3857) + ST_XMax(p.geom_3857)) / 2 / 20037508.342789244 + 1) / 2 * 524288)::int AS gx,
         floor((1 - (ST_YMin(p.geom_3857) + ST_YMax(p.geom_3857)) / 2 / 20037508.342789244) / 2 * 524288)::int AS gy
  FROM map.parcels p
  WHERE p.layer = ANY (%(registers)s::text[]) AND p.valid @> %(day)s::date AND upper_inf(p.known)
  GROUP BY p.layer, p.land_use, gx, gy
),
by_use AS (
  SELECT register, zoom AS z, gx >> (12 - zoom) AS cx, gy >> (12 - zoom) AS cy, land_use,
         sum(n) AS n, sum(area_m2) AS area_m2
  FROM base, generate_series(7, 12) AS zoom
  GROUP BY register, zoom, cx, cy, land_use
)
SELECT register, z, cx / 128, cy / 128, cx %% 128, cy %% 128, sum(n), sum(area_m2),
       (array_agg(land_use ORDER BY area_m2 DESC, land_use))[1]
FROM by_use
GROUP BY register, z, cx, cy
