-- What stays true of closed versions, and the new ones.
INSERT INTO spatial.building_unit_version (unit_code, building_code, parcel_code, county_code, floor_no, room_no,
  address, use_code, housing, predicted_area_m2, measured_area_m2, inside_area_m2, shared_area_m2,
  predicted_inside_area_m2, predicted_shared_area_m2, land_share_m2, outline, outline_floors, party_walls, valid, known,
  survey_id)
SELECT v.unit_code, v.building_code, v.parcel_code, v.county_code, v.floor_no, v.room_no, v.address, v.use_code,
       v.housing, v.predicted_area_m2, v.measured_area_m2, v.inside_area_m2, v.shared_area_m2,
       v.predicted_inside_area_m2, v.predicted_shared_area_m2, v.land_share_m2, v.outline, v.outline_floors,
       v.party_walls, c.kept, tstzrange(%(known_at)s, NULL), v.survey_id
FROM closing_version c JOIN spatial.building_unit_version v USING (version_id)
UNION ALL
(SELECT i.unit_code, left(i.unit_code, 24), left(i.unit_code, 19), left(i.unit_code, 6), i.floor_no, i.room_no,
        i.address, i.use_code, i.housing, i.predicted_area_m2, i.measured_area_m2, i.inside_area_m2,
        i.shared_area_m2, i.predicted_inside_area_m2, i.predicted_shared_area_m2, i.land_share_m2,
        i.outline, i.outline_floors, i.party_walls, daterange(%(valid_from)s, NULL), tstzrange(%(known_at)s, NULL), i.survey_id
 FROM incoming_unit i ORDER BY i.unit_code)
