-- Parcels no core piece covers: wholly in the county of their first vertex where no line meets them, else
-- measured against all pieces; judged by the rules of money, in their order.
WITH rest AS MATERIALIZED (
  SELECT v.version_id, v.geom, left(v.unit_code, 6) AS code_county, v.geom_sha256,
         round(ST_Area(v.geom) * 1e6)::bigint AS total_mm2
  FROM spatial.parcel_version v
  WHERE upper_inf(v.known) AND v.valid @> %(as_of)s::date
    AND NOT EXISTS (SELECT FROM (SELECT unnest(version_ids) AS version_id
                                 FROM spatial.county_core_assignment WHERE run_id = %(run_id)s) AS a
                    WHERE a.version_id = v.version_id)
),
near AS (
  SELECT r.version_id, round(min(ST_Distance(l.geom, r.geom))::numeric, 3) AS distance
  FROM spatial.county_line l
  JOIN rest r ON l.geom && ST_Expand(r.geom, %(accuracy_m)s::float8)
  WHERE l.set_id = %(set_id)s
  GROUP BY r.version_id
),
whole AS (
  SELECT DISTINCT ON (r.version_id) r.version_id, r.total_mm2, p.county_code
  FROM rest r
  LEFT JOIN near n USING (version_id)
  JOIN spatial.county_piece p
    ON ST_Intersects(p.geom, ST_PointN(ST_ExteriorRing(ST_GeometryN(r.geom, 1)), 1))
  WHERE p.set_id = %(set_id)s AND p.in_city
    AND (n.distance IS NULL OR n.distance > 0) AND ST_NumGeometries(r.geom) = 1
),
shared AS (
  SELECT version_id, total_mm2, county_code, total_mm2::numeric AS area_mm2 FROM whole
  UNION ALL
  SELECT r.version_id, r.total_mm2, p.county_code,
         sum(CASE WHEN ST_Covers(p.geom, r.geom) THEN r.total_mm2
                  ELSE round(ST_Area(ST_Intersection(r.geom, p.geom, 1e-6)) * 1e6)::bigint END)::numeric AS area_mm2
  FROM rest r
  JOIN spatial.county_piece p ON ST_Intersects(p.geom, r.geom)
  WHERE p.set_id = %(set_id)s AND p.in_city
    AND NOT EXISTS (SELECT FROM whole w WHERE w.version_id = r.version_id)
  GROUP BY r.version_id, r.total_mm2, p.county_code
),
ranked AS (
  SELECT version_id, county_code, area_mm2, total_mm2,
         div(2 * area_mm2 * 1000000 + total_mm2, 2::numeric * total_mm2)::int AS ratio_ppm,
         row_number() OVER (PARTITION BY version_id ORDER BY area_mm2 DESC, county_code) AS place
  FROM shared
),
evidence AS (
  SELECT version_id, max(ratio_ppm) FILTER (WHERE place = 1) AS main_ppm,
         max(county_code) FILTER (WHERE place = 1) AS main_county,
         array_agg(county_code) FILTER (WHERE place > 1 AND area_mm2 = first_mm2) AS equals,
         div(2 * greatest(0, max(total_mm2) - sum(area_mm2)) * 1000000 + max(total_mm2),
             2::numeric * max(total_mm2))::int AS outside_ppm,
         jsonb_agg(jsonb_build_object('county_code', county_code, 'ratio_ppm', ratio_ppm, 'area_mm2', area_mm2)
                   ORDER BY place) FILTER (WHERE area_mm2 > 10000 OR place = 1 AND area_mm2 > 0) AS county_overlaps
  FROM (SELECT *, max(area_mm2) OVER (PARTITION BY version_id) AS first_mm2 FROM ranked) AS r
  GROUP BY version_id
),
judged AS (
  SELECT r.version_id, r.geom_sha256, coalesce(e.main_ppm, 0) AS main_ppm,
         coalesce(e.outside_ppm, 1000000) AS outside_ppm, e.county_overlaps,
         CASE WHEN n.distance < %(accuracy_m)s::numeric THEN n.distance END AS distance,
         CASE WHEN r.code_county = ANY (e.equals) THEN r.code_county ELSE e.main_county END AS main_county,
         r.code_county
  FROM rest r LEFT JOIN evidence e USING (version_id) LEFT JOIN near n USING (version_id)
),
ruled AS (
  SELECT *, CASE WHEN outside_ppm > 1000 OR county_overlaps IS NULL THEN 'R4'
                 WHEN main_ppm < 980000 THEN 'R3'
                 WHEN code_county <> main_county THEN 'R2'
                 ELSE 'R1' END AS rule
  FROM judged
)
INSERT INTO spatial.county_assignment (run_id, version_id, county_code, rule, main_county, main_ppm, outside_ppm,
  distance_to_line_m, county_overlaps, geometry_sha256)
SELECT %(run_id)s, version_id, CASE WHEN rule = 'R1' THEN main_county END, rule, main_county, main_ppm, outside_ppm,
       distance, CASE WHEN main_ppm < 1000000 THEN county_overlaps END, geom_sha256
FROM ruled
