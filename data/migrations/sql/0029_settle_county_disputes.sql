-- Disputes between counties about a line of an order: the line is held, two persons rule, the next run adjusts.
CREATE TABLE ref.county_policy (
  valid_from date NOT NULL,
  valid_to date,
  dispute_days integer NOT NULL,
  area_split boolean NOT NULL,
  source_doc text NOT NULL,
  verified boolean NOT NULL,
  PRIMARY KEY (valid_from),
  CONSTRAINT county_policy_dispute_days_check CHECK (dispute_days BETWEEN 1 AND 365),
  CONSTRAINT county_policy_validity_check CHECK (valid_to > valid_from),
  CONSTRAINT county_policy_validity_excl EXCLUDE USING gist (daterange(valid_from, valid_to) WITH &&)
);
COMMENT ON TABLE ref.county_policy IS 'What the city chose for money whose county is not plain, as dated data';
COMMENT ON COLUMN ref.county_policy.valid_from IS 'First day in force';
COMMENT ON COLUMN ref.county_policy.valid_to IS 'Day from which it is no longer in force; null for open';
COMMENT ON COLUMN ref.county_policy.dispute_days IS 'Days after payment or clearing in which a county may dispute a line';
COMMENT ON COLUMN ref.county_policy.area_split IS 'Whether fees of a parcel in several counties are split by area (R3) instead of waiting for a designated county';
COMMENT ON COLUMN ref.county_policy.source_doc IS 'Document it is taken from';
COMMENT ON COLUMN ref.county_policy.verified IS 'Whether the source itself was read';

CREATE TABLE money.dispute_transition (
  from_state text NOT NULL,
  to_state text NOT NULL,
  PRIMARY KEY (from_state, to_state)
);
COMMENT ON TABLE money.dispute_transition IS 'Changes of state that a dispute may make';
COMMENT ON COLUMN money.dispute_transition.from_state IS 'State before; none at first';
COMMENT ON COLUMN money.dispute_transition.to_state IS 'State after';
INSERT INTO money.dispute_transition VALUES
  ('none', 'raised'), ('raised', 'held'), ('raised', 'rejected'), ('raised', 'withdrawn'),
  ('held', 'ruled'), ('held', 'withdrawn'), ('ruled', 'adjusted'), ('ruled', 'withdrawn');
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON money.dispute_transition FROM ":prefix_app";

CREATE TABLE money.dispute (
  dispute_no text PRIMARY KEY CHECK (dispute_no ~ '^DO[0-9]{16,20}-[0-9]+-[0-9]+$'),
  line_id bigint NOT NULL REFERENCES money.order_line,
  order_no text NOT NULL REFERENCES money.payment_order,
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  claimed_county text NOT NULL CHECK (claimed_county ~ '^[0-9]{6}$'),
  kind text NOT NULL CHECK (kind IN ('nontax', 'tax')),
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  reason text NOT NULL,
  basis_doc text NOT NULL,
  raised_by text NOT NULL,
  raised_county text NOT NULL CHECK (raised_county ~ '^[0-9]{6}$'),
  raised_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'none',
  cleared boolean,
  ruled_county text,
  changed_at timestamptz NOT NULL,
  CONSTRAINT dispute_other_county_check CHECK (claimed_county <> county_code),
  CONSTRAINT dispute_raised_by_one_check CHECK (raised_county IN (county_code, claimed_county))
);
CREATE UNIQUE INDEX dispute_line_idx ON money.dispute (line_id) WHERE state NOT IN ('withdrawn', 'rejected');
CREATE INDEX dispute_order_no_idx ON money.dispute (order_no);
CREATE INDEX dispute_open_idx ON money.dispute (state) WHERE state IN ('raised', 'held', 'ruled');
COMMENT ON TABLE money.dispute IS 'Disputes of counties about an order line (属地争议); a line is ruled on once';
COMMENT ON COLUMN money.dispute.dispute_no IS 'Number: order, line, how manieth';
COMMENT ON COLUMN money.dispute.line_id IS 'Order line in dispute';
COMMENT ON COLUMN money.dispute.order_no IS 'Order of the line';
COMMENT ON COLUMN money.dispute.county_code IS 'County the line was decided for';
COMMENT ON COLUMN money.dispute.claimed_county IS 'County to which it shall belong';
COMMENT ON COLUMN money.dispute.kind IS 'nontax or tax; never netted';
COMMENT ON COLUMN money.dispute.amount_fen IS 'Amount of the line in fen';
COMMENT ON COLUMN money.dispute.reason IS 'Words of who raised it';
COMMENT ON COLUMN money.dispute.basis_doc IS 'Document relied on';
COMMENT ON COLUMN money.dispute.raised_by IS 'Sign-in name';
COMMENT ON COLUMN money.dispute.raised_county IS 'County of who raised it: one of the two';
COMMENT ON COLUMN money.dispute.raised_at IS 'Instant';
COMMENT ON COLUMN money.dispute.state IS 'none, raised, held, ruled, adjusted, withdrawn or rejected: projection of dispute_event, written by its trigger only';
COMMENT ON COLUMN money.dispute.cleared IS 'Whether the line was in a clearing run when it was held; null before';
COMMENT ON COLUMN money.dispute.ruled_county IS 'County of the ruling that stands; null before';
COMMENT ON COLUMN money.dispute.changed_at IS 'Instant of the last event';
REVOKE UPDATE, DELETE, TRUNCATE ON money.dispute FROM ":prefix_app";

