-- New versions of a part of the incoming parcels, in the order of space.
WITH written AS (
  INSERT INTO spatial.parcel_version (parcel_id, parcel_code, unit_code, county_code, layer, geom, geom_sha256,
    official_area_m2, surveyed_area_m2, calculated_area_m2, land_use, address, valid, known, survey_id)
  SELECT p.parcel_id, i.parcel_code, i.unit_code, p.county_code, i.layer, i.geom, i.geom_sha256,
         i.official_area_m2, i.surveyed_area_m2, i.calculated_area_m2, i.land_use, i.address,
         daterange(%(valid_from)s, %(valid_to)s), tstzrange(%(known_at)s, NULL), %(survey_id)s
  FROM incoming i
  JOIN spatial.parcel p USING (parcel_code)
  WHERE i.n >= %(first)s AND i.n < %(beyond)s
  ORDER BY i.n
  RETURNING version_id, parcel_id, parcel_code
)
INSERT INTO made (n, version_id, parcel_id)
SELECT i.n, w.version_id, w.parcel_id
FROM written w JOIN incoming i USING (parcel_code)
