-- Changes behind one place up to another, in order; boxes in degrees (EPSG:4490).
SELECT c.tx::text::bigint AS tx, c.change_id, c.at, c.layer, c.kind, c.object_code, c.county_code,
       CASE WHEN b.box IS NOT NULL
            THEN ARRAY[ST_XMin(b.box), ST_YMin(b.box), ST_XMax(b.box), ST_YMax(b.box)] END AS bbox
FROM map.change c
CROSS JOIN LATERAL (SELECT ST_Transform(c.bbox_3857, 4490) AS box) b
WHERE (c.tx, c.change_id) > (%(after_tx)s::xid8, %(after_id)s)
  AND (c.tx, c.change_id) <= (%(upto_tx)s::xid8, %(upto_id)s)
  AND c.layer = ANY(%(layers)s)
  AND (%(county_code)s::text IS NULL OR c.county_code IS NULL OR c.county_code = %(county_code)s)
ORDER BY c.tx, c.change_id
LIMIT %(limit)s
