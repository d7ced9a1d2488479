-- Ground whose county differs between the set in force and a draft: from one county of the city to another, into the
-- city (from null) or out of it (to null). Only pieces that meet are cut.
INSERT INTO spatial.boundary_draft_zone (draft_id, from_county, to_county, geom)
SELECT %(draft)s, z.from_county, z.to_county, d.geom
FROM (
  SELECT p.county_code AS from_county, q.county_code AS to_county, ST_Intersection(p.geom, q.geom) AS geom
  FROM spatial.county_piece p
  JOIN spatial.boundary_draft_piece q ON p.geom && q.geom AND ST_Intersects(p.geom, q.geom)
  WHERE p.set_id = %(set_id)s AND p.in_city AND q.draft_id = %(draft)s AND p.county_code <> q.county_code
  UNION ALL
  SELECT NULL, q.county_code, ST_Difference(q.geom, coalesce(u.geom, ST_GeomFromText('POLYGON EMPTY', 4547)))
  FROM spatial.boundary_draft_piece q
  LEFT JOIN LATERAL (SELECT ST_Union(p.geom) AS geom FROM spatial.county_piece p
                     WHERE p.set_id = %(set_id)s AND p.in_city AND p.geom && q.geom) u ON true
  WHERE q.draft_id = %(draft)s
  UNION ALL
  SELECT p.county_code, NULL, ST_Difference(p.geom, coalesce(u.geom, ST_GeomFromText('POLYGON EMPTY', 4547)))
  FROM spatial.county_piece p
  LEFT JOIN LATERAL (SELECT ST_Union(q.geom) AS geom FROM spatial.boundary_draft_piece q
                     WHERE q.draft_id = %(draft)s AND p.geom && q.geom) u ON true
  WHERE p.set_id = %(set_id)s AND p.in_city
) z
CROSS JOIN ST_Dump(ST_CollectionExtract(z.geom, 3)) AS d
WHERE ST_Area(d.geom) > 0.01
