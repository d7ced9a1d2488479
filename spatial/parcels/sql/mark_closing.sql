-- Rows known now that the change touches, locked in order; kept: what stays true of each of them.
INSERT INTO closing (version_id, parcel_id, old_valid, known_from, kept, box)
SELECT v.version_id, v.parcel_id, v.valid, lower(v.known),
       array_remove(ARRAY[
         CASE WHEN lower(v.valid) < %(valid_from)s THEN daterange(lower(v.valid), %(valid_from)s) END,
         CASE WHEN upper(v.valid) > %(valid_to)s OR (%(valid_to)s::date IS NOT NULL AND upper_inf(v.valid))
              THEN daterange(%(valid_to)s, upper(v.valid)) END], NULL),
       st_envelope(v.geom_3857)
FROM spatial.parcel_version v
WHERE v.parcel_code IN (SELECT parcel_code FROM incoming UNION SELECT unnest(%(retired)s::text[]))
  AND upper_inf(v.known)
  AND v.valid && daterange(%(valid_from)s, %(valid_to)s)
ORDER BY v.version_id
FOR UPDATE OF v
