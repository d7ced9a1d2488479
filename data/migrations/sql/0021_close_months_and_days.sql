-- Months of the books go one way: open, closing (new events belong to the next month), closed.
ALTER TABLE money.period
  ADD COLUMN signature bytea,
  ADD COLUMN algorithm text,
  ADD COLUMN moved_by text NOT NULL DEFAULT 'system',
  ADD COLUMN moved_at timestamptz NOT NULL DEFAULT now(),
  ADD CONSTRAINT period_trial_sha256_check CHECK (length(trial_sha256) = 32),
  ADD CONSTRAINT period_closed_whole_check
    CHECK ((state = 'closed') = (num_nulls(trial_sha256, signature, algorithm) = 0));
ALTER TABLE money.period ALTER COLUMN moved_by DROP DEFAULT, ALTER COLUMN moved_at DROP DEFAULT;
COMMENT ON COLUMN money.period.signature IS 'Signature of trial_sha256, once closed';
COMMENT ON COLUMN money.period.algorithm IS 'Signature algorithm';
COMMENT ON COLUMN money.period.moved_by IS 'Sign-in name of who brought it to its state';
COMMENT ON COLUMN money.period.moved_at IS 'Instant of the last change of state';
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON money.period FROM ":prefix_app";
-- To lock a row is a right that goes with UPDATE; the trigger refuses the change itself.
REVOKE INSERT, DELETE, TRUNCATE ON money.guard FROM ":prefix_app";
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON money.guard
  FOR EACH ROW EXECUTE FUNCTION ref.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON money.guard
  FOR EACH STATEMENT EXECUTE FUNCTION ref.refuse_change();

CREATE FUNCTION money.check_period_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND (OLD.month, OLD.state, NEW.state) NOT IN (
       (NEW.month, 'open', 'closing'), (NEW.month, 'closing', 'closed')))
     OR (TG_OP = 'INSERT' AND NEW.state <> 'closing') THEN
    RAISE EXCEPTION 'a month goes from open to closing to closed'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'period_forward';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_period_forward() IS 'Trigger: a month is never opened again';
CREATE TRIGGER period_forward BEFORE INSERT OR UPDATE OR DELETE ON money.period
  FOR EACH ROW EXECUTE FUNCTION money.check_period_forward();
CREATE TRIGGER period_forward_truncate BEFORE TRUNCATE ON money.period
  FOR EACH STATEMENT EXECUTE FUNCTION ref.refuse_change();

CREATE FUNCTION money.begin_month_close(p_month date, p_by text, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO money.period (month, state, moved_by, moved_at) VALUES (p_month, 'closing', p_by, p_at)
  ON CONFLICT (month) DO NOTHING;
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION money.begin_month_close IS 'Begin to close a month; false when it was begun before';

CREATE FUNCTION money.finish_month_close(p_month date, p_trial bytea, p_signature bytea, p_algorithm text, p_by text, p_at timestamptz)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE money.period SET state = 'closed', trial_sha256 = p_trial, signature = p_signature, algorithm = p_algorithm,
         moved_by = p_by, moved_at = p_at
  WHERE month = p_month AND state = 'closing';
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION money.finish_month_close IS 'Close a month under the lock taken by lock_ledger; false when it is not closing';

CREATE OR REPLACE FUNCTION money.biz_day(at timestamptz) RETURNS date LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN greatest((at AT TIME ZONE 'Asia/Shanghai')::date,
                  (SELECT biz_date + 1 FROM money.day_seal ORDER BY biz_date DESC LIMIT 1),
                  (SELECT (month + interval '1 month')::date FROM money.period ORDER BY month DESC LIMIT 1));
END $$;
COMMENT ON FUNCTION money.biz_day(timestamptz) IS 'Accounting day of an instant: its day in Asia/Shanghai, later if that is sealed or its month is closing';

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

-- As before, and the accounts are open on the day; sums that the posting comes too late for are removed.
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

-- A reversal is whole: each transfer of the reversed posting with its sides changed, nothing else.
CREATE FUNCTION money.check_posting_reverses() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM money.posting WHERE posting_id = NEW.reverses AND reverses IS NOT NULL)
     OR EXISTS (SELECT FROM money.transfer WHERE posting_id = NEW.reverses AND phase IN ('PENDING', 'VOID'))
     OR EXISTS (
       SELECT t.cr, t.dr, t.amount_fen, t.line_id, 'FINAL', count(*) FROM money.transfer t
       WHERE t.posting_id = NEW.reverses GROUP BY 1, 2, 3, 4
       EXCEPT
       SELECT t.dr, t.cr, t.amount_fen, t.line_id, t.phase, count(*) FROM money.transfer t
       WHERE t.posting_id = NEW.posting_id GROUP BY 1, 2, 3, 4, 5)
     OR NEW.n_rows <> (SELECT count(*) FROM money.transfer WHERE posting_id = NEW.reverses) THEN
    RAISE EXCEPTION 'posting % does not reverse the other', NEW.key
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'posting_reverses_whole';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION money.check_posting_reverses() IS 'Trigger at commit: a reversal has every transfer of the other with its sides changed; nothing pending is reversed';
CREATE CONSTRAINT TRIGGER posting_reverses AFTER INSERT ON money.posting
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.reverses IS NOT NULL)
  EXECUTE FUNCTION money.check_posting_reverses();

