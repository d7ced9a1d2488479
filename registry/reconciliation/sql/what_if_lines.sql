-- Lines on parcels whose county would change by a draft: of open orders, and of those paid on the days. Each counts for
-- the county that has or is owed it now.
SELECT coalesce(e.at, o.issued_at) AS at, l.order_no, l.line_no, l.case_no, l.name AS item,
       CASE WHEN o.state IN ('issued', 'paying') THEN 'open' ELSE 'paid' END AS order_state,
       CASE l.kind WHEN 'tax' THEN 'tax' ELSE 'nontax' END AS kind, l.parcel_code, w.county_code, p.to_county, l.amount_fen
FROM (SELECT DISTINCT ON (parcel_code) parcel_code, to_county FROM spatial.boundary_draft_parcel
      WHERE draft_id = %(draft)s ORDER BY parcel_code, version_id DESC) p
JOIN money.order_line l USING (parcel_code)
JOIN money.line_owed w USING (line_id)
JOIN money.payment_order o USING (order_no)
LEFT JOIN LATERAL (SELECT max(at) AS at FROM money.order_event e WHERE e.order_no = o.order_no AND e.to_state = 'paid') e ON true
WHERE l.amount_fen > 0 AND p.to_county IS DISTINCT FROM w.county_code
  AND (o.state IN ('issued', 'paying')
       OR o.state IN ('paid', 'cleared', 'refunding')
          AND e.at >= %(first)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
          AND e.at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')
ORDER BY 1, 2, 3 LIMIT %(limit)s
