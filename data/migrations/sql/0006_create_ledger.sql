-- Double-entry ledger: accounts, postings, transfers, guards, day balances and seals.
CREATE TABLE money.account (
  account_id integer PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^[0-9]{4}([.][a-z0-9_]+)?$'),
  name text NOT NULL,
  class text NOT NULL CHECK (class IN ('A', 'L', 'R', 'X')),
  county_code text CHECK (county_code ~ '^[0-9]{6}$'),
  channel text,
  guard boolean NOT NULL DEFAULT false,
  valid daterange NOT NULL DEFAULT '[2023-01-01,)'
);
COMMENT ON TABLE money.account IS 'Chart of accounts (科目), append-only';
COMMENT ON COLUMN money.account.account_id IS 'Our key';
COMMENT ON COLUMN money.account.code IS 'Account code; after the point the county or channel';
COMMENT ON COLUMN money.account.name IS 'Name in Chinese';
COMMENT ON COLUMN money.account.class IS 'A asset, L liability, R discharged, X expense';
COMMENT ON COLUMN money.account.county_code IS 'Six-digit county (GB/T 2260), if it is a county''s';
COMMENT ON COLUMN money.account.channel IS 'Payment channel, if it is a channel''s';
COMMENT ON COLUMN money.account.guard IS 'Whether the available balance may never be negative';
COMMENT ON COLUMN money.account.valid IS 'Days on which it is open';

CREATE TABLE money.guard (
  account_id integer PRIMARY KEY REFERENCES money.account
);
COMMENT ON TABLE money.guard IS 'Row lock of each guarded account';
COMMENT ON COLUMN money.guard.account_id IS 'Guarded account';

CREATE TABLE money.posting (
  posting_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text NOT NULL UNIQUE CHECK (length(key) BETWEEN 3 AND 200),
  body_sha256 bytea NOT NULL CHECK (length(body_sha256) = 32),
  kind text NOT NULL,
  biz_date date NOT NULL,
  event_at timestamptz NOT NULL,
  inserted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  order_no text,
  msg_id text,
  event_id bigint UNIQUE,
  reverses bigint UNIQUE REFERENCES money.posting,
  actor text NOT NULL,
  n_rows integer NOT NULL CHECK (n_rows BETWEEN 1 AND 100000),
  total_fen bigint NOT NULL CHECK (total_fen > 0),
  UNIQUE (posting_id, biz_date, n_rows)
);
-- BRIN: the table grows by day. A btree would be taken for the foreign key of transfer while statistics are young.
CREATE INDEX posting_biz_date_idx ON money.posting USING brin (biz_date) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX posting_order_no_idx ON money.posting (order_no) WHERE order_no IS NOT NULL;
CREATE INDEX posting_msg_id_idx ON money.posting (msg_id) WHERE msg_id IS NOT NULL;
COMMENT ON TABLE money.posting IS 'Business events (记账事件), append-only; each has 1..n transfers';
COMMENT ON COLUMN money.posting.posting_id IS 'Our key';
COMMENT ON COLUMN money.posting.key IS 'Business key: one key, one effect';
COMMENT ON COLUMN money.posting.body_sha256 IS 'SHA-256 of the input; the same key with another input is refused';
COMMENT ON COLUMN money.posting.kind IS 'What happened, such as pay, arrive, freeze';
COMMENT ON COLUMN money.posting.biz_date IS 'Accounting day in Asia/Shanghai';
COMMENT ON COLUMN money.posting.event_at IS 'Instant of the event';
COMMENT ON COLUMN money.posting.inserted_at IS 'Instant of writing';
COMMENT ON COLUMN money.posting.order_no IS 'Payment order, if one';
COMMENT ON COLUMN money.posting.msg_id IS 'Payout message, if one';
COMMENT ON COLUMN money.posting.event_id IS 'Channel event that caused it, if one';
COMMENT ON COLUMN money.posting.reverses IS 'Posting that this one reverses (冲正)';
COMMENT ON COLUMN money.posting.actor IS 'Sign-in name or program';
COMMENT ON COLUMN money.posting.n_rows IS 'Number of transfers';
COMMENT ON COLUMN money.posting.total_fen IS 'Sum of the transfers in fen';

