-- Buildings and units on parcels, in force on a day or from a later one.
SELECT building_code, NULL AS unit_code FROM spatial.building_version
WHERE parcel_code = ANY(%(parcels)s) AND upper_inf(known) AND valid && daterange(%(day)s, NULL)
UNION
SELECT building_code, unit_code FROM spatial.building_unit_version
WHERE parcel_code = ANY(%(parcels)s) AND upper_inf(known) AND valid && daterange(%(day)s, NULL)
ORDER BY 1, 2 NULLS FIRST
