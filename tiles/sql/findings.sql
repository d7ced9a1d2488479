-- Findings of the last check of survey results not yet registered; a surveyor sees the own ones.
WITH shown AS (
  SELECT f.finding_id AS id, f.survey_id, f.rule_id, f.severity, f.object_code,
         ST_AsMVTGeom(f.geom_3857, ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int), 4096, 64, true) AS geom
  FROM map.findings f
  WHERE f.geom_3857 && ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int, margin => 0.015625)
    AND (%(sees_all)s::boolean OR f.submitted_by = %(login)s::text)
)
SELECT ST_AsMVT(shown, 'findings', 4096, 'geom', 'id') FROM shown
