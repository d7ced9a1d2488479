-- Sums to the end of days that are over and wait for their seal. They are worth a read only: a posting that
-- names such a day, or one before it, removes them, and the next night makes them again.
CREATE TABLE money.balance_over (
  biz_date date NOT NULL,
  account_id integer NOT NULL REFERENCES money.account,
  dr_fen bigint NOT NULL,
  cr_fen bigint NOT NULL,
  pend_dr_fen bigint NOT NULL,
  pend_cr_fen bigint NOT NULL,
  PRIMARY KEY (biz_date, account_id)
);
COMMENT ON TABLE money.balance_over IS 'Sums of an account to the end of a day that is over and not sealed; made anew when a later posting names the day';
COMMENT ON COLUMN money.balance_over.biz_date IS 'Accounting day in Asia/Shanghai';
COMMENT ON COLUMN money.balance_over.account_id IS 'Account';
COMMENT ON COLUMN money.balance_over.dr_fen IS 'Debits posted, fen';
COMMENT ON COLUMN money.balance_over.cr_fen IS 'Credits posted, fen';
COMMENT ON COLUMN money.balance_over.pend_dr_fen IS 'Debits pending, fen';
COMMENT ON COLUMN money.balance_over.pend_cr_fen IS 'Credits pending, fen';
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON money.balance_over FROM ":prefix_app";

CREATE FUNCTION money.sum_days(p_last date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_from date; v_rows integer;
BEGIN
  -- Who has begun to post is waited for: nothing of these days can then be written and not yet be seen.
  LOCK TABLE money.posting IN SHARE ROW EXCLUSIVE MODE;
  v_from := coalesce((SELECT max(biz_date) FROM money.day_seal), '-infinity');
  DELETE FROM money.balance_over WHERE biz_date <= v_from;
  v_from := greatest(v_from, (SELECT max(biz_date) FROM money.balance_over));
  INSERT INTO money.balance_over (biz_date, account_id, dr_fen, cr_fen, pend_dr_fen, pend_cr_fen)
  WITH tail AS (
    SELECT t.dr, t.cr, t.biz_date, CASE WHEN t.phase IN ('FINAL', 'POST') THEN t.amount_fen ELSE 0 END AS fen,
           CASE t.phase WHEN 'PENDING' THEN t.amount_fen ELSE 0 END
           - coalesce((SELECT p.amount_fen FROM money.transfer p WHERE p.transfer_id = t.pending_id), 0) AS pending
    FROM money.transfer t WHERE t.biz_date > v_from AND t.biz_date <= p_last
  ), moved AS (
    SELECT account_id, biz_date, sum(dr_fen) AS dr_fen, sum(cr_fen) AS cr_fen, sum(pend_dr) AS pend_dr, sum(pend_cr) AS pend_cr
    FROM (SELECT dr AS account_id, biz_date, fen AS dr_fen, 0 AS cr_fen, pending AS pend_dr, 0 AS pend_cr FROM tail
          UNION ALL SELECT cr, biz_date, 0, fen, 0, pending FROM tail) s
    GROUP BY account_id, biz_date
  ), base AS (
    SELECT account_id, dr_fen, cr_fen, pend_dr_fen, pend_cr_fen FROM money.balance_day WHERE biz_date = v_from
    UNION ALL
    SELECT account_id, dr_fen, cr_fen, pend_dr_fen, pend_cr_fen FROM money.balance_over WHERE biz_date = v_from
  )
  SELECT d.biz_date, a.account_id, coalesce(b.dr_fen, 0) + coalesce(sum(m.dr_fen) OVER w, 0), coalesce(b.cr_fen, 0) + coalesce(sum(m.cr_fen) OVER w, 0),
         coalesce(b.pend_dr_fen, 0) + coalesce(sum(m.pend_dr) OVER w, 0), coalesce(b.pend_cr_fen, 0) + coalesce(sum(m.pend_cr) OVER w, 0)
  FROM (SELECT DISTINCT biz_date FROM moved) d
  CROSS JOIN (SELECT account_id FROM moved UNION SELECT account_id FROM base) a
  LEFT JOIN base b ON b.account_id = a.account_id
  LEFT JOIN moved m ON m.account_id = a.account_id AND m.biz_date = d.biz_date
  WINDOW w AS (PARTITION BY a.account_id ORDER BY d.biz_date);
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  RETURN v_rows;
END $$;
COMMENT ON FUNCTION money.sum_days IS 'Keep the sums of every unsealed day up to one that is over; returns how many rows are new';

-- As before, and sums that the posting comes too late for are removed: it was one query, and stays one.
CREATE OR REPLACE FUNCTION money.check_posting_complete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_sound boolean; v_shut boolean; v_summed boolean;
BEGIN
  SELECT count(*) = NEW.n_rows AND sum(t.amount_fen) = NEW.total_fen
         AND count(d.account_id) = NEW.n_rows AND count(c.account_id) = NEW.n_rows
         AND count(l.line_id) = count(t.line_id)
         AND (NEW.order_no IS NULL OR EXISTS (SELECT FROM money.payment_order WHERE order_no = NEW.order_no))
         AND (NEW.event_id IS NULL OR EXISTS (SELECT FROM money.channel_event WHERE event_id = NEW.event_id)),
         EXISTS (SELECT FROM money.day_seal WHERE biz_date >= NEW.biz_date)
         OR EXISTS (SELECT FROM money.period
                    WHERE month = date_trunc('month', NEW.biz_date)::date AND state = 'closed'),
         EXISTS (SELECT FROM money.balance_over WHERE biz_date >= NEW.biz_date)
  INTO v_sound, v_shut, v_summed
  FROM money.transfer t
  LEFT JOIN money.account d ON d.account_id = t.dr AND d.valid @> NEW.biz_date
  LEFT JOIN money.account c ON c.account_id = t.cr AND c.valid @> NEW.biz_date
  LEFT JOIN money.order_line l ON l.line_id = t.line_id
  WHERE t.posting_id = NEW.posting_id;
  IF v_shut THEN
    RAISE EXCEPTION 'day % is sealed', NEW.biz_date
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'posting_day_open';
  ELSIF v_sound IS NOT TRUE THEN
    RAISE EXCEPTION 'posting % is not complete', NEW.key
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'posting_complete';
  END IF;
  IF v_summed THEN
    DELETE FROM money.balance_over WHERE biz_date >= NEW.biz_date;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION money.check_posting_complete() IS 'Trigger at commit: count, sum, open accounts, lines, order and event are there, the day is open; a day that was summed is no more';

-- As before, and the newest sums may be those of a day that is over and not sealed.
CREATE OR REPLACE FUNCTION money.balance_of(p_account integer, p_day date,
  OUT dr_fen bigint, OUT cr_fen bigint, OUT pend_dr_fen bigint, OUT pend_cr_fen bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE v_from date := coalesce((SELECT max(biz_date) FROM money.day_seal WHERE biz_date <= p_day), '-infinity');
        v_over date := (SELECT max(biz_date) FROM money.balance_over WHERE biz_date <= p_day);
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
