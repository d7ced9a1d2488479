-- The register no longer says so from now on; kept: the days that stay true of it.
WITH closed AS (
  UPDATE spatial.building_unit_version v
  SET known = tstzrange(lower(v.known), %(known_at)s)
  FROM incoming_unit i
  WHERE v.unit_code = i.unit_code AND upper_inf(v.known)
    AND v.valid && daterange(%(valid_from)s, NULL)
  RETURNING v.version_id, v.valid
)
INSERT INTO closing_version
SELECT version_id, daterange(lower(valid), %(valid_from)s) FROM closed WHERE lower(valid) < %(valid_from)s
