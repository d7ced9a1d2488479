-- Units end on a day: what the register said is closed, what stays true of it is said again.
WITH closed AS (
  UPDATE spatial.building_unit_version v
  SET known = tstzrange(lower(v.known), %(known_at)s)
  WHERE v.unit_code = ANY(%(codes)s) AND upper_inf(v.known) AND v.valid && daterange(%(day)s, NULL)
  RETURNING v.*
)
INSERT INTO spatial.building_unit_version (unit_code, building_code, parcel_code, county_code, floor_no, room_no,
  address, use_code, housing, predicted_area_m2, measured_area_m2, inside_area_m2, shared_area_m2,
  predicted_inside_area_m2, predicted_shared_area_m2, land_share_m2, outline, outline_floors, party_walls, valid, known,
  survey_id)
SELECT unit_code, building_code, parcel_code, county_code, floor_no, room_no, address, use_code, housing,
       predicted_area_m2, measured_area_m2, inside_area_m2, shared_area_m2, predicted_inside_area_m2,
       predicted_shared_area_m2, land_share_m2, outline, outline_floors, party_walls,
       daterange(lower(valid), %(day)s), tstzrange(%(known_at)s, NULL), survey_id
FROM closed WHERE lower(valid) < %(day)s
