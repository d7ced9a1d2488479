-- Four books: statements of channels beside those of banks; differences with owner, due day and evidence.
CREATE TABLE money.channel_statement (
  statement_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel text NOT NULL REFERENCES money.channel,
  stated_on date NOT NULL,
  sha256 bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
  raw bytea NOT NULL,
  net_fen bigint NOT NULL,
  fee_fen bigint NOT NULL CHECK (fee_fen >= 0),
  loaded_by text NOT NULL,
  loaded_at timestamptz NOT NULL,
  UNIQUE (channel, stated_on)
);
COMMENT ON TABLE money.channel_statement IS 'Day statements of payment channels as they came, append-only';
COMMENT ON COLUMN money.channel_statement.statement_id IS 'Our key';
COMMENT ON COLUMN money.channel_statement.channel IS 'Channel';
COMMENT ON COLUMN money.channel_statement.stated_on IS 'Day of the channel, Asia/Shanghai';
COMMENT ON COLUMN money.channel_statement.sha256 IS 'SHA-256 of the file';
COMMENT ON COLUMN money.channel_statement.raw IS 'File';
COMMENT ON COLUMN money.channel_statement.net_fen IS 'Paid less refunded in fen, before fees, as the file says and its lines add up to';
COMMENT ON COLUMN money.channel_statement.fee_fen IS 'Fees of the day in fen';
COMMENT ON COLUMN money.channel_statement.loaded_by IS 'Sign-in name';
COMMENT ON COLUMN money.channel_statement.loaded_at IS 'Instant';
SELECT ref.make_append_only('money.channel_statement');

CREATE TABLE money.channel_statement_line (
  statement_id bigint NOT NULL REFERENCES money.channel_statement,
  seq integer NOT NULL,
  channel_txn text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('paid', 'refunded')),
  payment_code text NOT NULL,
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  fee_fen bigint NOT NULL CHECK (fee_fen >= 0),
  occurred_at timestamptz NOT NULL,
  PRIMARY KEY (statement_id, seq),
  UNIQUE (statement_id, kind, channel_txn)
);
CREATE INDEX channel_statement_line_channel_txn_idx ON money.channel_statement_line (channel_txn);
COMMENT ON TABLE money.channel_statement_line IS 'Lines of channels'' day statements, append-only';
COMMENT ON COLUMN money.channel_statement_line.statement_id IS 'Statement';
COMMENT ON COLUMN money.channel_statement_line.seq IS 'Place, from 1';
COMMENT ON COLUMN money.channel_statement_line.channel_txn IS 'The channel''s number of the payment';
COMMENT ON COLUMN money.channel_statement_line.kind IS 'paid or refunded';
COMMENT ON COLUMN money.channel_statement_line.payment_code IS 'Payment code as the channel knows it';
COMMENT ON COLUMN money.channel_statement_line.amount_fen IS 'Amount in fen';
COMMENT ON COLUMN money.channel_statement_line.fee_fen IS 'Fee of the channel in fen';
COMMENT ON COLUMN money.channel_statement_line.occurred_at IS 'Instant of the payment by the channel';
SELECT ref.make_append_only('money.channel_statement_line');

ALTER TABLE money.statement
  ADD COLUMN from_on date, ADD COLUMN to_on date, ADD COLUMN seq_no bigint,
  ADD CONSTRAINT statement_days_check CHECK (from_on <= to_on);
COMMENT ON COLUMN money.statement.from_on IS 'First day it covers; null for one without entries and balances';
COMMENT ON COLUMN money.statement.to_on IS 'Last day it covers';
COMMENT ON COLUMN money.statement.seq_no IS 'The bank''s running number of the account''s statements, where it gives one';
ALTER TABLE money.statement DISABLE TRIGGER append_only;
UPDATE money.statement s SET from_on = d.from_on, to_on = d.to_on
FROM (SELECT statement_id, min(booked_on) AS from_on, max(booked_on) AS to_on FROM money.statement_entry GROUP BY 1) d
WHERE d.statement_id = s.statement_id;
ALTER TABLE money.statement ENABLE TRIGGER append_only;