CREATE TABLE money.dispute_ruling (
  ruling_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dispute_no text NOT NULL REFERENCES money.dispute,
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  basis_doc text NOT NULL,
  reason text NOT NULL,
  proposed_by text NOT NULL,
  proposed_office text NOT NULL CHECK (proposed_office = 'city'),
  proposed_at timestamptz NOT NULL,
  accepted boolean,
  ended_by text,
  ended_office text CHECK (ended_office = 'city'),
  ended_at timestamptz,
  comment text NOT NULL DEFAULT '',
  decision_id bigint REFERENCES spatial.county_decision,
  CONSTRAINT dispute_ruling_two_persons_check CHECK (ended_by <> proposed_by),
  CONSTRAINT dispute_ruling_ended_check CHECK (num_nulls(accepted, ended_by, ended_office, ended_at) IN (0, 4)),
  CONSTRAINT dispute_ruling_decision_check CHECK (decision_id IS NULL OR accepted)
);
CREATE UNIQUE INDEX dispute_ruling_open_idx ON money.dispute_ruling (dispute_no) WHERE accepted IS DISTINCT FROM false;
CREATE INDEX dispute_ruling_dispute_no_idx ON money.dispute_ruling (dispute_no);
COMMENT ON TABLE money.dispute_ruling IS 'Rulings: proposed by the city''s finance, ended by a second person of the city';
COMMENT ON COLUMN money.dispute_ruling.ruling_id IS 'Our key';
COMMENT ON COLUMN money.dispute_ruling.dispute_no IS 'Dispute';
COMMENT ON COLUMN money.dispute_ruling.county_code IS 'County to which the line belongs by it: one of the two';
COMMENT ON COLUMN money.dispute_ruling.basis_doc IS 'Document relied on';
COMMENT ON COLUMN money.dispute_ruling.reason IS 'Why';
COMMENT ON COLUMN money.dispute_ruling.proposed_by IS 'Sign-in name; neither who raised the dispute nor who ends the ruling';
COMMENT ON COLUMN money.dispute_ruling.proposed_office IS 'Always the city: no county rules on its own money';
COMMENT ON COLUMN money.dispute_ruling.proposed_at IS 'Instant';
COMMENT ON COLUMN money.dispute_ruling.accepted IS 'Whether the second person agreed; null while open';
COMMENT ON COLUMN money.dispute_ruling.ended_by IS 'Sign-in name of the second person';
COMMENT ON COLUMN money.dispute_ruling.ended_office IS 'Always the city';
COMMENT ON COLUMN money.dispute_ruling.ended_at IS 'Instant';
COMMENT ON COLUMN money.dispute_ruling.comment IS 'Words of the second person';
COMMENT ON COLUMN money.dispute_ruling.decision_id IS 'County decision that supersedes the line''s; null when the county stays';
REVOKE UPDATE, DELETE, TRUNCATE ON money.dispute_ruling FROM ":prefix_app";
GRANT UPDATE (accepted, ended_by, ended_office, ended_at, comment, decision_id) ON money.dispute_ruling TO ":prefix_app";