CREATE TABLE money.transfer (
  transfer_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  posting_id bigint NOT NULL,
  biz_date date NOT NULL,
  n_rows integer NOT NULL,
  seq integer NOT NULL,
  dr integer NOT NULL,
  cr integer NOT NULL,
  amount_fen bigint NOT NULL CHECK (amount_fen > 0 AND amount_fen <= 10000000000000),
  phase text NOT NULL DEFAULT 'FINAL' CHECK (phase IN ('FINAL', 'PENDING', 'POST', 'VOID')),
  pending_id bigint UNIQUE REFERENCES money.transfer,
  line_id bigint,
  decision_id bigint,
  CONSTRAINT transfer_sides_check CHECK (dr <> cr),
  CONSTRAINT transfer_phase_pending_check CHECK ((phase IN ('POST', 'VOID')) = (pending_id IS NOT NULL)),
  CONSTRAINT transfer_seq_check CHECK (seq BETWEEN 1 AND n_rows),
  UNIQUE (posting_id, seq),
  FOREIGN KEY (posting_id, biz_date, n_rows) REFERENCES money.posting (posting_id, biz_date, n_rows)
);
CREATE INDEX transfer_dr_idx ON money.transfer (dr, biz_date);
CREATE INDEX transfer_cr_idx ON money.transfer (cr, biz_date);
CREATE INDEX transfer_line_id_idx ON money.transfer (line_id) WHERE line_id IS NOT NULL;
COMMENT ON TABLE money.transfer IS 'One debit, one credit, one amount (分录), append-only; balanced by construction';
COMMENT ON COLUMN money.transfer.transfer_id IS 'Our key';
COMMENT ON COLUMN money.transfer.posting_id IS 'Event it belongs to';
COMMENT ON COLUMN money.transfer.biz_date IS 'Accounting day, as the posting''s';
COMMENT ON COLUMN money.transfer.n_rows IS 'Number of transfers of the posting: no row can be added later';
COMMENT ON COLUMN money.transfer.seq IS 'Place in the posting, from 1';
COMMENT ON COLUMN money.transfer.dr IS 'Debit account';
COMMENT ON COLUMN money.transfer.cr IS 'Credit account';
COMMENT ON COLUMN money.transfer.amount_fen IS 'Amount in fen';
COMMENT ON COLUMN money.transfer.phase IS 'FINAL, or PENDING resolved later by one POST or VOID';
COMMENT ON COLUMN money.transfer.pending_id IS 'PENDING transfer that this one resolves';
COMMENT ON COLUMN money.transfer.line_id IS 'Order line, if one';
COMMENT ON COLUMN money.transfer.decision_id IS 'County decision that chose the account, if one';

CREATE TABLE money.day_seal (
  biz_date date PRIMARY KEY,
  n_rows bigint NOT NULL,
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  prev_sha256 bytea NOT NULL CHECK (length(prev_sha256) = 32),
  signature bytea NOT NULL,
  algorithm text NOT NULL,
  sealed_by text NOT NULL,
  sealed_at timestamptz NOT NULL
);
COMMENT ON TABLE money.day_seal IS 'Signed hash of all transfers of a day and of the seal before it, append-only';
COMMENT ON COLUMN money.day_seal.biz_date IS 'Accounting day; nothing is posted to it any more';
COMMENT ON COLUMN money.day_seal.n_rows IS 'Number of transfers';
COMMENT ON COLUMN money.day_seal.sha256 IS 'SHA-256 over the day''s transfers in order and the seal before';
COMMENT ON COLUMN money.day_seal.prev_sha256 IS 'The seal before, zeros for the first';
COMMENT ON COLUMN money.day_seal.signature IS 'Signature of sha256';
COMMENT ON COLUMN money.day_seal.algorithm IS 'Signature algorithm';
COMMENT ON COLUMN money.day_seal.sealed_by IS 'Sign-in name';
COMMENT ON COLUMN money.day_seal.sealed_at IS 'Instant';

