-- Cases of the last twelve months counted in 64 x 64 squares of the tile.
WITH tile AS (
  SELECT ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int) AS box
),
point AS (
  SELECT floor((ST_X(c.geom_3857) - ST_XMin(box)) / (ST_XMax(box) - ST_XMin(box)) * 64)::int AS i,
         floor((ST_YMax(box) - ST_Y(c.geom_3857)) / (ST_YMax(box) - ST_YMin(box)) * 64)::int AS j
  FROM map.cases c, tile
  WHERE c.geom_3857 && box AND c.accepted_on > %(day)s::date - 365 AND c.accepted_on <= %(day)s::date
),
cell AS (
  SELECT count(*)::int AS n, ST_MakePoint(i * 64 + 32, j * 64 + 32) AS geom FROM point GROUP BY i, j
)
SELECT ST_AsMVT(cell, 'heat', 4096, 'geom') FROM cell
