-- Stands not yet known; a stand's number counts within the cadastral district of the parcel.
INSERT INTO spatial.forest_stand (district_code, compartment, stand_no)
SELECT DISTINCT left(parcel_code, 9), compartment, stand_no
FROM unnest(%(parcels)s::text[], %(compartments)s::text[], %(stands)s::text[])
  AS i (parcel_code, compartment, stand_no)
ORDER BY 1, 2, 3
ON CONFLICT (district_code, compartment, stand_no) DO NOTHING
