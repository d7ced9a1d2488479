-- New buildings, and changed facts of known ones.
INSERT INTO spatial.building AS b (building_code, parcel_code, county_code, name, address, floors, structure,
  built_year, use_code, geom, valid, survey_id)
SELECT i.building_code, left(i.building_code, 19), left(i.building_code, 6), i.name, i.address, i.floors,
       i.structure, i.built_year, i.use_code, i.geom, daterange(%(valid_from)s, NULL), i.survey_id
FROM incoming_building i
ORDER BY i.geom
ON CONFLICT (building_code) DO UPDATE SET
  name = excluded.name, address = excluded.address, floors = excluded.floors, structure = excluded.structure,
  built_year = excluded.built_year, use_code = excluded.use_code, geom = excluded.geom,
  survey_id = excluded.survey_id, valid = daterange(lower(b.valid), NULL)
