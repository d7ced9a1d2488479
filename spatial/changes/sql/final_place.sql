-- The last change before which nothing can come any more: its transaction and all earlier ones are over.
SELECT tx::text::bigint, change_id
FROM map.change
WHERE tx < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY tx DESC, change_id DESC
LIMIT 1
