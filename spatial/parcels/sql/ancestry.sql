-- Edges towards parents (negative depth) and towards children (positive), near ones first.
WITH RECURSIVE up AS (
  SELECT l.*, -1 AS depth FROM spatial.lineage l WHERE l.child_id = %(parcel_id)s
  UNION
  SELECT l.*, up.depth - 1 FROM spatial.lineage l JOIN up ON l.child_id = up.parent_id WHERE up.depth > -50
),
down AS (
  SELECT l.*, 1 AS depth FROM spatial.lineage l WHERE l.parent_id = %(parcel_id)s
  UNION
  SELECT l.*, down.depth + 1 FROM spatial.lineage l JOIN down ON l.parent_id = down.child_id WHERE down.depth < 50
)
SELECT p.parcel_code AS parent_code, c.parcel_code AS child_code, e.kind, e.effective_on, e.area_m2,
       e.survey_id, e.depth
FROM (SELECT * FROM up UNION ALL SELECT * FROM down) e
JOIN spatial.parcel p ON p.parcel_id = e.parent_id
JOIN spatial.parcel c ON c.parcel_id = e.child_id
ORDER BY abs(e.depth), e.effective_on, p.parcel_code, c.parcel_code
