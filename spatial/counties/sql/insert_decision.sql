INSERT INTO spatial.county_decision (subject, parcel_code, unit_code, geom, geometry_sha256, set_id, rule,
  county_overlaps, neighbours, outside_ppm, distance_to_line_m, code_county, county_code, by_person, reason,
  basis_doc, person_reason, engine, as_of, decided_by, decided_at, supersedes, shares)
VALUES (%(subject)s, %(parcel_code)s, %(unit_code)s, ST_SetSRID(%(geom)s::geometry, 4547), %(geometry_sha256)s,
  %(set_id)s, %(rule)s, %(county_overlaps)s, %(neighbours)s, %(outside_ppm)s, %(distance_to_line_m)s,
  %(code_county)s, %(county_code)s, %(by_person)s, %(reason)s, %(basis_doc)s, %(person_reason)s, %(engine)s,
  %(as_of)s, %(decided_by)s, %(decided_at)s, %(supersedes)s, %(shares)s)
RETURNING decision_id