CREATE TABLE money.dispute_event (
  dispute_no text NOT NULL REFERENCES money.dispute,
  seq integer NOT NULL CHECK (seq > 0),
  from_state text NOT NULL,
  to_state text NOT NULL,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  comment text NOT NULL DEFAULT '',
  PRIMARY KEY (dispute_no, seq),
  CONSTRAINT dispute_event_transition_fkey FOREIGN KEY (from_state, to_state) REFERENCES money.dispute_transition
);
COMMENT ON TABLE money.dispute_event IS 'Changes of state of a dispute, append-only; the state is their projection';
COMMENT ON COLUMN money.dispute_event.dispute_no IS 'Dispute';
COMMENT ON COLUMN money.dispute_event.seq IS 'Place, from 1';
COMMENT ON COLUMN money.dispute_event.from_state IS 'State before';
COMMENT ON COLUMN money.dispute_event.to_state IS 'State after';
COMMENT ON COLUMN money.dispute_event.at IS 'Instant';
COMMENT ON COLUMN money.dispute_event.actor IS 'Sign-in name or program';
COMMENT ON COLUMN money.dispute_event.comment IS 'Words';
SELECT ref.make_append_only('money.dispute_event');

CREATE TABLE money.batch_adjustment (
  batch_id bigint NOT NULL REFERENCES money.batch,
  dispute_no text NOT NULL REFERENCES money.dispute,
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  kind text NOT NULL CHECK (kind IN ('nontax', 'tax')),
  amount_fen bigint NOT NULL CHECK (amount_fen <> 0),
  PRIMARY KEY (batch_id, dispute_no, county_code)
);
CREATE INDEX batch_adjustment_dispute_no_idx ON money.batch_adjustment (dispute_no);
COMMENT ON TABLE money.batch_adjustment IS 'What a run pays more or less because a line that was cleared belongs to another county, append-only';
COMMENT ON COLUMN money.batch_adjustment.batch_id IS 'Run';
COMMENT ON COLUMN money.batch_adjustment.dispute_no IS 'Dispute whose ruling it carries out';
COMMENT ON COLUMN money.batch_adjustment.county_code IS 'County whose payout is changed';
COMMENT ON COLUMN money.batch_adjustment.kind IS 'nontax or tax; never netted';
COMMENT ON COLUMN money.batch_adjustment.amount_fen IS 'Fen: negative is kept from the county that had the money, positive is paid to the other';
SELECT ref.make_append_only('money.batch_adjustment');

-- The two counties, the city and the supervisors see a dispute.
ALTER TABLE money.dispute ENABLE ROW LEVEL SECURITY;
CREATE POLICY dispute_scope ON money.dispute USING (
  (SELECT current_setting('ningtu.scope', true)) = 'all'
  OR (SELECT current_setting('ningtu.county', true)) IN (county_code, claimed_county));
ALTER TABLE money.dispute_ruling ENABLE ROW LEVEL SECURITY;
CREATE POLICY dispute_ruling_scope ON money.dispute_ruling USING (
  (SELECT current_setting('ningtu.scope', true)) = 'all'
  OR EXISTS (SELECT FROM money.dispute d WHERE d.dispute_no = dispute_ruling.dispute_no));
ALTER TABLE money.dispute_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY dispute_event_scope ON money.dispute_event USING (
  (SELECT current_setting('ningtu.scope', true)) = 'all'
  OR EXISTS (SELECT FROM money.dispute d WHERE d.dispute_no = dispute_event.dispute_no));

-- Who has the money by a ruling sees the order and the line that it is for.
ALTER POLICY payment_order_scope ON money.payment_order USING (
  (SELECT current_setting('ningtu.scope', true)) = 'all'
  OR accept_office = (SELECT current_setting('ningtu.office', true))
  OR (SELECT current_setting('ningtu.county', true)) = ANY (county_codes)
  OR order_no IN (SELECT d.order_no FROM money.dispute d
                  WHERE d.state = 'adjusted' AND d.ruled_county = current_setting('ningtu.county', true)));
