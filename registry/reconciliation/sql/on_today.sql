-- Lines paid on the days %(date)s to %(to)s, each with the county that has it (as decided, or ruled since) and the county it
-- would have by the boundary set in force on %(today)s. Only shapes decided by another set are measured again, by the
-- shares of the county decision: at least 98 %% in one county and at most 0.1 %% outside the city; the unit code is no part of
-- it, since it follows the boundary. What people or an area split decided stays so while no county has it whole; null is no
-- county: people would decide.
WITH used AS (
  SELECT set_id FROM spatial.boundary_set WHERE valid @> %(today)s::date
), line AS MATERIALIZED (
  SELECT p.event_at AS at, l.line_id, l.order_no, l.line_no, l.name AS item, l.parcel_code, l.amount_fen, l.decision_id,
         CASE l.kind WHEN 'tax' THEN 'tax' ELSE 'nontax' END AS kind, w.county_code, w.dispute_no IS NOT NULL AS ruled
  FROM money.posting p JOIN money.order_line l USING (order_no) JOIN money.line_owed w USING (line_id)
  WHERE p.biz_date BETWEEN %(date)s AND %(to)s AND p.kind = 'pay' AND l.amount_fen > 0
    AND (%(kind)s::text IS NULL OR CASE l.kind WHEN 'tax' THEN 'tax' ELSE 'nontax' END = %(kind)s)
), other AS MATERIALIZED (
  SELECT d.decision_id, d.geom, ST_Area(d.geom) AS area_m2, d.by_person OR d.shares IS NOT NULL AS stays
  FROM (SELECT DISTINCT decision_id FROM line) x JOIN spatial.county_decision d USING (decision_id)
  WHERE d.geom IS NOT NULL AND d.set_id <> (SELECT set_id FROM used)
), part AS (
  SELECT o.decision_id, p.county_code,
         sum(CASE WHEN ST_Covers(p.geom, o.geom) THEN o.area_m2 ELSE ST_Area(ST_Intersection(p.geom, o.geom)) END) AS m2
  FROM other o JOIN spatial.county_piece p ON p.geom && o.geom AND ST_Intersects(p.geom, o.geom)
  WHERE p.set_id = (SELECT set_id FROM used) AND p.in_city
  GROUP BY 1, 2
), share AS (
  SELECT decision_id, county_code, m2, sum(m2) OVER (PARTITION BY decision_id) AS inside_m2 FROM part
), measured AS (
  SELECT o.decision_id, o.stays,
         (SELECT max(s.county_code) FROM share s WHERE s.decision_id = o.decision_id
            AND 1000000 * s.m2 >= %(whole_ppm)s * o.area_m2 AND 1000000 * s.inside_m2 >= (1000000 - %(outside_ppm)s) * o.area_m2) AS county_code
  FROM other o
), placed AS (
  SELECT l.*, CASE WHEN m.decision_id IS NULL THEN l.county_code
                   ELSE coalesce(m.county_code, CASE WHEN m.stays OR l.ruled THEN l.county_code END) END AS county_today
  FROM line l LEFT JOIN measured m USING (decision_id)
)
