-- Which stands lie in which parcels.
INSERT INTO spatial.parcel_stand (parcel_code, stand_id, survey_id, area_m2, known_at)
SELECT DISTINCT ON (i.parcel_code, s.stand_id) i.parcel_code, s.stand_id, %(survey_id)s, i.area_m2, %(now)s
FROM unnest(%(parcels)s::text[], %(compartments)s::text[], %(stands)s::text[], %(areas)s::numeric[])
  AS i (parcel_code, compartment, stand_no, area_m2)
JOIN spatial.forest_stand s ON s.district_code = left(i.parcel_code, 9) AND s.compartment = i.compartment
  AND s.stand_no = i.stand_no
ORDER BY i.parcel_code, s.stand_id
