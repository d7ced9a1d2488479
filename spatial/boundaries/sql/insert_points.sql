-- Places not yet known in their sub-district; one that is known is shared.
INSERT INTO spatial.boundary_point (subdistrict_code, geom, survey_id, known_at)
SELECT DISTINCT ON (left(i.parcel_code, 12), i.geom) left(i.parcel_code, 12), i.geom, %(survey_id)s, %(now)s
FROM incoming_point i
ORDER BY left(i.parcel_code, 12), i.geom
ON CONFLICT (subdistrict_code, east_mm, north_mm) DO NOTHING
