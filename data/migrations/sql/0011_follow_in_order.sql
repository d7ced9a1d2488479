-- Who follows what happens must miss no late commit: rows say their transaction, and are read in its order.
CREATE INDEX change_tx_change_id_idx ON map.change (tx, change_id);
DROP INDEX map.change_tx_idx;

-- A stable default is computed once: rows that are there already get the transaction of this migration.
ALTER TABLE registry.case_event ADD COLUMN tx xid8 NOT NULL DEFAULT pg_current_xact_id();
COMMENT ON COLUMN registry.case_event.tx IS 'Transaction, so that readers miss no late commit';
CREATE INDEX case_event_tx_idx ON registry.case_event (tx);

ALTER TABLE spatial.survey_event ADD COLUMN tx xid8 NOT NULL DEFAULT pg_current_xact_id();
COMMENT ON COLUMN spatial.survey_event.tx IS 'Transaction, so that readers miss no late commit';
CREATE INDEX survey_event_tx_idx ON spatial.survey_event (tx);

-- Transaction numbers are those of one cluster: in another one they would lie in the future and come again.
CREATE FUNCTION map.settle_transactions() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  target text;
BEGIN
  PERFORM set_config('ningtu.scope', 'all', true);
  FOREACH target IN ARRAY ARRAY['map.change', 'registry.case_event', 'spatial.survey_event'] LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER append_only', target);
    EXECUTE format('UPDATE %s SET tx = %L WHERE tx <> %L', target, '2', '2');
    EXECUTE format('ALTER TABLE %s ENABLE TRIGGER append_only', target);
  END LOOP;
END $$;
COMMENT ON FUNCTION map.settle_transactions() IS
  'After a copy was restored: rows followed by transaction become older than all transactions of this cluster';
REVOKE EXECUTE ON FUNCTION map.settle_transactions() FROM PUBLIC;
