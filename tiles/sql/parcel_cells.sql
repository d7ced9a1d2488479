-- Overview: one square a cell (128 a side of the tile), with count, area and prevailing land use.
WITH cell AS (
  SELECT c.n, c.area_m2, c.land_use,
         ST_MakeEnvelope(c.cell_x * 32, c.cell_y * 32, c.cell_x * 32 + 32, c.cell_y * 32 + 32) AS geom
  FROM map.parcel_cell c
  WHERE c.register = ANY (%(registers)s::text[])
    AND c.z = %(z)s::int AND c.tile_x = %(x)s::int AND c.tile_y = %(y)s::int
)
SELECT ST_AsMVT(cell, %(part)s::text || '_cells', 4096, 'geom') FROM cell
