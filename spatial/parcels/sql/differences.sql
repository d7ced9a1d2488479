-- Parcels that are not the same on two days, by parcel id: one row a parcel, with its version on each day.
WITH touched AS (
  SELECT DISTINCT v.parcel_id
  FROM spatial.parcel_version v
  WHERE v.parcel_id > %(after)s AND {conditions}
    AND ((lower(v.valid) > %(first)s AND lower(v.valid) <= %(last)s)
      OR (upper(v.valid) > %(first)s AND upper(v.valid) <= %(last)s))
),
compared AS (
  SELECT t.parcel_id, a.version_id AS a_id, b.version_id AS b_id
  FROM touched t
  LEFT JOIN spatial.parcel_version a ON a.parcel_id = t.parcel_id AND a.valid @> %(first)s::date AND {a_known}
  LEFT JOIN spatial.parcel_version b ON b.parcel_id = t.parcel_id AND b.valid @> %(last)s::date AND {b_known}
)
SELECT p.parcel_id, p.parcel_code, p.county_code, p.layer,
       CASE WHEN a.version_id IS NULL THEN 'new' WHEN b.version_id IS NULL THEN 'retired'
            WHEN a.geom_sha256 <> b.geom_sha256 THEN 'moved' ELSE 'described' END AS change,
       a.official_area_m2 AS old_area_m2, b.official_area_m2 AS new_area_m2,
       lower(coalesce(b.valid, a.valid)) AS valid_from,
       coalesce(upper(a.valid), lower(b.valid)) AS changed_on,
       coalesce(b.geom, a.geom) AS geom,
       ARRAY(SELECT q.parcel_code FROM spatial.lineage l JOIN spatial.parcel q ON q.parcel_id = l.parent_id
             WHERE l.child_id = c.parcel_id AND l.effective_on > %(first)s AND l.effective_on <= %(last)s
             ORDER BY 1) AS came_from,
       ARRAY(SELECT q.parcel_code FROM spatial.lineage l JOIN spatial.parcel q ON q.parcel_id = l.child_id
             WHERE l.parent_id = c.parcel_id AND l.effective_on > %(first)s AND l.effective_on <= %(last)s
             ORDER BY 1) AS became
FROM compared c
JOIN spatial.parcel p USING (parcel_id)
LEFT JOIN spatial.parcel_version a ON a.version_id = c.a_id
LEFT JOIN spatial.parcel_version b ON b.version_id = c.b_id
WHERE (a.version_id IS NULL) <> (b.version_id IS NULL)
   OR (a.geom_sha256, a.official_area_m2, a.land_use, a.address, a.unit_code)
      IS DISTINCT FROM (b.geom_sha256, b.official_area_m2, b.land_use, b.address, b.unit_code)
ORDER BY p.parcel_id
LIMIT %(limit)s
