-- Of a county one flat with its holder, one homestead house and one bare state parcel that no case is about.
WITH taken AS (SELECT unit_code FROM registry.case_unit)
(SELECT 'flat' AS what, u.unit_code, u.address, u.use_code, p.name, p.id_type, p.id_number
 FROM registry.rrr r
 JOIN spatial.building_unit u USING (unit_code)
 JOIN registry.rrr_holder h USING (rrr_id)
 JOIN registry.party p USING (party_id)
 WHERE r.county_code = %(county_code)s AND r.kind = 'ownership' AND u.use_code = '11' AND r.seq = 1 AND upper_inf(u.valid)
   AND NOT EXISTS (SELECT FROM registry.rrr o WHERE o.unit_code = r.unit_code AND o.seq > 1)
   AND NOT EXISTS (SELECT FROM taken t WHERE t.unit_code = r.unit_code)
 ORDER BY u.unit_code LIMIT 1)
UNION ALL
(SELECT 'homestead', u.unit_code, u.address, u.use_code, NULL, NULL, NULL
 FROM spatial.building_unit u
 WHERE u.county_code = %(county_code)s AND substr(u.unit_code, 13, 2) = 'JC' AND upper_inf(u.valid)
   AND NOT EXISTS (SELECT FROM registry.unit_page o WHERE o.unit_code = u.unit_code)
   AND NOT EXISTS (SELECT FROM taken t WHERE t.unit_code = u.unit_code)
 ORDER BY u.unit_code LIMIT 1)
UNION ALL
(SELECT 'bare', v.unit_code, v.address, v.land_use, NULL, NULL, NULL
 FROM spatial.parcel_version v
 WHERE v.county_code = %(county_code)s AND substr(v.parcel_code, 13, 2) = 'GB' AND v.land_use <> '1004'
   AND upper_inf(v.known) AND v.valid @> %(today)s::date
   AND NOT EXISTS (SELECT FROM spatial.building b WHERE b.parcel_code = v.parcel_code AND upper_inf(b.valid))
   AND NOT EXISTS (SELECT FROM registry.unit_page o WHERE o.unit_code = v.unit_code)
   AND NOT EXISTS (SELECT FROM taken t WHERE t.unit_code = v.unit_code)
 ORDER BY v.unit_code LIMIT 1)
