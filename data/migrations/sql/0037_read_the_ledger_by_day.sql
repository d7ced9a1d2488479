-- A ledger of millions is read from its last seal on, not whole: by day, and a guarded account by itself.
CREATE INDEX transfer_biz_date_idx ON money.transfer USING brin (biz_date) WITH (pages_per_range = 16, autosummarize = on);

-- Not an SQL function: the day of the seal is known when the rest is planned. Hardly any transfer ends a reservation: a
-- join to what was pending could read the whole table for them.
CREATE OR REPLACE FUNCTION money.balances(up_to date, only_accounts integer[] DEFAULT NULL)
RETURNS TABLE (account_id integer, dr_fen bigint, cr_fen bigint, pend_dr_fen bigint, pend_cr_fen bigint)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE v_seal date := (SELECT max(biz_date) FROM money.day_seal WHERE biz_date <= up_to);
        v_from date := coalesce(v_seal, '-infinity');
BEGIN
  RETURN QUERY
  WITH tail AS (
    SELECT t.dr, t.cr, CASE WHEN t.phase IN ('FINAL', 'POST') THEN t.amount_fen ELSE 0 END AS fen,
           CASE t.phase WHEN 'PENDING' THEN t.amount_fen ELSE 0 END
           - coalesce((SELECT p.amount_fen FROM money.transfer p WHERE p.transfer_id = t.pending_id), 0) AS pending
    FROM money.transfer t WHERE t.biz_date > v_from AND t.biz_date <= up_to
      AND (only_accounts IS NULL OR t.dr = ANY (only_accounts) OR t.cr = ANY (only_accounts))
  ), sides AS (
    SELECT dr AS account_id, fen AS dr_fen, 0 AS cr_fen, pending AS pend_dr, 0 AS pend_cr FROM tail
    UNION ALL SELECT cr, 0, fen, 0, pending FROM tail
    UNION ALL SELECT b.account_id, b.dr_fen, b.cr_fen, b.pend_dr_fen, b.pend_cr_fen
      FROM money.balance_day b WHERE b.biz_date = v_seal
  )
  SELECT s.account_id, sum(s.dr_fen)::bigint, sum(s.cr_fen)::bigint, sum(s.pend_dr)::bigint, sum(s.pend_cr)::bigint
  FROM sides s WHERE only_accounts IS NULL OR s.account_id = ANY (only_accounts)
  GROUP BY s.account_id;
END $$;

-- With or without the sums of days that are not sealed: those do not know what this transaction posts to such a day.
DROP FUNCTION money.balance_of(integer, date);
CREATE FUNCTION money.balance_of(p_account integer, p_day date, p_unsealed boolean DEFAULT true,
  OUT dr_fen bigint, OUT cr_fen bigint, OUT pend_dr_fen bigint, OUT pend_cr_fen bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE v_from date := coalesce((SELECT max(biz_date) FROM money.day_seal WHERE biz_date <= p_day), '-infinity');
        v_over date := (SELECT max(biz_date) FROM money.balance_over WHERE p_unsealed AND biz_date <= p_day);
        s record; d record; c record;
BEGIN
  IF v_over > v_from THEN
    v_from := v_over;
    SELECT * INTO s FROM money.balance_over b WHERE b.account_id = p_account AND b.biz_date = v_from;
  ELSE
    SELECT * INTO s FROM money.balance_day b WHERE b.account_id = p_account AND b.biz_date = v_from;
  END IF;
  SELECT sum(t.amount_fen) FILTER (WHERE t.phase IN ('FINAL', 'POST')) AS fen,
         sum(t.amount_fen) FILTER (WHERE t.phase = 'PENDING') AS pending,
         sum((SELECT p.amount_fen FROM money.transfer p WHERE p.transfer_id = t.pending_id))
           FILTER (WHERE t.pending_id IS NOT NULL) AS ended INTO d
  FROM money.transfer t
  WHERE t.dr = p_account AND t.biz_date > v_from AND t.biz_date <= p_day;
  SELECT sum(t.amount_fen) FILTER (WHERE t.phase IN ('FINAL', 'POST')) AS fen,
         sum(t.amount_fen) FILTER (WHERE t.phase = 'PENDING') AS pending,
         sum((SELECT p.amount_fen FROM money.transfer p WHERE p.transfer_id = t.pending_id))
           FILTER (WHERE t.pending_id IS NOT NULL) AS ended INTO c
  FROM money.transfer t
  WHERE t.cr = p_account AND t.biz_date > v_from AND t.biz_date <= p_day;
  dr_fen := coalesce(s.dr_fen, 0) + coalesce(d.fen, 0);
  cr_fen := coalesce(s.cr_fen, 0) + coalesce(c.fen, 0);
  pend_dr_fen := coalesce(s.pend_dr_fen, 0) + coalesce(d.pending, 0) - coalesce(d.ended, 0);
  pend_cr_fen := coalesce(s.pend_cr_fen, 0) + coalesce(c.pending, 0) - coalesce(c.ended, 0);
END $$;
COMMENT ON FUNCTION money.balance_of IS 'Sums of one account in fen to the end of a day: its row of the newest sums kept, sealed or not, and its transfers since';

CREATE OR REPLACE FUNCTION money.check_guards(touched integer[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE guarded integer[]; broken text;
BEGIN
  SELECT array_agg(g.account_id) INTO guarded FROM (
    SELECT account_id FROM money.guard WHERE account_id = ANY(touched) ORDER BY account_id FOR UPDATE) g;
  IF guarded IS NULL THEN
    RETURN;
  END IF;
  SELECT a.code INTO broken
  FROM money.account a CROSS JOIN LATERAL money.balance_of(a.account_id, 'infinity', false) b
  WHERE a.account_id = ANY (guarded)
    AND CASE a.class WHEN 'A' THEN b.dr_fen - b.cr_fen - b.pend_cr_fen
                     ELSE b.cr_fen - b.dr_fen - b.pend_dr_fen END < 0
  LIMIT 1;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'account % would be negative', broken
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'guard_negative';
  END IF;
END $$;
