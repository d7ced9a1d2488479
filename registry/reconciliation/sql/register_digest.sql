-- Number and SHA-256 of what the register wrote between two cuts. Rows in the order of writing become JSON arrays;
-- each ten thousand are hashed, then the hashes, so that no text grows with the city. Where a version's known range
-- ends is not a fact of its own: it is where the range of what took its place begins.
WITH rows (part, key, line) AS (
  SELECT 1, c.change_id, jsonb_build_array('change', c.change_id, extract(epoch FROM c.at), c.layer, c.county_code, c.kind,
           c.object_code, encode(ST_AsBinary(c.bbox_3857), 'hex'))
  FROM map.change c WHERE c.change_id > %(change_from)s AND c.change_id <= %(change_to)s
  UNION ALL
  SELECT 2, v.version_id, jsonb_build_array('version', v.version_id, v.parcel_id, v.parcel_code, v.unit_code,
           v.county_code, v.layer, encode(sha256(ST_AsBinary(v.geom)), 'hex'), encode(v.geom_sha256, 'hex'),
           v.official_area_m2, v.surveyed_area_m2, v.calculated_area_m2, v.land_use, v.address, lower(v.valid),
           upper(v.valid), extract(epoch FROM lower(v.known)), v.survey_id)
  FROM spatial.parcel_version v WHERE v.version_id > %(version_from)s AND v.version_id <= %(version_to)s
  UNION ALL
  SELECT 3, l.lineage_id, jsonb_build_array('lineage', l.lineage_id, l.parent_id, l.child_id, l.kind, l.effective_on,
           l.area_m2, l.survey_id, extract(epoch FROM l.known_at))
  FROM spatial.lineage l WHERE l.lineage_id > %(lineage_from)s AND l.lineage_id <= %(lineage_to)s
  UNION ALL
  SELECT 4, r.rrr_id, jsonb_build_array('entry', r.rrr_id, r.unit_code, r.seq, r.parcel_code, r.county_code,
           r.accept_office, r.kind, r.right_type, r.registration_type, r.sharing, r.on_rrr_id, r.after_rrr_id, r.case_no,
           r.subtype, r.transfer_ban, r.amount_fen, r.area_m2, r.use_code, r.term_from, r.term_to, r.cause, r.note,
           extract(epoch FROM r.registered_at), r.registered_by,
           (SELECT jsonb_agg(jsonb_build_array(h.seq, h.party_id, h.role, h.share_num, h.share_den) ORDER BY h.seq)
            FROM registry.rrr_holder h WHERE h.rrr_id = r.rrr_id))
  FROM registry.rrr r WHERE r.rrr_id > %(rrr_from)s AND r.rrr_id <= %(rrr_to)s
  UNION ALL
  SELECT 5, e.end_id, jsonb_build_array('end', e.end_id, e.rrr_id, e.status, e.by_rrr_id, e.case_no, e.cause,
           extract(epoch FROM e.ended_at), e.ended_by)
  FROM registry.rrr_end e WHERE e.end_id > %(end_from)s AND e.end_id <= %(end_to)s
), chunks AS (
  SELECT part, key / 10000 AS chunk, count(*) AS n,
         sha256(convert_to(string_agg(line::text, E'\n' ORDER BY key), 'UTF8')) AS sha256
  FROM rows GROUP BY part, key / 10000
)
SELECT coalesce(sum(n), 0)::bigint, sha256(coalesce(string_agg(sha256, ''::bytea ORDER BY part, chunk), ''::bytea))
FROM chunks
