-- What stays true of closed rows becomes rows of its own, and their pieces move with it.
WITH restated AS (
  INSERT INTO spatial.parcel_version (parcel_id, parcel_code, unit_code, county_code, layer, geom, geom_sha256,
    official_area_m2, surveyed_area_m2, calculated_area_m2, land_use, address, valid, known, survey_id)
  SELECT v.parcel_id, v.parcel_code, v.unit_code, v.county_code, v.layer, v.geom, v.geom_sha256,
         v.official_area_m2, v.surveyed_area_m2, v.calculated_area_m2, v.land_use, v.address,
         part, tstzrange(%(known_at)s, NULL), v.survey_id
  FROM closing c
  JOIN spatial.parcel_version v USING (version_id)
  CROSS JOIN unnest(c.kept) AS part
  RETURNING version_id, parcel_id, valid
),
gone AS (
  DELETE FROM spatial.parcel_piece p USING closing c
  WHERE p.version_id = c.version_id
  RETURNING c.parcel_id, c.old_valid, p.piece_no, p.layer_no, p.piece
)
INSERT INTO spatial.parcel_piece (version_id, piece_no, layer_no, piece, valid)
SELECT r.version_id, g.piece_no, g.layer_no, g.piece, r.valid
FROM restated r
JOIN gone g ON g.parcel_id = r.parcel_id AND g.old_valid @> r.valid
