-- A payment may be given back in parts on one day: where the channel numbers its refunds, each part is a line.
ALTER TABLE money.channel_statement_line
  ADD COLUMN refund_id text,
  ADD CONSTRAINT channel_statement_line_refund_id_check CHECK (refund_id IS NULL OR refund_id <> '' AND kind = 'refunded'),
  DROP CONSTRAINT channel_statement_line_statement_id_kind_channel_txn_key;
COMMENT ON COLUMN money.channel_statement_line.refund_id IS
  'Number by which the channel knows the refund: our instruction, or its own where it acted alone; null where it tells none';
CREATE UNIQUE INDEX channel_statement_line_once_idx
  ON money.channel_statement_line (statement_id, kind, channel_txn, coalesce(refund_id, ''));
CREATE INDEX refund_payment_idx ON money.refund (channel, channel_txn);

-- What a line names is paired with just that refund, if the amount is the same. What is left is paired by amount, one with
-- one: a channel that gave money back of its own accord has a number that we do not know. A number told on two days is one.
CREATE FUNCTION money.pair_refunds(p_channel text, p_txn text) RETURNS TABLE (refund_id text, amount_fen bigint, refund_no text)
LANGUAGE sql STABLE AS $$
  WITH told AS (
    SELECT DISTINCT l.refund_id AS id, l.amount_fen AS fen, regexp_replace(l.refund_id, 'A[0-9]+$', '') AS no
    FROM money.channel_statement s JOIN money.channel_statement_line l USING (statement_id)
    WHERE s.channel = p_channel AND l.channel_txn = p_txn AND l.refund_id IS NOT NULL
  ), ours AS (
    SELECT r.refund_no AS no, r.amount_fen AS fen FROM money.refund r
    WHERE r.channel = p_channel AND r.channel_txn = p_txn AND r.state NOT IN ('requested', 'rejected')
  ), named AS (
    SELECT DISTINCT ON (no) t.id, fen, no FROM told t JOIN ours USING (no, fen) ORDER BY no, t.id
  )
  SELECT id, fen, no FROM named
  UNION ALL
  SELECT t.id, fen, o.no
  FROM (SELECT t.id, t.fen, row_number() OVER (PARTITION BY t.fen ORDER BY t.id) AS n FROM told t
        WHERE t.no NOT IN (SELECT no FROM ours)) t
  JOIN (SELECT o.no, o.fen, row_number() OVER (PARTITION BY o.fen ORDER BY o.no) AS n FROM ours o
        WHERE o.no NOT IN (SELECT no FROM named)) o USING (fen, n)
$$;
COMMENT ON FUNCTION money.pair_refunds IS 'Which numbered refund of a payment in its channel''s statements is which refund of ours';
