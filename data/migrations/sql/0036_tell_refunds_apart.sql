-- A payment may be given back in parts on one day: where the channel numbers its refunds, each part is a line.
ALTER TABLE money.channel_statement_line
  ADD COLUMN refund_id text,
  ADD CONSTRAINT channel_statement_line_refund_id_check CHECK (refund_id IS NULL OR refund_id <> '' AND kind = 'refunded'),
  DROP CONSTRAINT channel_statement_line_statement_id_kind_channel_txn_key;
COMMENT ON COLUMN money.channel_statement_line.refund_id IS 'Our number of the refund as the channel was told it, where its lines carry one; null otherwise';
CREATE UNIQUE INDEX channel_statement_line_once_idx
  ON money.channel_statement_line (statement_id, kind, channel_txn, coalesce(refund_id, ''));
