-- What lies on a parcel: for each other layer of parcels and for buildings, whether data is there at all
-- (in the parcel's cadastral district), as of when, and what meets the parcel.
WITH parcel AS (
  SELECT ST_SetSRID(%(geom)s::geometry, 4547) AS geom, left(%(code)s, 9) AS district
),
theme AS (SELECT layer AS theme FROM spatial.parcel_layer WHERE layer <> %(layer)s),
met AS (
  SELECT v.layer AS theme, v.parcel_code AS code,
         round(ST_Area(ST_Intersection(v.geom, p.geom))::numeric, 2) AS area_m2
  FROM parcel p
  JOIN spatial.parcel_version v ON v.geom && p.geom AND ST_Relate(v.geom, p.geom, 'T********')
  WHERE upper_inf(v.known) AND v.valid @> %(at)s::date AND v.layer <> %(layer)s
  UNION ALL
  SELECT 'buildings', b.building_code, round(ST_Area(ST_Intersection(b.geom, p.geom))::numeric, 2)
  FROM parcel p
  JOIN spatial.building b ON b.geom && p.geom AND ST_Relate(b.geom, p.geom, 'T********')
  WHERE b.valid @> %(at)s::date
),
known AS (
  SELECT t.theme, (
    SELECT max(lower(v.known)) FROM spatial.parcel_version v, parcel p
    WHERE v.layer = t.theme AND upper_inf(v.known) AND v.valid @> %(at)s::date
      AND v.parcel_code LIKE p.district || '%%') AS data_at
  FROM theme t
  UNION ALL
  SELECT 'buildings', (
    SELECT max(lower(b.valid))::timestamptz FROM spatial.building b, parcel p
    WHERE b.valid @> %(at)s::date AND b.parcel_code LIKE p.district || '%%')
)
SELECT k.theme, k.data_at,
       coalesce((SELECT jsonb_agg(jsonb_build_object('code', m.code, 'area_m2', m.area_m2::float8)
                                  ORDER BY m.area_m2 DESC, m.code)
                 FROM met m WHERE m.theme = k.theme AND m.area_m2 > 0.01), '[]') AS objects
FROM known k
ORDER BY k.theme
