-- Who sees which rows: an office sees the cases it accepted and those of its county; city-wide roles see all.
-- FORCE: the owner's views of schema map and its SECURITY DEFINER functions obey the asking person's scope too.
-- Each setting is read once a statement (a scalar sub-select), not once a row.
CREATE FUNCTION registry.scope_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(current_setting('ningtu.scope', true), '') = 'all'
$$;
COMMENT ON FUNCTION registry.scope_all() IS 'Whether the transaction sees the rows of every county';

DO $$
DECLARE
  target text;
BEGIN
  FOREACH target IN ARRAY ARRAY['party', 'rrr', 'case', 'fee_line', 'certificate', 'rating'] LOOP
    EXECUTE format('ALTER TABLE registry.%I ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE registry.%I FORCE ROW LEVEL SECURITY', target);
    EXECUTE format($policy$
      CREATE POLICY office_scope ON registry.%I
        USING ((SELECT registry.scope_all())
               OR county_code = (SELECT current_setting('ningtu.county', true))
               OR accept_office = (SELECT current_setting('ningtu.office', true)))
        WITH CHECK ((SELECT registry.scope_all())
               OR county_code = (SELECT current_setting('ningtu.county', true))
               OR accept_office = (SELECT current_setting('ningtu.office', true)))
    $policy$, target);
  END LOOP;
  FOREACH target IN ARRAY ARRAY['case_unit', 'case_party', 'case_event', 'material'] LOOP
    EXECUTE format('ALTER TABLE registry.%I ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE registry.%I FORCE ROW LEVEL SECURITY', target);
    EXECUTE format($policy$
      CREATE POLICY case_scope ON registry.%1$I
        USING ((SELECT registry.scope_all())
               OR EXISTS (SELECT FROM registry.case c WHERE c.case_no = %1$I.case_no))
    $policy$, target);
  END LOOP;
  FOREACH target IN ARRAY ARRAY['rrr_holder', 'rrr_end'] LOOP
    EXECUTE format('ALTER TABLE registry.%I ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE registry.%I FORCE ROW LEVEL SECURITY', target);
    EXECUTE format($policy$
      CREATE POLICY entry_scope ON registry.%1$I
        USING ((SELECT registry.scope_all())
               OR EXISTS (SELECT FROM registry.rrr r WHERE r.rrr_id = %1$I.rrr_id))
    $policy$, target);
  END LOOP;
END $$;

-- The map's index must hold under the policy: only && is leakproof, so the place the tiles ask for is stored.
ALTER TABLE registry.case
  ADD COLUMN place_3857 geometry(Point, 3857) GENERATED ALWAYS AS (st_transform(place, 3857)) STORED;
COMMENT ON COLUMN registry.case.place_3857 IS 'Point of the first unit for tiles, EPSG:3857 metres';
CREATE INDEX idx_case_place_3857 ON registry.case USING gist (place_3857);
CREATE OR REPLACE VIEW map.cases AS
SELECT hashtextextended(c.case_no, 0) AS case_id,
       c.county_code, c.accept_office, c.status, c.type_code, c.accepted_on,
       c.closed_at IS NULL AND c.registered_at IS NULL AND c.due_on < (now() AT TIME ZONE 'Asia/Shanghai')::date AS overdue,
       greatest(0, coalesce((c.registered_at AT TIME ZONE 'Asia/Shanghai')::date,
                            (c.closed_at AT TIME ZONE 'Asia/Shanghai')::date,
                            (now() AT TIME ZONE 'Asia/Shanghai')::date) - c.accepted_on) AS waiting_days,
       c.closed_at IS NULL AND c.registered_at IS NULL AS open,
       c.place_3857::geometry AS geom_3857
FROM registry.case c
WHERE c.place IS NOT NULL;
COMMENT ON VIEW map.cases IS 'Cases as points for tiles, EPSG:3857 metres, without persons and case numbers';