CREATE TABLE money.balance_day (
  account_id integer NOT NULL REFERENCES money.account,
  biz_date date NOT NULL REFERENCES money.day_seal,
  dr_fen bigint NOT NULL,
  cr_fen bigint NOT NULL,
  pend_dr_fen bigint NOT NULL,
  pend_cr_fen bigint NOT NULL,
  PRIMARY KEY (account_id, biz_date)
);
COMMENT ON TABLE money.balance_day IS 'Sums of an account from the beginning to the end of a sealed day, append-only';
COMMENT ON COLUMN money.balance_day.account_id IS 'Account';
COMMENT ON COLUMN money.balance_day.biz_date IS 'Sealed day';
COMMENT ON COLUMN money.balance_day.dr_fen IS 'Debits posted, fen';
COMMENT ON COLUMN money.balance_day.cr_fen IS 'Credits posted, fen';
COMMENT ON COLUMN money.balance_day.pend_dr_fen IS 'Debits pending, fen';
COMMENT ON COLUMN money.balance_day.pend_cr_fen IS 'Credits pending, fen';

CREATE TABLE money.period (
  month date PRIMARY KEY CHECK (extract(day FROM month) = 1),
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closing', 'closed')),
  trial_sha256 bytea
);
COMMENT ON TABLE money.period IS 'Accounting months; a month without a row is open';
COMMENT ON COLUMN money.period.month IS 'First day of the month';
COMMENT ON COLUMN money.period.state IS 'open, closing or closed';
COMMENT ON COLUMN money.period.trial_sha256 IS 'SHA-256 of the trial balance at the close';

SELECT ref.make_append_only('money.account');
SELECT ref.make_append_only('money.posting');
SELECT ref.make_append_only('money.transfer');
SELECT ref.make_append_only('money.day_seal');
SELECT ref.make_append_only('money.balance_day');

CREATE FUNCTION money.biz_day(at timestamptz) RETURNS date LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN greatest((at AT TIME ZONE 'Asia/Shanghai')::date,
                  (SELECT biz_date + 1 FROM money.day_seal ORDER BY biz_date DESC LIMIT 1));
END $$;
COMMENT ON FUNCTION money.biz_day(timestamptz) IS 'Accounting day of an instant: its day in Asia/Shanghai, later if that is sealed';

CREATE FUNCTION money.check_posting_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM money.day_seal WHERE biz_date >= NEW.biz_date)
     OR EXISTS (SELECT 1 FROM money.period
                WHERE month = date_trunc('month', NEW.biz_date)::date AND state = 'closed') THEN
    RAISE EXCEPTION 'day % is sealed', NEW.biz_date
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'posting_day_open';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_posting_open() IS 'Trigger: nothing is posted to a sealed day or a closed month';
CREATE TRIGGER posting_open BEFORE INSERT ON money.posting
  FOR EACH ROW EXECUTE FUNCTION money.check_posting_open();

CREATE FUNCTION money.check_posting_complete() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found_rows bigint; found_fen numeric;
BEGIN
  SELECT count(*), sum(amount_fen) INTO found_rows, found_fen FROM money.transfer WHERE posting_id = NEW.posting_id;
  IF found_rows <> NEW.n_rows OR found_fen IS DISTINCT FROM NEW.total_fen THEN
    RAISE EXCEPTION 'posting % is not complete', NEW.key
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'posting_complete';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION money.check_posting_complete() IS 'Trigger at commit: count and sum of the transfers are as declared';
CREATE CONSTRAINT TRIGGER posting_complete AFTER INSERT ON money.posting
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION money.check_posting_complete();

CREATE FUNCTION money.check_transfer_resolves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE target money.transfer;
BEGIN
  SELECT * INTO target FROM money.transfer WHERE transfer_id = NEW.pending_id;
  IF target.phase IS DISTINCT FROM 'PENDING' OR target.dr <> NEW.dr OR target.cr <> NEW.cr
     OR NEW.amount_fen > target.amount_fen OR (NEW.phase = 'VOID' AND NEW.amount_fen <> target.amount_fen) THEN
    RAISE EXCEPTION 'transfer does not fit the pending one'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transfer_resolves';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_transfer_resolves() IS 'Trigger: POST and VOID name a pending transfer of the same accounts';
