-- Parcels covered by a core piece: wholly in that county and far from every line.
INSERT INTO spatial.county_assignment
  (run_id, version_id, county_code, rule, main_county, main_ppm, outside_ppm, geometry_sha256)
SELECT %(run_id)s, v.version_id,
       CASE WHEN left(v.unit_code, 6) = c.county_code THEN c.county_code END,
       CASE WHEN left(v.unit_code, 6) = c.county_code THEN 'R1' ELSE 'R2' END,
       c.county_code, 1000000, 0, v.geom_sha256
FROM spatial.county_core c
JOIN spatial.parcel_version v ON v.geom && c.geom AND ST_Covers(c.geom, v.geom)
WHERE c.set_id = %(set_id)s AND upper_inf(v.known) AND v.valid @> %(as_of)s::date
