-- Districts from a day on: equal ones are left alone, older ones of the same code end on that day.
WITH fresh AS (
  SELECT f.* FROM unnest(%(codes)s::text[], %(names)s::text[], %(shapes)s::text[], %(sources)s::text[])
    AS f (district_code, name, shape, source)
  WHERE NOT EXISTS (
    SELECT FROM spatial.cadastral_district d
    WHERE d.district_code = f.district_code AND d.valid @> %(valid_from)s::date
      AND d.name = f.name AND d.geom = ST_SetSRID(f.shape::geometry, 4547))
),
ended AS (
  UPDATE spatial.cadastral_district d SET valid = daterange(lower(d.valid), %(valid_from)s)
  FROM fresh f
  WHERE d.district_code = f.district_code AND lower(d.valid) < %(valid_from)s::date
    AND (upper_inf(d.valid) OR upper(d.valid) > %(valid_from)s::date)
  RETURNING d.district_id
),
replaced AS (
  DELETE FROM spatial.cadastral_district d USING fresh f
  WHERE d.district_code = f.district_code AND lower(d.valid) >= %(valid_from)s::date
  RETURNING d.district_id
)
INSERT INTO spatial.cadastral_district (district_code, name, geom, valid, source)
SELECT district_code, name, ST_Multi(ST_SetSRID(shape::geometry, 4547)), daterange(%(valid_from)s, NULL), source
FROM fresh