CREATE TABLE money.break_type (
  type text PRIMARY KEY,
  books text NOT NULL,
  side text NOT NULL CHECK (side IN ('city', 'county')),
  due_workdays integer NOT NULL CHECK (due_workdays IN (0, 1, 3, 7))
);
COMMENT ON TABLE money.break_type IS 'Kinds of differences: who settles them and within how long';
COMMENT ON COLUMN money.break_type.type IS 'Kind';
COMMENT ON COLUMN money.break_type.books IS 'Books that differ: C channel, L ledger, B bills, K bank, or the books alone';
COMMENT ON COLUMN money.break_type.side IS 'Who settles it: city, or the county it concerns';
COMMENT ON COLUMN money.break_type.due_workdays IS 'Working days from its opening until it is due';
INSERT INTO money.break_type VALUES
  ('C1', 'CL', 'city', 1), ('C2', 'CL', 'city', 1), ('C3', 'CL', 'city', 1), ('C4', 'CL', 'city', 1), ('C5', 'CK', 'city', 3),
  ('K1', 'LK', 'city', 1), ('K2', 'LK', 'city', 1), ('K3', 'LK', 'city', 1), ('K4', 'LK', 'city', 0), ('K5', 'LK', 'county', 1),
  ('K6', 'LK', 'county', 0), ('K7', 'LK', 'city', 3), ('K8', 'K', 'city', 1),
  ('B1', 'LB', 'city', 0), ('B2', 'LB', 'city', 1), ('B3', 'LB', 'city', 0), ('B4', 'LB', 'city', 1), ('B5', 'LB', 'city', 1),
  ('B6', 'B', 'city', 1), ('S1', 'L', 'city', 7), ('D1', 'L', 'city', 0), ('G1', 'L', 'city', 0),
  ('DUP_CONFLICT', 'CL', 'city', 1), ('WRONG_AMOUNT', 'CL', 'city', 3), ('DOUBLE_PAY', 'CL', 'city', 3),
  ('UNKNOWN_ORDER', 'CL', 'city', 3), ('LATE_PAY', 'CL', 'city', 3), ('REFUND_MISMATCH', 'CL', 'city', 1),
  ('UNREADABLE', 'C', 'city', 1), ('PAYOUT_REJECTED', 'LK', 'city', 0);
REVOKE INSERT, UPDATE, DELETE ON money.break_type FROM ":prefix_app";

CREATE FUNCTION money.workday_after(p_day date, p_count integer) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN p_count = 0 THEN p_day ELSE (
    SELECT d::date FROM generate_series(p_day + 1, p_day + 20 + 3 * p_count, interval '1 day') d
    LEFT JOIN ref.calendar c ON c.day = d::date
    WHERE coalesce(c.is_workday, extract(isodow FROM d) < 6)
    ORDER BY d OFFSET p_count - 1 LIMIT 1) END
$$;
COMMENT ON FUNCTION money.workday_after IS 'Day on which so many working days after a day are over; the week counts where no holidays are published';

ALTER TABLE money.break
  ADD COLUMN side text NOT NULL DEFAULT 'city' CHECK (side IN ('city', 'county')),
  ADD COLUMN due_on date;
COMMENT ON COLUMN money.break.side IS 'Who settles it: city, or the county it concerns';
COMMENT ON COLUMN money.break.due_on IS 'Day by which it shall be settled';
ALTER TABLE money.break_action ADD COLUMN document text, ADD COLUMN county_code text CHECK (county_code ~ '^[0-9]{6}$');
COMMENT ON COLUMN money.break_action.county_code IS 'County of who acted; null for the city';
COMMENT ON COLUMN money.break_action.document IS 'Number of the document that settles it, if no posting does';

CREATE FUNCTION money.give_break_owner() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kind record;
BEGIN
  SELECT t.side, t.due_workdays INTO kind FROM money.break_type t WHERE t.type = NEW.type;
  NEW.side := CASE WHEN NEW.county_code IS NULL THEN 'city' ELSE coalesce(kind.side, 'city') END;
  NEW.due_on := money.workday_after((NEW.opened_at AT TIME ZONE 'Asia/Shanghai')::date, coalesce(kind.due_workdays, 1));
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.give_break_owner() IS 'Trigger: a new difference gets its side and the day it is due';
CREATE TRIGGER break_owner BEFORE INSERT ON money.break FOR EACH ROW EXECUTE FUNCTION money.give_break_owner();
UPDATE money.break b SET due_on = money.workday_after((b.opened_at AT TIME ZONE 'Asia/Shanghai')::date,
  coalesce((SELECT t.due_workdays FROM money.break_type t WHERE t.type = b.type), 1));
ALTER TABLE money.break ALTER COLUMN due_on SET NOT NULL;
CREATE INDEX break_unsettled_idx ON money.break (due_on) WHERE state IN ('open', 'assigned', 'explained');

CREATE INDEX channel_event_occurred_at_idx ON money.channel_event USING brin (occurred_at) WITH (pages_per_range = 16, autosummarize = on);

