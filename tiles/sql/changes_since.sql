-- One row with the next mark at least; then the changes since the given mark (empty: none).
SELECT next.mark, c.change_id, c.layer,
       ST_XMin(c.bbox_3857), ST_YMin(c.bbox_3857), ST_XMax(c.bbox_3857), ST_YMax(c.bbox_3857)
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS mark) AS next
LEFT JOIN map.change c ON %(mark)s <> '' AND c.tx >= nullif(%(mark)s, '')::xid8
