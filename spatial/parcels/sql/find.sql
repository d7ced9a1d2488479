-- Versions that answer a query, in order of their key.
SELECT v.version_id, v.parcel_id, v.parcel_code, v.unit_code, v.county_code, v.layer, v.geom,
       v.official_area_m2, v.surveyed_area_m2, v.calculated_area_m2, v.land_use, v.address,
       lower(v.valid) AS valid_from, upper(v.valid) AS valid_to,
       lower(v.known) AS known_from, upper(v.known) AS known_to, v.survey_id, v.geom_sha256,
       CASE WHEN NOT upper_inf(v.known) THEN 'superseded'
            WHEN lower(v.valid) > coalesce(%(at)s, %(today)s) THEN 'future'
            WHEN upper(v.valid) <= coalesce(%(at)s, %(today)s) THEN 'retired'
            ELSE 'live' END AS status
FROM spatial.parcel_version v
WHERE {conditions}
ORDER BY v.version_id
LIMIT %(limit)s