CREATE FUNCTION money.near_end_of_day(p_day date, p_at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT p_at >= (p_day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' - interval '30 minutes'
     AND p_at < (p_day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
$$;
COMMENT ON FUNCTION money.near_end_of_day IS 'Whether an instant lies in the last half hour of a day, where channel and ledger may cut differently';

CREATE FUNCTION money.waits_for_next_day(p_day date, p_at timestamptz, p_now timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT money.near_end_of_day(p_day, p_at) AND p_now < (p_day + 2)::timestamp AT TIME ZONE 'Asia/Shanghai'
$$;
COMMENT ON FUNCTION money.waits_for_next_day IS 'Whether a payment of the end of a day may still come with the next day''s';

CREATE FUNCTION money.settlements(p_first date, p_last date)
RETURNS TABLE (statement_id bigint, seq integer, booked_on date, amount_fen bigint, reference text, channel text, paid_on text,
               ledger_fen bigint, fee_fen bigint, verdict text)
LANGUAGE sql STABLE AS $$
  WITH entry AS (
    SELECT e.statement_id, e.seq, e.booked_on, e.amount_fen, e.reference,
           split_part(e.reference, ':', 2) AS channel, split_part(e.reference, ':', 3) AS paid_on,
           row_number() OVER (PARTITION BY e.reference ORDER BY e.booked_on, e.statement_id, e.seq) AS nth
    FROM money.statement_entry e JOIN money.statement s USING (statement_id)
    WHERE NOT EXISTS (SELECT FROM ref.county_account a WHERE a.number = s.account)
      AND e.amount_fen > 0 AND e.reference ~ '^SETTLE:[a-z][a-z0-9_]*:\d{4}-\d{2}-\d{2}$'
      AND EXISTS (SELECT FROM money.statement_entry x WHERE x.reference = e.reference AND x.booked_on BETWEEN p_first AND p_last)
  ), paid AS (
    SELECT e.channel, p.biz_date::text AS paid_on, sum(p.total_fen)::bigint AS fen
    FROM money.posting p JOIN money.channel_event e USING (event_id)
    WHERE p.kind IN ('pay', 'suspend')
      AND p.biz_date BETWEEN p_first - 40 AND p_last AND p.biz_date::text IN (SELECT n.paid_on FROM entry n)
    GROUP BY 1, 2
  )
  SELECT n.statement_id, n.seq, n.booked_on, n.amount_fen, n.reference, n.channel, n.paid_on, coalesce(l.fen, 0), coalesce(c.fee_fen, 0),
         CASE WHEN l.fen IS NULL OR n.nth > 1 THEN 'K2'
              WHEN n.amount_fen = l.fen THEN NULL
              WHEN c.fee_fen > 0 AND n.amount_fen IN (l.fen - c.fee_fen, c.net_fen - c.fee_fen) THEN 'C5'
              WHEN n.amount_fen = c.net_fen THEN NULL
              ELSE 'C3' END
  FROM entry n LEFT JOIN paid l USING (channel, paid_on)
  LEFT JOIN money.channel_statement c ON c.channel = n.channel AND c.stated_on::text = n.paid_on
  WHERE n.booked_on BETWEEN p_first AND p_last
$$;
COMMENT ON FUNCTION money.settlements IS 'Channel settlements booked on these days and what differs: K2, C5, C3, or null when ledger or channel statement explain them';

CREATE FUNCTION money.payout_entries(p_first date, p_last date)
RETURNS TABLE (statement_id bigint, seq integer, account text, booked_on date, amount_fen bigint, msg_id text, nth bigint)
LANGUAGE sql STABLE AS $$
  SELECT * FROM (
    SELECT e.statement_id, e.seq, s.account, e.booked_on, e.amount_fen, e.reference,
           row_number() OVER (PARTITION BY s.account, e.reference ORDER BY e.booked_on, e.statement_id, e.seq) AS nth
    FROM money.statement_entry e JOIN money.statement s USING (statement_id)
    WHERE e.reference IN (SELECT y.msg_id FROM money.payout y)
      AND EXISTS (SELECT FROM money.statement_entry x WHERE x.reference = e.reference AND x.booked_on BETWEEN p_first AND p_last)) n
  WHERE n.booked_on BETWEEN p_first AND p_last
$$;
COMMENT ON FUNCTION money.payout_entries IS 'Statement entries of payouts booked on these days, and the how manieth of its account each is';

CREATE FUNCTION money.statement_chain()
RETURNS TABLE (statement_id bigint, account text, statement_ref text, to_on date, county_code text, sum_gap bigint, chain_gap bigint, missing bigint)
LANGUAGE sql STABLE AS $$
  WITH s AS (
    SELECT x.*, coalesce((SELECT sum(e.amount_fen) FROM money.statement_entry e WHERE e.statement_id = x.statement_id), 0) AS moved,
           lag(x.closing_fen) OVER w AS before_fen, lag(x.seq_no) OVER w AS before_no
    FROM money.statement x WINDOW w AS (PARTITION BY x.account ORDER BY x.to_on, x.seq_no, x.statement_id)
  )
  SELECT s.statement_id, s.account, s.statement_ref, s.to_on,
         (SELECT min(a.county_code) FROM ref.county_account a WHERE a.number = s.account),
         coalesce(s.opening_fen + s.moved - s.closing_fen, 0)::bigint,
         coalesce(s.opening_fen - s.before_fen, 0),
         coalesce(s.seq_no - s.before_no - 1, 0)
  FROM s
$$;
COMMENT ON FUNCTION money.statement_chain IS 'Each statement with what it lacks: to its own closing balance, to the closing balance before it, and numbers between';
