-- Nearly all parcels lie wholly within a core piece: one row a piece says so for all of them, at a tenth of the cost.

CREATE TABLE spatial.county_core_assignment (
  run_id integer NOT NULL REFERENCES spatial.county_run,
  core_id integer NOT NULL REFERENCES spatial.county_core,
  code_agrees boolean NOT NULL,
  county_code text NOT NULL,
  version_ids bigint[] NOT NULL CHECK (cardinality(version_ids) > 0),
  geometry_sha256s bytea[] NOT NULL,
  PRIMARY KEY (run_id, core_id, code_agrees),
  CHECK (cardinality(geometry_sha256s) = cardinality(version_ids))
);
-- Hashes do not compress.
ALTER TABLE spatial.county_core_assignment ALTER geometry_sha256s SET STORAGE EXTERNAL;
COMMENT ON TABLE spatial.county_core_assignment IS 'Answers of a run for the parcels covered by a core piece, one row a piece';
COMMENT ON COLUMN spatial.county_core_assignment.run_id IS 'Run';
COMMENT ON COLUMN spatial.county_core_assignment.core_id IS 'Core piece that covers the parcels';
COMMENT ON COLUMN spatial.county_core_assignment.code_agrees IS 'Whether the codes of the parcels begin with the county';
COMMENT ON COLUMN spatial.county_core_assignment.county_code IS 'County of the core piece';
COMMENT ON COLUMN spatial.county_core_assignment.version_ids IS 'Parcel versions';
COMMENT ON COLUMN spatial.county_core_assignment.geometry_sha256s IS 'SHA-256 of their normalised shapes, in the order of version_ids';
SELECT ref.make_append_only('spatial.county_core_assignment');

COMMENT ON TABLE spatial.county_assignment IS 'Answers of a run for parcels that no core piece covers, one a parcel version';

CREATE VIEW spatial.county_answer WITH (security_invoker = true) AS
SELECT run_id, version_id, county_code, rule, main_county, main_ppm, outside_ppm, distance_to_line_m,
       county_overlaps, geometry_sha256
FROM spatial.county_assignment
UNION ALL
SELECT c.run_id, p.version_id, CASE WHEN c.code_agrees THEN c.county_code END,
       CASE WHEN c.code_agrees THEN 'R1' ELSE 'R2' END, c.county_code, 1000000, 0, NULL, NULL, p.geometry_sha256
FROM spatial.county_core_assignment c
CROSS JOIN unnest(c.version_ids, c.geometry_sha256s) AS p (version_id, geometry_sha256);
COMMENT ON VIEW spatial.county_answer IS 'Answers of a run, one a parcel version';
