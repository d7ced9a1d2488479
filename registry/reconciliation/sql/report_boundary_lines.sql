-- The lines behind the report on today's boundary: those that would change their county, or with %(type)s 'decided' or
-- 'today' all that a county has or would have. Without persons: a county sees also what would come to it.
SELECT p.at, p.order_no, p.line_no, p.item, p.kind, p.parcel_code, p.county_code, p.county_today, s.name AS boundary_set, p.amount_fen
FROM placed p JOIN spatial.county_decision d USING (decision_id) JOIN spatial.boundary_set s USING (set_id)
WHERE CASE %(type)s::text
        WHEN 'decided' THEN p.county_code = ANY (%(counties)s) AND (%(county)s::text IS NULL OR p.county_code = %(county)s)
        WHEN 'today' THEN p.county_today = ANY (%(counties)s) AND (%(county)s::text IS NULL OR p.county_today = %(county)s)
        ELSE p.county_code IS DISTINCT FROM p.county_today
             AND (p.county_code = ANY (%(counties)s) OR p.county_today = ANY (%(counties)s))
             AND (%(county)s::text IS NULL OR %(county)s IN (p.county_code, p.county_today)) END
ORDER BY p.at, p.order_no, p.line_no LIMIT %(limit)s