ALTER POLICY order_line_scope ON money.order_line USING (
  (SELECT current_setting('ningtu.scope', true)) = 'all'
  OR accept_office = (SELECT current_setting('ningtu.office', true))
  OR county_code = (SELECT current_setting('ningtu.county', true))
  OR line_id IN (SELECT d.line_id FROM money.dispute d
                 WHERE d.state = 'adjusted' AND d.ruled_county = current_setting('ningtu.county', true)));

CREATE VIEW money.line_owed WITH (security_invoker = true) AS
SELECT l.line_id, coalesce(d.ruled_county, l.county_code) AS county_code, d.dispute_no
FROM money.order_line l
LEFT JOIN money.dispute d ON d.line_id = l.line_id AND d.state = 'adjusted' AND d.ruled_county <> d.county_code;
COMMENT ON VIEW money.line_owed IS 'County that each order line belongs to now: as decided at issue, or by the ruling that moved it';
COMMENT ON COLUMN money.line_owed.line_id IS 'Order line';
COMMENT ON COLUMN money.line_owed.county_code IS 'County that has or is owed the money';
COMMENT ON COLUMN money.line_owed.dispute_no IS 'Dispute whose ruling moved it; null for none';

CREATE FUNCTION money.check_dispute() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_line record;
BEGIN
  SELECT l.order_no, l.county_code, l.amount_fen, CASE l.kind WHEN 'fee' THEN 'nontax' ELSE 'tax' END AS kind, o.state INTO v_line
  FROM money.order_line l JOIN money.payment_order o USING (order_no) WHERE l.line_id = NEW.line_id;
  IF (v_line.order_no, v_line.county_code, v_line.amount_fen, v_line.kind) IS DISTINCT FROM (NEW.order_no, NEW.county_code, NEW.amount_fen, NEW.kind)
     OR v_line.state NOT IN ('paid', 'cleared') OR NEW.state <> 'none'
     OR EXISTS (SELECT 1 FROM money.refund_line x JOIN money.refund r USING (refund_no)
                WHERE x.line_id = NEW.line_id AND r.state <> 'rejected') THEN
    RAISE EXCEPTION 'line % cannot be disputed', NEW.line_id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'dispute_of_paid_line';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_dispute() IS 'Trigger: a dispute is about the whole of a paid line of which nothing goes back';
CREATE TRIGGER dispute_of_paid_line BEFORE INSERT ON money.dispute FOR EACH ROW EXECUTE FUNCTION money.check_dispute();

CREATE FUNCTION money.check_dispute_ruling() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE d money.dispute;
BEGIN
  SELECT * INTO d FROM money.dispute WHERE dispute_no = NEW.dispute_no;
  IF d.state <> 'held' OR NEW.county_code NOT IN (d.county_code, d.claimed_county)
     OR d.raised_by IN (NEW.proposed_by, NEW.ended_by) THEN
    RAISE EXCEPTION 'no such ruling on dispute %', NEW.dispute_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'dispute_ruling_fits';
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.accepted IS NOT NULL THEN
    RAISE EXCEPTION 'ruling % has ended', NEW.ruling_id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'dispute_ruling_ended_once';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_dispute_ruling() IS 'Trigger: a ruling is on a held dispute, for one of its counties, by others than who raised it, and ends once';
CREATE TRIGGER dispute_ruling_fits BEFORE INSERT OR UPDATE ON money.dispute_ruling
  FOR EACH ROW EXECUTE FUNCTION money.check_dispute_ruling();

