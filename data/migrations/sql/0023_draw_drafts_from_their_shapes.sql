-- Drafts are written in bulk and drawn only while they are reviewed. A stored copy for tiles and two spatial
-- indexes took nine tenths of the time of writing: tiles are transformed when asked for, and found through the
-- boxes of some hundred neighbouring features.
DROP VIEW map.survey_draft;
ALTER TABLE spatial.survey_feature DROP COLUMN geom_3857;
DROP INDEX spatial.idx_survey_feature_geom;

CREATE TABLE spatial.survey_extent (
  survey_id bigint NOT NULL REFERENCES spatial.survey,
  group_no integer NOT NULL CHECK (group_no >= 1),
  feature_nos integer[] NOT NULL CHECK (cardinality(feature_nos) > 0),
  extent geometry(Polygon, 4547) NOT NULL,
  PRIMARY KEY (survey_id, group_no)
);
CREATE INDEX idx_survey_extent_extent ON spatial.survey_extent USING gist (extent);
COMMENT ON TABLE spatial.survey_extent IS 'Boxes around groups of neighbouring draft parcels, by which tiles and cards find them';
COMMENT ON COLUMN spatial.survey_extent.survey_id IS 'Submission';
COMMENT ON COLUMN spatial.survey_extent.group_no IS 'Number of the group, from 1';
COMMENT ON COLUMN spatial.survey_extent.feature_nos IS 'Numbers of its features; one without a shape is in no group';
COMMENT ON COLUMN spatial.survey_extent.extent IS 'Box around their shapes, or wider, EPSG:4547 (E, N) metres';
-- Geometries are ordered along a Hilbert curve.
INSERT INTO spatial.survey_extent
SELECT survey_id, row_number() OVER (PARTITION BY survey_id ORDER BY min(place)), array_agg(feature_no),
       ST_MakeEnvelope(min(ST_XMin(geom)), min(ST_YMin(geom)), max(ST_XMax(geom)), max(ST_YMax(geom)), 4547)
FROM (SELECT survey_id, feature_no, geom, row_number() OVER (PARTITION BY survey_id ORDER BY geom) - 1 AS place
      FROM spatial.survey_feature WHERE geom IS NOT NULL) AS placed
GROUP BY survey_id, place / 250;

CREATE VIEW map.survey_draft AS
SELECT f.survey_id, f.feature_no, coalesce(f.parcel_code, '#' || f.feature_no) AS object_code, s.layer, s.status,
       s.submitted_by, f.change, f.geom
FROM spatial.survey_feature f JOIN spatial.survey s USING (survey_id)
WHERE f.geom IS NOT NULL AND s.status NOT IN ('registered', 'cancelled');
COMMENT ON VIEW map.survey_draft IS 'Draft parcels of submissions not yet registered, EPSG:4547 (E, N) metres';
CREATE VIEW map.survey_extent AS
SELECT e.survey_id, e.feature_nos, e.extent
FROM spatial.survey_extent e JOIN spatial.survey s USING (survey_id)
WHERE s.status NOT IN ('registered', 'cancelled');
COMMENT ON VIEW map.survey_extent IS 'Boxes around groups of draft parcels, EPSG:4547 (E, N) metres';
REVOKE ALL ON map.survey_draft, map.survey_extent FROM ":prefix_tiles";
