-- The register no longer says so from now on.
UPDATE spatial.parcel_version v
SET known = tstzrange(lower(v.known), %(known_at)s)
FROM closing c
WHERE v.version_id = c.version_id