CREATE TRIGGER transfer_resolves BEFORE INSERT ON money.transfer
  FOR EACH ROW WHEN (NEW.phase IN ('POST', 'VOID')) EXECUTE FUNCTION money.check_transfer_resolves();

-- Not foreign keys: those lock the few account rows from every payment at once, and accounts are never deleted.
CREATE FUNCTION money.check_transfer_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM money.account WHERE account_id IN (NEW.dr, NEW.cr)) <> 2 THEN
    RAISE EXCEPTION 'no such account'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'transfer_accounts_known';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_transfer_accounts() IS 'Trigger: both accounts exist';
CREATE TRIGGER transfer_accounts BEFORE INSERT ON money.transfer
  FOR EACH ROW EXECUTE FUNCTION money.check_transfer_accounts();

CREATE FUNCTION money.balances(up_to date, only_accounts integer[] DEFAULT NULL)
RETURNS TABLE (account_id integer, dr_fen bigint, cr_fen bigint, pend_dr_fen bigint, pend_cr_fen bigint)
LANGUAGE sql STABLE AS $$
  WITH snapshot AS (
    SELECT max(biz_date) AS biz_date FROM money.day_seal WHERE biz_date <= up_to
  ), tail AS (
    SELECT t.* FROM money.transfer t, snapshot s
    WHERE t.biz_date > coalesce(s.biz_date, '-infinity') AND t.biz_date <= up_to
      AND (only_accounts IS NULL OR t.dr = ANY(only_accounts) OR t.cr = ANY(only_accounts))
  ), sides AS (
    SELECT dr AS account_id, amount_fen AS dr_fen, 0::bigint AS cr_fen, 0::bigint AS pend_dr, 0::bigint AS pend_cr
    FROM tail WHERE phase IN ('FINAL', 'POST')
    UNION ALL SELECT cr, 0, amount_fen, 0, 0 FROM tail WHERE phase IN ('FINAL', 'POST')
    UNION ALL SELECT dr, 0, 0, amount_fen, 0 FROM tail WHERE phase = 'PENDING'
    UNION ALL SELECT cr, 0, 0, 0, amount_fen FROM tail WHERE phase = 'PENDING'
    UNION ALL SELECT p.dr, 0, 0, -p.amount_fen, 0
      FROM tail t JOIN money.transfer p ON p.transfer_id = t.pending_id
    UNION ALL SELECT p.cr, 0, 0, 0, -p.amount_fen
      FROM tail t JOIN money.transfer p ON p.transfer_id = t.pending_id
    UNION ALL SELECT b.account_id, b.dr_fen, b.cr_fen, b.pend_dr_fen, b.pend_cr_fen
      FROM money.balance_day b JOIN snapshot s USING (biz_date)
  )
  SELECT s.account_id, sum(s.dr_fen)::bigint, sum(s.cr_fen)::bigint, sum(pend_dr)::bigint, sum(pend_cr)::bigint
  FROM sides s WHERE only_accounts IS NULL OR s.account_id = ANY(only_accounts)
  GROUP BY s.account_id
$$;
COMMENT ON FUNCTION money.balances(date, integer[]) IS 'Sums per account in fen to the end of a day: newest sealed snapshot and the tail';

