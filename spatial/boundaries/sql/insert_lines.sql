-- The lines of each boundary between its points.
INSERT INTO spatial.boundary_line (boundary_id, line_no, start_point_id, end_point_id, length_m, category, position,
  nature, agreement_no, dispute_no)
SELECT b.boundary_id, i.line_no, s.point_id, e.point_id, i.length_m, i.category, i.position, i.nature,
       i.agreement_no, i.dispute_no
FROM incoming_line i
JOIN spatial.parcel_boundary b ON b.parcel_code = i.parcel_code AND b.survey_id = %(survey_id)s
JOIN spatial.boundary_point s ON s.subdistrict_code = left(i.parcel_code, 12)
  AND s.east_mm = i.start_mm[1] AND s.north_mm = i.start_mm[2]
JOIN spatial.boundary_point e ON e.subdistrict_code = left(i.parcel_code, 12)
  AND e.east_mm = i.end_mm[1] AND e.north_mm = i.end_mm[2]
ORDER BY b.boundary_id, i.line_no
