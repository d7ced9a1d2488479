-- Buildings end on a day: what the register said is closed, what stays true of it is said again.
WITH closed AS (
  UPDATE spatial.building_version v
  SET known = tstzrange(lower(v.known), %(known_at)s)
  WHERE v.building_code = ANY(%(codes)s) AND upper_inf(v.known) AND v.valid && daterange(%(day)s, NULL)
  RETURNING v.*
), kept AS (
  INSERT INTO spatial.building_version (building_id, building_code, parcel_code, county_code, name, address, floors,
    structure, built_year, use_code, geom, floors_below, height_m, footprint_area_m2, predicted_area_m2,
    measured_area_m2, valid, known, survey_id)
  SELECT building_id, building_code, parcel_code, county_code, name, address, floors, structure, built_year, use_code,
         geom, floors_below, height_m, footprint_area_m2, predicted_area_m2, measured_area_m2,
         daterange(lower(valid), %(day)s), tstzrange(%(known_at)s, NULL), survey_id
  FROM closed WHERE lower(valid) < %(day)s
)
SELECT map.note_change('buildings', county_code, 'changed', NULL, ST_Collect(geom))
FROM closed GROUP BY county_code ORDER BY county_code
