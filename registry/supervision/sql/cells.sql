-- Sums in squares of the plane grid; i counts east, j north.
SELECT floor(ST_X(geom) / %(cell_m)s::float8)::int AS i,
       floor(ST_Y(geom) / %(cell_m)s::float8)::int AS j,
       count(*) AS n, sum(value)::bigint AS value
FROM chosen
GROUP BY i, j
ORDER BY i, j
