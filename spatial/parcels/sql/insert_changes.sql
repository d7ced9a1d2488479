-- What the map must draw anew: one row a parcel, with the box of the old and the new shape.
INSERT INTO map.change (layer, county_code, kind, object_code, bbox_3857)
SELECT p.layer, p.county_code,
       CASE WHEN m.parcel_id IS NULL THEN 'retired' WHEN c.parcel_id IS NULL THEN 'new' ELSE 'changed' END,
       p.parcel_code, st_envelope(st_collect(c.box, st_envelope(v.geom_3857)))
FROM (SELECT parcel_id, st_envelope(st_collect(box)) AS box FROM closing GROUP BY parcel_id) c
FULL JOIN made m USING (parcel_id)
LEFT JOIN spatial.parcel_version v ON v.version_id = m.version_id
JOIN spatial.parcel p ON p.parcel_id = coalesce(m.parcel_id, c.parcel_id)
ORDER BY p.parcel_id
