-- Decisions with their confirmation and what superseded them.
SELECT d.decision_id, d.subject, d.parcel_code, d.unit_code, d.geom, d.geometry_sha256, d.set_id,
       s.name AS boundary_set, d.rule, d.county_overlaps, d.neighbours, d.outside_ppm,
       d.distance_to_line_m::float8 AS distance_to_line_m, d.code_county, d.county_code, d.by_person, d.reason,
       d.basis_doc, d.person_reason, d.engine, d.shares, d.as_of, d.decided_by, d.decided_at, d.supersedes,
       c.confirmed_by, c.confirmed_at,
       (SELECT n.decision_id FROM spatial.county_decision n WHERE n.supersedes = d.decision_id) AS superseded_by
FROM spatial.county_decision d
JOIN spatial.boundary_set s USING (set_id)
LEFT JOIN spatial.county_confirmation c USING (decision_id)
WHERE {condition}
