-- What the register says already is not said again.
DELETE FROM incoming_building i
USING spatial.building_version v
WHERE v.building_code = i.building_code AND upper_inf(v.known) AND upper_inf(v.valid)
  AND lower(v.valid) <= %(valid_from)s
  AND v.geom::bytea = i.geom::bytea
  AND ROW(v.name, v.address, v.floors, v.structure, v.built_year, v.use_code, v.floors_below, v.height_m,
          v.footprint_area_m2, v.predicted_area_m2, v.measured_area_m2)
      IS NOT DISTINCT FROM
      ROW(i.name, i.address, i.floors, i.structure, i.built_year, i.use_code, i.floors_below, i.height_m,
          i.footprint_area_m2, i.predicted_area_m2, i.measured_area_m2)
