-- What lies on a parcel: for each other layer of parcels and for buildings, whether data is there at all
-- (in the parcel's cadastral district), as of when, and what meets the parcel.
WITH theme AS (SELECT layer AS theme FROM spatial.parcel_layer WHERE layer <> %(layer)s),
met AS (
  SELECT v.layer AS theme, v.parcel_code AS code,
         round(ST_Area(ST_Intersection(v.geom, ST_SetSRID(%(geom)s::geometry, 4547)))::numeric, 2) AS area_m2
  FROM spatial.parcel_version v
  WHERE v.geom && ST_SetSRID(%(geom)s::geometry, 4547)
    AND ST_Relate(v.geom, ST_SetSRID(%(geom)s::geometry, 4547), 'T********')
    AND upper_inf(v.known) AND v.valid @> %(at)s::date AND v.layer <> %(layer)s
  UNION ALL
  SELECT 'buildings', b.building_code,
         round(ST_Area(ST_Intersection(b.geom, ST_SetSRID(%(geom)s::geometry, 4547)))::numeric, 2)
  FROM spatial.building b
  WHERE b.geom && ST_SetSRID(%(geom)s::geometry, 4547)
    AND ST_Relate(b.geom, ST_SetSRID(%(geom)s::geometry, 4547), 'T********')
    AND b.valid @> %(at)s::date
),
held AS (
  SELECT v.layer AS theme, max(lower(v.known)) AS data_at
  FROM spatial.parcel_version v
  WHERE v.parcel_code LIKE %(district)s AND upper_inf(v.known) AND v.valid @> %(at)s::date
  GROUP BY v.layer
),
known AS (
  SELECT t.theme, h.data_at FROM theme t LEFT JOIN held h USING (theme)
  UNION ALL
  SELECT 'buildings', (
    SELECT max(lower(b.valid))::timestamptz FROM spatial.building b
    WHERE b.valid @> %(at)s::date AND b.parcel_code LIKE %(district)s)
)
SELECT k.theme, k.data_at,
       coalesce((SELECT jsonb_agg(jsonb_build_object('code', m.code, 'area_m2', m.area_m2::float8)
                                  ORDER BY m.area_m2 DESC, m.code)
                 FROM met m WHERE m.theme = k.theme AND m.area_m2 > 0.01), '[]') AS objects
FROM known k
ORDER BY k.theme