-- The order's row is locked by whoever changes a dispute, freezes its lines or gives money back.
CREATE FUNCTION money.project_dispute_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE d money.dispute; v_cleared boolean; v_ruled text; v_need text; v_fen bigint;
BEGIN
  SELECT * INTO d FROM money.dispute WHERE dispute_no = NEW.dispute_no;
  PERFORM 1 FROM money.payment_order WHERE order_no = d.order_no FOR UPDATE;
  v_cleared := d.cleared;
  v_ruled := d.ruled_county;
  IF NEW.to_state = 'held' THEN
    v_cleared := EXISTS (SELECT 1 FROM money.batch_item i WHERE i.line_id = d.line_id);
    IF EXISTS (SELECT 1 FROM money.refund_line x JOIN money.refund r USING (refund_no)
               WHERE x.line_id = d.line_id AND r.state <> 'rejected') THEN
      RAISE EXCEPTION 'line % goes back to its payer', d.line_id
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'dispute_of_paid_line';
    END IF;
  ELSIF NEW.to_state = 'ruled' THEN
    SELECT county_code INTO v_ruled FROM money.dispute_ruling WHERE dispute_no = NEW.dispute_no AND accepted;
    IF v_ruled IS NULL THEN
      RAISE EXCEPTION 'dispute % has no ruling', NEW.dispute_no
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'dispute_ruled_by_two';
    END IF;
  END IF;
  -- What the step means in the books stands there first.
  v_need := CASE WHEN NEW.to_state = 'held' AND NOT v_cleared THEN 'dsh:'
                 WHEN NEW.to_state = 'adjusted' AND v_ruled <> d.county_code THEN 'dsr:'
                 WHEN NEW.to_state IN ('adjusted', 'withdrawn') AND NOT v_cleared THEN 'dsx:' END;
  SELECT total_fen INTO v_fen FROM money.posting WHERE key = v_need || d.dispute_no;
  IF v_need IS NOT NULL AND v_fen IS DISTINCT FROM d.amount_fen THEN
    RAISE EXCEPTION 'dispute % is not posted', NEW.dispute_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'dispute_posted';
  END IF;
  UPDATE money.dispute SET state = NEW.to_state, cleared = v_cleared, ruled_county = v_ruled, changed_at = NEW.at
  WHERE dispute_no = NEW.dispute_no AND state = NEW.from_state;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'dispute % is not %', NEW.dispute_no, NEW.from_state
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'dispute_event_follows';
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION money.project_dispute_event() IS
  'Trigger: write the dispute''s state; held, moved and released money is posted first, a ruling has two persons';
CREATE TRIGGER dispute_event_projects AFTER INSERT ON money.dispute_event
  FOR EACH ROW EXECUTE FUNCTION money.project_dispute_event();

CREATE FUNCTION money.check_batch_item() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_state text; v_ruled text;
BEGIN
  SELECT state, ruled_county INTO v_state, v_ruled FROM money.dispute
  WHERE line_id = NEW.line_id AND state IN ('held', 'ruled', 'adjusted');
  IF v_state = 'held' OR v_ruled <> NEW.county_code THEN
    RAISE EXCEPTION 'line % is in dispute', NEW.line_id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_item_held';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_batch_item() IS 'Trigger: no held line is in a run, a ruled one only for its county';
CREATE TRIGGER batch_item_held BEFORE INSERT ON money.batch_item FOR EACH ROW EXECUTE FUNCTION money.check_batch_item();

CREATE FUNCTION money.check_batch_adjustment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE d money.dispute; v_kept bigint;
BEGIN
  SELECT * INTO d FROM money.dispute WHERE dispute_no = NEW.dispute_no;
  SELECT -coalesce(sum(amount_fen), 0) INTO v_kept FROM money.batch_adjustment
  WHERE dispute_no = NEW.dispute_no AND amount_fen < 0;
  IF d.state <> 'ruled' OR NOT d.cleared OR d.ruled_county = d.county_code OR d.kind <> NEW.kind
     OR NEW.county_code <> (CASE WHEN NEW.amount_fen < 0 THEN d.county_code ELSE d.ruled_county END)
     OR (CASE WHEN NEW.amount_fen < 0 THEN v_kept - NEW.amount_fen > d.amount_fen
              ELSE NEW.amount_fen <> d.amount_fen OR v_kept <> d.amount_fen END) THEN
    RAISE EXCEPTION 'adjustment does not fit dispute %', NEW.dispute_no
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'batch_adjustment_fits';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_batch_adjustment() IS
  'Trigger: no more is kept from a county than the line, and the other is paid once all of it is kept';
CREATE TRIGGER batch_adjustment_fits BEFORE INSERT ON money.batch_adjustment
  FOR EACH ROW EXECUTE FUNCTION money.check_batch_adjustment();

