-- Ratings given in a period.
SELECT avg(r.level)::float8, count(*)
FROM registry.rating r
WHERE (r.rated_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN %(first)s::date AND %(last)s::date
  AND (%(county)s::text IS NULL OR r.county_code = %(county)s::text)
