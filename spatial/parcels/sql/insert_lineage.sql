-- Edges; the ground parent and child share is measured when it is not given.
INSERT INTO spatial.lineage (parent_id, child_id, kind, effective_on, area_m2, survey_id, known_at)
SELECT p.parcel_id, c.parcel_id, e.kind, %(valid_from)s,
       coalesce(e.area_m2, (
         SELECT max(round(st_area(st_intersection(pv.geom, cv.geom))::numeric, 2))
         FROM spatial.parcel_version pv, spatial.parcel_version cv
         WHERE pv.parcel_id = p.parcel_id AND upper_inf(pv.known) AND pv.valid -|- daterange(%(valid_from)s, NULL)
           AND cv.parcel_id = c.parcel_id AND upper_inf(cv.known) AND cv.valid @> %(valid_from)s::date)),
       %(survey_id)s, %(known_at)s
FROM unnest(%(parents)s::text[], %(children)s::text[], %(kinds)s::text[], %(areas)s::numeric[])
  AS e (parent_code, child_code, kind, area_m2)
JOIN spatial.parcel p ON p.parcel_code = e.parent_code
JOIN spatial.parcel c ON c.parcel_code = e.child_code
