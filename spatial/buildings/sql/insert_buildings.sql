-- What stays true of closed versions, and the new ones in the order of space.
INSERT INTO spatial.building_version (building_id, building_code, parcel_code, county_code, name, address, floors,
  structure, built_year, use_code, geom, floors_below, height_m, footprint_area_m2, predicted_area_m2,
  measured_area_m2, valid, known, survey_id)
SELECT v.building_id, v.building_code, v.parcel_code, v.county_code, v.name, v.address, v.floors, v.structure,
       v.built_year, v.use_code, v.geom, v.floors_below, v.height_m, v.footprint_area_m2, v.predicted_area_m2,
       v.measured_area_m2, c.kept, tstzrange(%(known_at)s, NULL), v.survey_id
FROM closing_version c JOIN spatial.building_version v USING (version_id)
UNION ALL
(SELECT b.building_id, i.building_code, left(i.building_code, 19), left(i.building_code, 6), i.name, i.address,
        i.floors, i.structure, i.built_year, i.use_code, i.geom, i.floors_below, i.height_m, i.footprint_area_m2,
        i.predicted_area_m2, i.measured_area_m2, daterange(%(valid_from)s, NULL), tstzrange(%(known_at)s, NULL),
        i.survey_id
 FROM incoming_building i JOIN spatial.building_identity b USING (building_code)
 ORDER BY i.geom)