CREATE OR REPLACE FUNCTION money.check_refund_line() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_line record; v_before bigint;
BEGIN
  PERFORM 1 FROM money.payment_order o JOIN money.order_line l USING (order_no) WHERE l.line_id = NEW.line_id FOR UPDATE OF o;
  SELECT l.amount_fen, w.county_code, CASE l.kind WHEN 'fee' THEN 'nontax' ELSE 'tax' END AS kind INTO v_line
  FROM money.order_line l JOIN money.line_owed w USING (line_id) JOIN money.refund r ON r.order_no = l.order_no
  WHERE l.line_id = NEW.line_id AND r.refund_no = NEW.refund_no;
  IF EXISTS (SELECT 1 FROM money.dispute WHERE line_id = NEW.line_id AND state IN ('held', 'ruled')) THEN
    RAISE EXCEPTION 'line % is in dispute', NEW.line_id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refund_line_held';
  END IF;
  SELECT coalesce(sum(x.amount_fen), 0) INTO v_before
  FROM money.refund_line x JOIN money.refund r USING (refund_no) WHERE x.line_id = NEW.line_id AND r.state <> 'rejected';
  IF v_line IS NULL OR (v_line.county_code, v_line.kind) <> (NEW.county_code, NEW.kind)
     OR v_before + NEW.amount_fen > v_line.amount_fen THEN
    RAISE EXCEPTION 'refund of line % is more than is left of it', NEW.line_id
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refund_within_line';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_refund_line() IS
  'Trigger: no more is given back of a line than was paid, by the county that has it and of its kind, and nothing of a held one';

-- Money that a channel gave back of its own accord cannot be in dispute any longer: the hold ends, the payer has it.
CREATE FUNCTION money.end_disputes_of_refunded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE d record;
BEGIN
  FOR d IN
    SELECT x.*, (SELECT max(e.seq) FROM money.dispute_event e WHERE e.dispute_no = x.dispute_no) AS seq
    FROM money.dispute x WHERE x.order_no = NEW.order_no AND x.state IN ('raised', 'held', 'ruled')
  LOOP
    IF d.state <> 'raised' THEN
      PERFORM money.post('dsx:' || d.dispute_no, sha256(convert_to('dsx:' || d.dispute_no, 'UTF8')), 'dispute_release',
        money.biz_day(NEW.at), NEW.at, NEW.actor, d.order_no, NULL, NULL,
        ARRAY['2401.' || d.county_code], ARRAY[CASE d.kind WHEN 'nontax' THEN '2101.' ELSE '2102.' END || d.county_code],
        ARRAY[d.amount_fen], ARRAY['FINAL'], ARRAY[NULL::bigint], ARRAY[d.line_id]);
    END IF;
    INSERT INTO money.dispute_event (dispute_no, seq, from_state, to_state, at, actor, comment)
    VALUES (d.dispute_no, d.seq + 1, d.state, 'withdrawn', NEW.at, NEW.actor, '已退缴款人');
  END LOOP;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION money.end_disputes_of_refunded() IS 'Trigger: a dispute about money that goes back to its payer before it was cleared ends';
CREATE TRIGGER order_event_ends_disputes AFTER INSERT ON money.order_event
  FOR EACH ROW WHEN (NEW.from_state = 'paid' AND NEW.to_state = 'refunding') EXECUTE FUNCTION money.end_disputes_of_refunded();

