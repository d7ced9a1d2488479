-- An area that the register knows and the load does not speak of stays: predicted and measured stand side by side.
UPDATE incoming_building i
SET predicted_area_m2 = coalesce(i.predicted_area_m2, v.predicted_area_m2),
    measured_area_m2 = coalesce(i.measured_area_m2, v.measured_area_m2)
FROM spatial.building_version v
WHERE v.building_code = i.building_code AND upper_inf(v.known) AND upper_inf(v.valid)
