-- Towns and villages by name; parcels and units by address; buildings by name.
(SELECT 'place' AS kind, t.town_code AS code, t.name AS label, c.name_zh AS detail, NULL::text AS unit_code,
        NULL::text AS parcel_code, t.county_code, t.geom AS place
 FROM ref.township t JOIN ref.county c USING (county_code)
 WHERE t.name LIKE %(words)s || '%%' AND t.geom IS NOT NULL
   AND t.valid_from <= %(today)s AND (t.valid_to IS NULL OR t.valid_to > %(today)s)
 ORDER BY t.town_code LIMIT 5)
UNION ALL
(SELECT 'address', v.parcel_code, v.address, NULL, NULL, v.parcel_code, v.county_code, ST_PointOnSurface(v.geom)
 FROM spatial.parcel_version v
 WHERE v.address ILIKE '%%' || %(words)s || '%%' AND upper_inf(v.known) AND upper_inf(v.valid)
 LIMIT %(limit)s)
UNION ALL
(SELECT 'unit', u.unit_code, u.address, NULL, u.unit_code, u.parcel_code, u.county_code, ST_PointOnSurface(b.geom)
 FROM spatial.building_unit u
 JOIN spatial.building b ON b.building_code = u.building_code AND upper_inf(b.valid)
 WHERE u.address ILIKE '%%' || %(words)s || '%%' AND upper_inf(u.valid)
 LIMIT %(limit)s)
