-- Parcels seen for the first time.
INSERT INTO spatial.parcel (parcel_code, county_code, layer, created_at)
SELECT parcel_code, left(parcel_code, 6), layer, %(now)s
FROM incoming
ORDER BY parcel_code
ON CONFLICT (parcel_code) DO NOTHING
