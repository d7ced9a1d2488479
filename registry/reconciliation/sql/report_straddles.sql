-- Lines of orders issued on the days whose land lies in more than one county, or whose county people decided.
SELECT o.issued_at AS at, l.order_no, l.case_no, l.parcel_code, l.county_code, d.rule,
       (SELECT string_agg((x ->> 'county_code') || ' ' || round((x ->> 'ratio_ppm')::numeric / 10000, 2) || '%%', ', ') FROM jsonb_array_elements(d.county_overlaps) x) AS shares,
       d.basis_doc AS basis, l.amount_fen
FROM money.payment_order o JOIN money.order_line l USING (order_no) JOIN spatial.county_decision d USING (decision_id)
WHERE o.issued_at >= %(date)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
  AND o.issued_at < (%(to)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
  AND (jsonb_array_length(d.county_overlaps) > 1 OR d.by_person)
  AND l.county_code = ANY (%(counties)s) AND (%(county)s::text IS NULL OR l.county_code = %(county)s)
ORDER BY o.issued_at, l.line_id LIMIT %(limit)s
