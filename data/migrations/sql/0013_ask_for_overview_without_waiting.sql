-- One request a transaction: with one key a minute, a registration waited for every other of that minute to be
-- committed, and one committed after the minute's build was never drawn. A build settles all that wait for it.
CREATE OR REPLACE FUNCTION map.ask_overview() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM fresh
             WHERE layer IN ('use_surface', 'use_above', 'use_below', 'collective', 'contract', 'forest', 'parcels')) THEN
    INSERT INTO registry.job (kind, key, payload, run_at)
    VALUES ('build_overview', 'build_overview:' || pg_current_xact_id(), '{}',
            date_trunc('minute', clock_timestamp()) + interval '75 seconds')
    ON CONFLICT (key) DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