-- One account: its row of the newest sums kept, sealed or of a day that is over, and its own transfers since, each side
-- by its index. Hardly any transfer ends a reservation: a join to what was pending could read the whole table for them.
CREATE FUNCTION money.balance_of(p_account integer, p_day date,
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

-- Cut-offs of the clearing day, as dated data.
CREATE TABLE ref.clearing_hours (
  valid_from date NOT NULL,
  valid_to date,
  cutoff time NOT NULL,
  late_cutoff time NOT NULL,
  source_doc text NOT NULL,
  verified boolean NOT NULL,
  PRIMARY KEY (valid_from),
  CONSTRAINT clearing_hours_order_check CHECK (cutoff < late_cutoff),
  CONSTRAINT clearing_hours_validity_check CHECK (valid_to > valid_from),
  CONSTRAINT clearing_hours_validity_excl EXCLUDE USING gist (daterange(valid_from, valid_to) WITH &&)
);
COMMENT ON TABLE ref.clearing_hours IS 'Cut-offs of a clearing day (日清截止时间), Asia/Shanghai';
COMMENT ON COLUMN ref.clearing_hours.valid_from IS 'First day in force';
COMMENT ON COLUMN ref.clearing_hours.valid_to IS 'Day from which it is no longer in force; null for open';
COMMENT ON COLUMN ref.clearing_hours.cutoff IS 'Money that arrived until then is in the first run, Asia/Shanghai';
COMMENT ON COLUMN ref.clearing_hours.late_cutoff IS 'End of the late window: a second run takes what arrived since, Asia/Shanghai';
COMMENT ON COLUMN ref.clearing_hours.source_doc IS 'Document it is taken from';
COMMENT ON COLUMN ref.clearing_hours.verified IS 'Whether the source itself was read';

CREATE FUNCTION money.waits_to_freeze(p_date date, p_cut timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT NOT EXISTS (SELECT FROM money.batch WHERE biz_date = p_date)
         OR EXISTS (SELECT FROM money.payment_order o
                    WHERE o.state = 'paid' AND o.amount_fen > 0
                      AND EXISTS (SELECT FROM money.posting q JOIN money.posting p ON p.key = 'arr:' || substr(q.key, 5)
                                  WHERE q.order_no = o.order_no AND q.kind = 'pay'
                                    AND p.kind = 'arrive' AND p.biz_date <= p_date AND p.event_at <= p_cut)
                      AND EXISTS (SELECT FROM money.order_line l WHERE l.order_no = o.order_no AND l.amount_fen > 0
                                  AND NOT EXISTS (SELECT FROM money.batch_item i WHERE i.line_id = l.line_id)))
$$;
COMMENT ON FUNCTION money.waits_to_freeze(date, timestamptz) IS 'Whether a close of a day would freeze a run: arrived lines in none, or no run of the day yet';

ALTER TABLE money.payout
  ADD COLUMN execute_on date,
  ADD COLUMN items_signature bytea,
  ADD COLUMN items_algorithm text,
  ADD CONSTRAINT payout_items_signed_check CHECK ((items_signature IS NULL) = (items_algorithm IS NULL));
UPDATE money.payout y SET execute_on = (b.frozen_at AT TIME ZONE 'Asia/Shanghai')::date
FROM money.batch b WHERE b.batch_id = y.batch_id;
ALTER TABLE money.payout ALTER COLUMN execute_on SET NOT NULL;
COMMENT ON COLUMN money.payout.execute_on IS 'Day on which the bank is asked to pay: a day on which it works';
COMMENT ON COLUMN money.payout.items_signature IS 'Signature of the item list (CSV), null until it is written';
COMMENT ON COLUMN money.payout.items_algorithm IS 'Signature algorithm';
GRANT UPDATE (items_signature, items_algorithm) ON money.payout TO ":prefix_app";

CREATE TABLE money.bank_message (
  message_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('pain.002', 'camt.054')),
  ref text NOT NULL,
  sha256 bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
  raw bytea NOT NULL,
  received_by text NOT NULL,
  received_at timestamptz NOT NULL
);
COMMENT ON TABLE money.bank_message IS 'Reports of the bank on payouts (pain.002, camt.054) as they came, append-only';
COMMENT ON COLUMN money.bank_message.message_id IS 'Our key';
COMMENT ON COLUMN money.bank_message.kind IS 'pain.002 (status) or camt.054 (debit or credit)';
COMMENT ON COLUMN money.bank_message.ref IS 'The bank''s own number of the message';
COMMENT ON COLUMN money.bank_message.sha256 IS 'SHA-256 of the message; the same bytes again change nothing';
COMMENT ON COLUMN money.bank_message.raw IS 'Message';
COMMENT ON COLUMN money.bank_message.received_by IS 'Sign-in name or program';
COMMENT ON COLUMN money.bank_message.received_at IS 'Instant';
SELECT ref.make_append_only('money.bank_message');

CREATE TABLE money.bank_report (
  message_id bigint NOT NULL REFERENCES money.bank_message,
  seq integer NOT NULL CHECK (seq > 0),
  msg_id text NOT NULL,
  state text NOT NULL CHECK (state IN ('received', 'debited', 'credited', 'rejected')),
  entry_ref text NOT NULL DEFAULT '',
  amount_fen bigint,
  reason text NOT NULL DEFAULT '',
  result text NOT NULL CHECK (result IN ('applied', 'known', 'break')),
  PRIMARY KEY (message_id, seq)
);
CREATE INDEX bank_report_msg_id_idx ON money.bank_report (msg_id);
COMMENT ON TABLE money.bank_report IS 'What the bank''s messages say of payouts, and what it led to, append-only';
COMMENT ON COLUMN money.bank_report.message_id IS 'Message';
COMMENT ON COLUMN money.bank_report.seq IS 'Place in the message, from 1';
COMMENT ON COLUMN money.bank_report.msg_id IS 'Message id of the payout it speaks of, as the bank wrote it';
COMMENT ON COLUMN money.bank_report.state IS 'received, debited, credited or rejected';
COMMENT ON COLUMN money.bank_report.entry_ref IS 'The bank''s reference of the entry';
COMMENT ON COLUMN money.bank_report.amount_fen IS 'Amount in fen, if it says one';
COMMENT ON COLUMN money.bank_report.reason IS 'Reason of a rejection';
COMMENT ON COLUMN money.bank_report.result IS 'applied, known (nothing new), or break (a difference was opened)';
SELECT ref.make_append_only('money.bank_report');

ALTER TABLE money.sandbox_bank_order
  ADD COLUMN execute_on date NOT NULL DEFAULT '2023-01-01',
  ADD COLUMN executions integer NOT NULL DEFAULT 1,
  ADD COLUMN told text NOT NULL DEFAULT '',
  DROP CONSTRAINT sandbox_bank_order_state_check,
  ADD CONSTRAINT sandbox_bank_order_state_check CHECK (state IN ('lost', 'received', 'debited', 'credited', 'rejected'));
ALTER TABLE money.sandbox_bank_order ALTER COLUMN execute_on DROP DEFAULT;
COMMENT ON COLUMN money.sandbox_bank_order.execute_on IS 'Requested day of execution';
COMMENT ON COLUMN money.sandbox_bank_order.executions IS 'Times it was taken for payment; a careless bank takes each submission';
COMMENT ON COLUMN money.sandbox_bank_order.told IS 'State it last sent a message about, empty for none';
COMMENT ON COLUMN money.sandbox_bank_order.state IS 'lost (never reached the bank), received, debited, credited or rejected';

CREATE TABLE money.books_check (
  check_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  occasion text NOT NULL CHECK (occasion IN ('close', 'night', 'hand')),
  after_day date,
  breaches jsonb NOT NULL,
  CONSTRAINT books_check_breaches_check CHECK (jsonb_typeof(breaches) = 'array')
);
COMMENT ON TABLE money.books_check IS 'Runs of the books'' own assertions (账务自检), append-only';
COMMENT ON COLUMN money.books_check.check_id IS 'Our key';
COMMENT ON COLUMN money.books_check.at IS 'Instant';
COMMENT ON COLUMN money.books_check.occasion IS 'close (before clearing), night, or hand';
COMMENT ON COLUMN money.books_check.after_day IS 'Sealed day after which postings were looked at one by one; null for all';
COMMENT ON COLUMN money.books_check.breaches IS 'Array of [assertion, what breaks it]; empty when the books hold';
SELECT ref.make_append_only('money.books_check');
