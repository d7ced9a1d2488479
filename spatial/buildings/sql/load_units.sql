-- New units, and changed facts of known ones.
INSERT INTO spatial.building_unit AS u (unit_code, building_code, parcel_code, county_code, floor_no, room_no,
  address, use_code, housing, predicted_area_m2, measured_area_m2, inside_area_m2, shared_area_m2, valid)
SELECT i.unit_code, left(i.unit_code, 24), left(i.unit_code, 19), left(i.unit_code, 6), i.floor_no, i.room_no,
       i.address, i.use_code, i.housing, i.predicted_area_m2, i.measured_area_m2, i.inside_area_m2,
       i.shared_area_m2, daterange(%(valid_from)s, NULL)
FROM incoming_unit i
ORDER BY i.unit_code
ON CONFLICT (unit_code) DO UPDATE SET
  floor_no = excluded.floor_no, room_no = excluded.room_no, address = excluded.address,
  use_code = excluded.use_code, housing = excluded.housing, predicted_area_m2 = excluded.predicted_area_m2,
  measured_area_m2 = excluded.measured_area_m2, inside_area_m2 = excluded.inside_area_m2,
  shared_area_m2 = excluded.shared_area_m2, valid = daterange(lower(u.valid), NULL)
