-- Parcels covered by a core piece: wholly in that county and far from every line. One row a piece.
INSERT INTO spatial.county_core_assignment (run_id, core_id, code_agrees, county_code, version_ids, geometry_sha256s)
SELECT %(run_id)s, c.core_id, left(v.unit_code, 6) = c.county_code, c.county_code,
       array_agg(v.version_id), array_agg(v.geom_sha256)
FROM spatial.county_core c
JOIN spatial.parcel_version v ON v.geom && c.geom AND ST_Covers(c.geom, v.geom)
WHERE c.set_id = %(set_id)s AND upper_inf(v.known) AND v.valid @> %(as_of)s::date
GROUP BY c.core_id, c.county_code, left(v.unit_code, 6) = c.county_code
