-- What the register says already is not said again.
DELETE FROM incoming_unit i
USING spatial.building_unit_version v
WHERE v.unit_code = i.unit_code AND upper_inf(v.known) AND upper_inf(v.valid)
  AND lower(v.valid) <= %(valid_from)s
  AND v.outline::bytea IS NOT DISTINCT FROM i.outline::bytea
  AND ROW(v.floor_no, v.room_no, v.address, v.use_code, v.housing, v.predicted_area_m2, v.measured_area_m2,
          v.inside_area_m2, v.shared_area_m2, v.predicted_inside_area_m2, v.predicted_shared_area_m2,
          v.land_share_m2, v.outline_floors, v.party_walls)
      IS NOT DISTINCT FROM
      ROW(i.floor_no, i.room_no, i.address, i.use_code, i.housing, i.predicted_area_m2, i.measured_area_m2,
          i.inside_area_m2, i.shared_area_m2, i.predicted_inside_area_m2, i.predicted_shared_area_m2,
          i.land_share_m2, i.outline_floors, i.party_walls)
