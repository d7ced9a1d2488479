-- Of the live parcels %(versions)s on ground that changes its county those whose county would differ: at least 98 %% of it in one county and at
-- most 0.1 %% outside the city, now and by the draft. The code of a parcel is no part of it: it follows the boundary.
-- Rows carry the parcel's facts along, so that nothing is joined back: of the counts in between the planner knows nothing.
WITH touched AS MATERIALIZED (
  SELECT v.version_id, v.parcel_code, v.geom, ST_Area(v.geom) AS area_m2,
         sum(CASE WHEN ST_Covers(z.geom, v.geom) THEN ST_Area(v.geom) ELSE ST_Area(ST_Intersection(v.geom, z.geom)) END) AS moved_m2
  FROM spatial.boundary_draft_zone z
  JOIN spatial.parcel_version v ON v.geom && z.geom AND ST_Intersects(z.geom, v.geom)
  WHERE z.draft_id = %(draft)s AND v.version_id = ANY (%(versions)s)
  GROUP BY v.version_id
), part AS (
  SELECT t.version_id, t.parcel_code, t.area_m2, t.moved_m2, 'now' AS which, p.county_code,
         CASE WHEN ST_Covers(p.geom, t.geom) THEN t.area_m2 ELSE ST_Area(ST_Intersection(t.geom, p.geom)) END AS m2
  FROM touched t JOIN spatial.county_piece p ON p.geom && t.geom AND ST_Intersects(p.geom, t.geom)
  WHERE p.set_id = %(set_id)s AND p.in_city
  UNION ALL
  SELECT t.version_id, t.parcel_code, t.area_m2, t.moved_m2, 'then', q.county_code,
         CASE WHEN ST_Covers(q.geom, t.geom) THEN t.area_m2 ELSE ST_Area(ST_Intersection(t.geom, q.geom)) END
  FROM touched t JOIN spatial.boundary_draft_piece q ON q.geom && t.geom AND ST_Intersects(q.geom, t.geom)
  WHERE q.draft_id = %(draft)s
), share AS (
  SELECT version_id, parcel_code, area_m2, moved_m2, which, county_code, sum(m2) AS m2,
         sum(sum(m2)) OVER (PARTITION BY version_id, which) AS inside_m2
  FROM part GROUP BY 1, 2, 3, 4, 5, 6
), county AS (
  SELECT version_id, parcel_code, area_m2, moved_m2,
         max(county_code) FILTER (WHERE which = 'now' AND m2 >= %(whole)s * area_m2 AND inside_m2 >= %(inside)s * area_m2) AS from_county,
         max(county_code) FILTER (WHERE which = 'then' AND m2 >= %(whole)s * area_m2 AND inside_m2 >= %(inside)s * area_m2) AS to_county
  FROM share GROUP BY 1, 2, 3, 4
)
INSERT INTO spatial.boundary_draft_parcel (draft_id, version_id, parcel_code, from_county, to_county, area_m2, moved_m2)
SELECT %(draft)s, version_id, parcel_code, from_county, to_county, area_m2, moved_m2
FROM county WHERE from_county IS DISTINCT FROM to_county