CREATE FUNCTION money.check_guards(touched integer[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE guarded integer[]; broken text;
BEGIN
  SELECT array_agg(g.account_id) INTO guarded FROM (
    SELECT account_id FROM money.guard WHERE account_id = ANY(touched) ORDER BY account_id FOR UPDATE) g;
  IF guarded IS NULL THEN
    RETURN;
  END IF;
  SELECT a.code INTO broken
  FROM money.balances('infinity', guarded) b JOIN money.account a USING (account_id)
  WHERE CASE a.class WHEN 'A' THEN b.dr_fen - b.cr_fen - b.pend_cr_fen
                     ELSE b.cr_fen - b.dr_fen - b.pend_dr_fen END < 0
  LIMIT 1;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'account % would be negative', broken
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'guard_negative';
  END IF;
END $$;
COMMENT ON FUNCTION money.check_guards(integer[]) IS 'Refuse a negative available balance of a guarded account, under its row lock';

CREATE FUNCTION money.post(
  p_key text, p_sha256 bytea, p_kind text, p_biz_date date, p_event_at timestamptz, p_actor text,
  p_order_no text, p_msg_id text, p_reverses bigint,
  p_dr text[], p_cr text[], p_amount bigint[], p_phase text[], p_pending bigint[], p_line bigint[])
RETURNS TABLE (posting_id bigint, created boolean, same boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE new_id bigint; touched integer[];
BEGIN
  INSERT INTO money.posting (key, body_sha256, kind, biz_date, event_at, order_no, msg_id, reverses, actor, n_rows, total_fen)
  VALUES (p_key, p_sha256, p_kind, p_biz_date, p_event_at, p_order_no, p_msg_id, p_reverses, p_actor,
          cardinality(p_amount), (SELECT sum(a) FROM unnest(p_amount) a))
  ON CONFLICT (key) DO NOTHING RETURNING posting.posting_id INTO new_id;
  IF new_id IS NULL THEN
    RETURN QUERY SELECT p.posting_id, false, p.body_sha256 = p_sha256 FROM money.posting p WHERE p.key = p_key;
    RETURN;
  END IF;
  INSERT INTO money.transfer (posting_id, biz_date, n_rows, seq, dr, cr, amount_fen, phase, pending_id, line_id, decision_id)
  SELECT new_id, p_biz_date, cardinality(p_amount), r.seq, d.account_id, c.account_id, r.amount, r.phase, r.pending,
         r.line, l.decision_id
  FROM unnest(p_dr, p_cr, p_amount, p_phase, p_pending, p_line) WITH ORDINALITY
         AS r(dr, cr, amount, phase, pending, line, seq)
  JOIN money.account d ON d.code = r.dr JOIN money.account c ON c.code = r.cr
  LEFT JOIN money.order_line l ON l.line_id = r.line
  ORDER BY r.seq;
  SELECT array_agg(DISTINCT a.account_id) INTO touched
  FROM unnest(p_dr, p_cr, p_phase) AS r(dr, cr, phase)
  JOIN money.account a ON (a.code = r.dr AND a.class <> 'A') OR (a.code = r.cr AND a.class = 'A')
  WHERE a.guard AND r.phase IN ('FINAL', 'PENDING');
  PERFORM money.check_guards(touched);
  RETURN QUERY SELECT new_id, true, true;
END $$;
COMMENT ON FUNCTION money.post IS 'Write one posting; an existing key gives the first posting and whether the input was the same';

INSERT INTO money.account (account_id, code, name, class, county_code, channel, guard)
SELECT row_number() OVER (ORDER BY code)::integer, code, name, class, county, channel, guard
FROM (
  VALUES ('1001', '归集户', 'A', NULL, NULL, true), ('1101.sandbox', '渠道应收·沙箱渠道', 'A', NULL, 'sandbox', false),
         ('2301', '待查款', 'L', NULL, NULL, false), ('2302', '待定属地', 'L', NULL, NULL, false),
         ('5001', '渠道手续费', 'X', NULL, NULL, false)
  UNION ALL
  SELECT kind.code || '.' || county.code, kind.name || '·' || county.name, kind.class, county.code, NULL, kind.guard
  FROM (VALUES ('1901', '清分在途', 'A', false), ('1201', '财政非税专户', 'A', false), ('1301', '国库', 'A', false),
               ('2101', '应付县区非税', 'L', true), ('2102', '应缴国库税款', 'L', true), ('2201', '应退缴款人', 'L', false),
               ('2401', '争议暂存', 'L', false), ('3101', '已解缴非税', 'R', false), ('3102', '已解缴税款', 'R', false))
         AS kind(code, name, class, guard),
       (VALUES ('421200', '市本级'), ('421202', '咸安区'), ('421221', '嘉鱼县'), ('421222', '通城县'),
               ('421223', '崇阳县'), ('421224', '通山县'), ('421281', '赤壁市')) AS county(code, name)
) AS chart(code, name, class, county, channel, guard);
INSERT INTO money.guard SELECT account_id FROM money.account WHERE guard;
