-- Sums in squares of the plane grid a month.
SELECT date_trunc('month', day)::date AS month,
       floor(ST_X(geom) / %(cell_m)s::float8)::int AS i,
       floor(ST_Y(geom) / %(cell_m)s::float8)::int AS j,
       count(*) AS n, sum(value)::bigint AS value
FROM chosen
GROUP BY month, i, j
ORDER BY month, i, j
