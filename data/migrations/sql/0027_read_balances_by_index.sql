-- Hardly any transfer ends a reservation: a join to what was pending could read the whole table for them.
CREATE OR REPLACE FUNCTION money.balance_of(p_account integer, p_day date,
  OUT dr_fen bigint, OUT cr_fen bigint, OUT pend_dr_fen bigint, OUT pend_cr_fen bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE v_from date := coalesce((SELECT max(biz_date) FROM money.day_seal WHERE biz_date <= p_day), '-infinity');
        s record; d record; c record;
BEGIN
  SELECT * INTO s FROM money.balance_day b WHERE b.account_id = p_account AND b.biz_date = v_from;
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
