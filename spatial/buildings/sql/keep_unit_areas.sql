-- Outlines and walls too stay while a load does not speak of them. An area that the register knows and the load does not speak of stays; the inside and shared areas of a
-- measurement give way only to another measurement.
UPDATE incoming_unit i
SET predicted_area_m2 = coalesce(i.predicted_area_m2, v.predicted_area_m2),
    predicted_inside_area_m2 = coalesce(i.predicted_inside_area_m2, v.predicted_inside_area_m2),
    predicted_shared_area_m2 = coalesce(i.predicted_shared_area_m2, v.predicted_shared_area_m2),
    measured_area_m2 = coalesce(i.measured_area_m2, v.measured_area_m2),
    inside_area_m2 = CASE WHEN i.measured_area_m2 IS NULL AND v.measured_area_m2 IS NOT NULL
                          THEN v.inside_area_m2 ELSE i.inside_area_m2 END,
    shared_area_m2 = CASE WHEN i.measured_area_m2 IS NULL AND v.measured_area_m2 IS NOT NULL
                          THEN v.shared_area_m2 ELSE i.shared_area_m2 END,
    land_share_m2 = coalesce(i.land_share_m2, v.land_share_m2),
    outline = coalesce(i.outline, v.outline),
    outline_floors = CASE WHEN i.outline IS NULL THEN v.outline_floors ELSE i.outline_floors END,
    party_walls = coalesce(i.party_walls, v.party_walls)
FROM spatial.building_unit_version v
WHERE v.unit_code = i.unit_code AND upper_inf(v.known) AND upper_inf(v.valid)
