-- Parcels of survey results not yet registered; a surveyor sees the own ones.
WITH shown AS (
  SELECT d.survey_id, d.object_code, d.layer, d.change, d.status,
         ST_AsMVTGeom(d.geom_3857, ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int), 4096, 64, true) AS geom
  FROM map.survey_draft d
  WHERE d.geom_3857 && ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int, margin => 0.015625)
    AND (%(sees_all)s::boolean OR d.submitted_by = %(login)s::text)
)
SELECT ST_AsMVT(shown, 'survey_draft', 4096, 'geom') FROM shown