-- Lines that may go to a county: in no run and not held; one that was ruled on goes to the county of the ruling.
CREATE FUNCTION money.lines_to_freeze(p_orders text[])
RETURNS TABLE (line_id bigint, order_no text, county_code text, kind text, amount_fen bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT l.line_id, l.order_no, coalesce(d.ruled_county, l.county_code), CASE l.kind WHEN 'fee' THEN 'nontax' ELSE 'tax' END, l.amount_fen
  FROM money.order_line l
  LEFT JOIN money.dispute d ON d.line_id = l.line_id AND d.state IN ('held', 'ruled', 'adjusted')
  WHERE l.order_no = ANY (p_orders) AND l.amount_fen > 0 AND d.state IS DISTINCT FROM 'held'
    AND NOT EXISTS (SELECT 1 FROM money.batch_item i WHERE i.line_id = l.line_id)
$$;
COMMENT ON FUNCTION money.lines_to_freeze(text[]) IS 'Lines of orders that may go into a run, each with the county it goes to';

CREATE OR REPLACE FUNCTION money.freeze_batch(p_date date, p_cut timestamptz, p_by text, p_at timestamptz, p_empty boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE v_batch bigint; v_orders text[];
BEGIN
  SELECT array_agg(f.order_no) INTO v_orders FROM (
    SELECT o.order_no FROM money.payment_order o
    WHERE o.state = 'paid' AND o.amount_fen > 0
      AND EXISTS (SELECT 1 FROM money.posting q JOIN money.posting p ON p.key = 'arr:' || substr(q.key, 5)
                  WHERE q.order_no = o.order_no AND q.kind = 'pay'
                    AND p.kind = 'arrive' AND p.biz_date <= p_date AND p.event_at <= p_cut)
      AND EXISTS (SELECT 1 FROM money.order_line l WHERE l.order_no = o.order_no AND l.amount_fen > 0
                  AND NOT EXISTS (SELECT 1 FROM money.batch_item i WHERE i.line_id = l.line_id)
                  AND NOT EXISTS (SELECT 1 FROM money.dispute d WHERE d.line_id = l.line_id AND d.state = 'held'))
    ORDER BY o.order_no FOR UPDATE) f;
  IF v_orders IS NULL AND NOT p_empty THEN
    RETURN NULL;
  END IF;
  INSERT INTO money.batch (biz_date, seq, frozen_at, created_by)
  SELECT p_date, coalesce(max(seq), 0) + 1, p_at, p_by FROM money.batch WHERE biz_date = p_date
  RETURNING batch_id INTO v_batch;
  -- A statement of its own: it sees what was held while the orders' locks were waited for.
  INSERT INTO money.batch_item (line_id, batch_id, county_code, kind, amount_fen)
  SELECT l.line_id, v_batch, l.county_code, l.kind, l.amount_fen FROM money.lines_to_freeze(v_orders) l;
  RETURN v_batch;
END $$;

CREATE OR REPLACE FUNCTION money.waits_to_freeze(p_date date, p_cut timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT NOT EXISTS (SELECT FROM money.batch WHERE biz_date = p_date)
         OR EXISTS (SELECT FROM money.payment_order o
                    WHERE o.state = 'paid' AND o.amount_fen > 0
                      AND EXISTS (SELECT FROM money.posting q JOIN money.posting p ON p.key = 'arr:' || substr(q.key, 5)
                                  WHERE q.order_no = o.order_no AND q.kind = 'pay'
                                    AND p.kind = 'arrive' AND p.biz_date <= p_date AND p.event_at <= p_cut)
                      AND EXISTS (SELECT FROM money.order_line l WHERE l.order_no = o.order_no AND l.amount_fen > 0
                                  AND NOT EXISTS (SELECT FROM money.batch_item i WHERE i.line_id = l.line_id)
                                  AND NOT EXISTS (SELECT FROM money.dispute d WHERE d.line_id = l.line_id AND d.state = 'held')))
$$;

-- Bills of a line that moved: the bill that has it is reversed, the rest and the line get new ones.
ALTER TABLE money.bill ADD COLUMN dispute_no text REFERENCES money.dispute;
COMMENT ON COLUMN money.bill.dispute_no IS 'Dispute whose ruling a red bill, the blue one for the rest, or the blue one of the other county was made for';
DROP INDEX money.bill_blue_key;
CREATE UNIQUE INDEX bill_blue_key ON money.bill (order_no, case_no, county_code)
  WHERE kind = 'blue' AND state <> 'void' AND replaces IS NULL AND dispute_no IS NULL;
CREATE UNIQUE INDEX bill_dispute_idx ON money.bill (dispute_no)
  WHERE kind = 'blue' AND state <> 'void' AND replaces IS NULL;

CREATE FUNCTION money.disputed_facts(p_line bigint)
RETURNS TABLE (line_no integer, line_name text, case_no text, parcel_code text, decision_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT l.line_no, l.name, l.case_no, l.parcel_code, l.decision_id FROM money.order_line l
  WHERE l.line_id = p_line AND EXISTS (SELECT 1 FROM money.dispute d WHERE d.line_id = p_line)
$$;
COMMENT ON FUNCTION money.disputed_facts(bigint) IS 'What a disputed line is for, without persons: also for the county that claims it';
