-- A certificate (a proof for a mortgage) of each registered case without one, in the order of registration.
INSERT INTO registry.certificate (certificate_no, kind, authority, year, serial, case_no, rrr_id, unit_code,
                                  copy_no, check_code, county_code, accept_office, issued_at)
SELECT '鄂(' || year || ')' || authority || CASE document WHEN 'proof' THEN '不动产证明' ELSE '不动产权' END
         || '第' || lpad(serial::text, 7, '0') || '号',
       document, authority, year, serial, case_no, rrr_id, unit_code, 1,
       translate(upper(substr(md5(case_no || rrr_id), 1, 6)), '01', 'GH'), county_code, accept_office,
       registered_at
FROM (
  SELECT r.case_no, r.rrr_id, r.unit_code, r.county_code, r.accept_office, r.registered_at, n.authority,
         d.document, y.year,
         coalesce(s.last_serial, 0)
           + row_number() OVER (PARTITION BY n.authority, d.document, y.year ORDER BY r.registered_at, r.rrr_id)
           AS serial
  FROM registry.rrr r
  JOIN (SELECT county_code, certificate_name AS authority FROM ref.county) n USING (county_code)
  CROSS JOIN LATERAL (SELECT CASE r.kind WHEN 'mortgage' THEN 'proof' ELSE 'right' END) AS d (document)
  CROSS JOIN LATERAL
    (SELECT extract(year FROM r.registered_at AT TIME ZONE 'Asia/Shanghai')::integer) AS y (year)
  LEFT JOIN registry.certificate_serial s
    ON s.authority = n.authority AND s.kind = d.document AND s.year = y.year
  WHERE r.case_no IS NOT NULL
    AND NOT EXISTS (SELECT FROM registry.certificate c WHERE c.rrr_id = r.rrr_id)
) AS numbered
