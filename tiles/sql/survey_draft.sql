-- Parcels of survey results not yet registered; a surveyor sees the own ones. They are kept in EPSG:4547 alone:
-- the tile is brought there to find them, cut to 110-118 E, 27-33 N, where that projection has a meaning.
WITH tile AS (
  SELECT ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int) AS box,
         ST_Transform(ST_Segmentize(ST_Intersection(
           ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int, margin => 0.015625),
           ST_MakeEnvelope(12245143, 3123471, 13135699, 3895303, 3857)), 20000), 4547) AS wider
), shown AS (
  SELECT d.survey_id, d.object_code, d.layer, d.change, d.status,
         ST_AsMVTGeom(ST_Transform(d.geom, 3857), (SELECT box FROM tile), 4096, 64, true) AS geom
  FROM map.survey_extent e
  JOIN map.survey_draft d ON d.survey_id = e.survey_id AND d.feature_no = ANY (e.feature_nos)
  WHERE e.extent && (SELECT wider FROM tile) AND d.geom && (SELECT wider FROM tile)
    AND (%(sees_all)s::boolean OR d.submitted_by = %(login)s::text)
)
SELECT ST_AsMVT(shown, 'survey_draft', 4096, 'geom') FROM shown
