-- Orders, their lines and events; channel events; refunds; tax assessments; breaks.
CREATE SEQUENCE money.order_no_seq;

CREATE TABLE money.payment_order (
  order_no text PRIMARY KEY CHECK (order_no ~ '^O[0-9]{16,20}$'),
  payment_code text UNIQUE CHECK (payment_code ~ '^[0-9]{20}$'),
  state text NOT NULL DEFAULT 'draft',
  amount_fen bigint NOT NULL CHECK (amount_fen >= 0 AND amount_fen <= 10000000000000),
  payer_name text NOT NULL,
  payer_kind text NOT NULL DEFAULT 'person' CHECK (payer_kind IN ('person', 'unit')),
  payer_code text,
  payer_last4 text,
  accept_office text NOT NULL,
  county_codes text[] NOT NULL,
  created_by text NOT NULL,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT payment_order_code_when_owed_check CHECK ((amount_fen = 0) = (payment_code IS NULL))
);
CREATE INDEX payment_order_open_idx ON money.payment_order (state, issued_at) WHERE state IN ('issued', 'paying', 'paid', 'refunding');
CREATE INDEX payment_order_issued_at_idx ON money.payment_order (issued_at);
COMMENT ON TABLE money.payment_order IS 'Payment orders (缴费单)';
COMMENT ON COLUMN money.payment_order.order_no IS 'Order number';
COMMENT ON COLUMN money.payment_order.payment_code IS '20-digit payment code (缴款码), last digit is a check digit; null when nothing is owed';
COMMENT ON COLUMN money.payment_order.state IS 'Projection of order_event, written by its trigger only';
COMMENT ON COLUMN money.payment_order.amount_fen IS 'Sum of the lines in fen, frozen at issue';
COMMENT ON COLUMN money.payment_order.payer_name IS 'Payer (缴款人)';
COMMENT ON COLUMN money.payment_order.payer_kind IS 'person or unit';
COMMENT ON COLUMN money.payment_order.payer_code IS 'Unified social credit code of a unit; not kept for persons';
COMMENT ON COLUMN money.payment_order.payer_last4 IS 'Last four characters of the identity number, to look the order up';
COMMENT ON COLUMN money.payment_order.accept_office IS 'Office that accepted the case (受理地)';
COMMENT ON COLUMN money.payment_order.county_codes IS 'Counties of the lines';
COMMENT ON COLUMN money.payment_order.created_by IS 'Sign-in name of who issued it';
COMMENT ON COLUMN money.payment_order.issued_at IS 'Instant of issue';
COMMENT ON COLUMN money.payment_order.expires_at IS 'Payments that happen later go to suspense';

CREATE TABLE money.order_line (
  line_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_no text NOT NULL REFERENCES money.payment_order,
  line_no integer NOT NULL CHECK (line_no > 0),
  kind text NOT NULL CHECK (kind IN ('fee', 'tax')),
  item_code text NOT NULL,
  name text NOT NULL,
  amount_fen bigint NOT NULL CHECK (amount_fen >= 0 AND amount_fen <= 10000000000000),
  rule_id text NOT NULL,
  reason text NOT NULL DEFAULT '',
  case_no text NOT NULL,
  source text NOT NULL,
  unit_code text,
  parcel_code text,
  county_code text NOT NULL CHECK (county_code ~ '^[0-9]{6}$'),
  decision_id bigint NOT NULL REFERENCES spatial.county_decision,
  accept_office text NOT NULL,
  place geometry(Point, 4547),
  UNIQUE (order_no, line_no)
);
CREATE INDEX order_line_case_no_idx ON money.order_line (case_no);
CREATE INDEX order_line_county_code_idx ON money.order_line (county_code);
CREATE INDEX order_line_decision_id_idx ON money.order_line (decision_id);
CREATE INDEX order_line_parcel_code_idx ON money.order_line (parcel_code);
CREATE INDEX idx_order_line_place ON money.order_line USING gist (place);
COMMENT ON TABLE money.order_line IS 'Lines of an order (收费明细), append-only; the county is frozen with its evidence';
COMMENT ON COLUMN money.order_line.line_id IS 'Our key';
COMMENT ON COLUMN money.order_line.order_no IS 'Order';
COMMENT ON COLUMN money.order_line.line_no IS 'Place in the order, from 1';
COMMENT ON COLUMN money.order_line.kind IS 'fee (non-tax revenue of the county) or tax (treasury)';
COMMENT ON COLUMN money.order_line.item_code IS 'Fee item or tax code';
COMMENT ON COLUMN money.order_line.name IS 'Name of the item';
COMMENT ON COLUMN money.order_line.amount_fen IS 'Amount in fen';
COMMENT ON COLUMN money.order_line.rule_id IS 'Tariff rule or tax assessment number';
COMMENT ON COLUMN money.order_line.reason IS 'Why this amount (减免原因)';
COMMENT ON COLUMN money.order_line.case_no IS 'Case';
COMMENT ON COLUMN money.order_line.source IS 'Which fee line or assessment of the case';
COMMENT ON COLUMN money.order_line.unit_code IS '28-character real-estate unit code';
COMMENT ON COLUMN money.order_line.parcel_code IS '19-character parcel code';
COMMENT ON COLUMN money.order_line.county_code IS 'County that is owed, as decided';
COMMENT ON COLUMN money.order_line.decision_id IS 'County decision with its evidence';
COMMENT ON COLUMN money.order_line.accept_office IS 'Office that accepted the case';
COMMENT ON COLUMN money.order_line.place IS 'Point of the unit, EPSG:4547 (E, N) metres';
SELECT ref.make_append_only('money.order_line');

CREATE TABLE money.order_claim (
  case_no text NOT NULL,
  source text NOT NULL,
  order_no text NOT NULL REFERENCES money.payment_order,
  PRIMARY KEY (case_no, source)
);
CREATE INDEX order_claim_order_no_idx ON money.order_claim (order_no);
COMMENT ON TABLE money.order_claim IS 'Which live order asks for a fee line: nobody is asked twice';
COMMENT ON COLUMN money.order_claim.case_no IS 'Case';
COMMENT ON COLUMN money.order_claim.source IS 'Fee line or assessment of the case';
COMMENT ON COLUMN money.order_claim.order_no IS 'Live order';

CREATE TABLE money.order_event (
  order_no text NOT NULL REFERENCES money.payment_order,
  seq bigint GENERATED BY DEFAULT AS IDENTITY (START 1000),
  from_state text NOT NULL,
  to_state text NOT NULL,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (order_no, seq),
  CONSTRAINT order_event_transition_check CHECK ((from_state, to_state) IN (
    ('draft', 'issued'), ('draft', 'paid'), ('issued', 'paying'), ('issued', 'paid'), ('issued', 'expired'),
    ('issued', 'cancelled'), ('paying', 'paid'), ('paying', 'expired'), ('paying', 'cancelled'), ('expired', 'issued'),
    ('paid', 'cleared'), ('paid', 'refunding'), ('cleared', 'refunding'), ('refunding', 'refunded')))
);
COMMENT ON TABLE money.order_event IS 'Changes of state of an order, append-only; the state is their projection';
COMMENT ON COLUMN money.order_event.order_no IS 'Order';
COMMENT ON COLUMN money.order_event.seq IS 'Rising; the order''s row is locked when an event is written';
COMMENT ON COLUMN money.order_event.from_state IS 'State before';
COMMENT ON COLUMN money.order_event.to_state IS 'State after';
COMMENT ON COLUMN money.order_event.at IS 'Instant';
COMMENT ON COLUMN money.order_event.actor IS 'Sign-in name or program';
COMMENT ON COLUMN money.order_event.detail IS 'Further facts';
SELECT ref.make_append_only('money.order_event');

CREATE FUNCTION money.project_order_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  UPDATE money.payment_order SET state = NEW.to_state WHERE order_no = NEW.order_no AND state = NEW.from_state;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'order % is not %', NEW.order_no, NEW.from_state
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'order_event_follows';
  END IF;
  IF NEW.to_state IN ('expired', 'cancelled', 'refunded') THEN
    DELETE FROM money.order_claim WHERE order_no = NEW.order_no;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION money.project_order_event() IS 'Trigger: write the order''s state; dead orders give their lines back';
CREATE TRIGGER order_event_projects AFTER INSERT ON money.order_event
  FOR EACH ROW EXECUTE FUNCTION money.project_order_event();
REVOKE UPDATE, DELETE ON money.payment_order FROM ":prefix_app";

CREATE TABLE money.channel (
  channel text PRIMARY KEY CHECK (channel ~ '^[a-z][a-z0-9_]*$'),
  name text NOT NULL,
  sandbox boolean NOT NULL
);
COMMENT ON TABLE money.channel IS 'Payment channels, append-only; live is one that has a key in the settings';
COMMENT ON COLUMN money.channel.channel IS 'Key in the address of the callback';
COMMENT ON COLUMN money.channel.name IS 'Name in Chinese';
COMMENT ON COLUMN money.channel.sandbox IS 'Not a real channel';
INSERT INTO money.channel VALUES ('sandbox', '沙箱渠道', true);
SELECT ref.make_append_only('money.channel');

CREATE TABLE money.channel_event (
  event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel text NOT NULL,
  channel_txn text,
  kind text CHECK (kind IN ('paid', 'refunded', 'failed')),
  payment_code text,
  amount_fen bigint,
  occurred_at timestamptz,
  received_at timestamptz NOT NULL,
  raw bytea NOT NULL,
  headers jsonb NOT NULL,
  sig_ok boolean NOT NULL,
  body_sha256 bytea NOT NULL CHECK (length(body_sha256) = 32),
  UNIQUE (channel, channel_txn, kind, body_sha256)
);
CREATE INDEX channel_event_refunded_idx ON money.channel_event (payment_code) WHERE kind = 'refunded';
COMMENT ON TABLE money.channel_event IS 'What channels sent, as it came, append-only';
COMMENT ON COLUMN money.channel_event.event_id IS 'Our key';
COMMENT ON COLUMN money.channel_event.channel IS 'Channel';
COMMENT ON COLUMN money.channel_event.channel_txn IS 'The channel''s number of the payment; null when unreadable or unsigned';
COMMENT ON COLUMN money.channel_event.kind IS 'paid, refunded or failed';
COMMENT ON COLUMN money.channel_event.payment_code IS 'Payment code in the message';
COMMENT ON COLUMN money.channel_event.amount_fen IS 'Amount in the message, fen';
COMMENT ON COLUMN money.channel_event.occurred_at IS 'Instant of the payment by the channel';
COMMENT ON COLUMN money.channel_event.received_at IS 'Instant of receipt';
COMMENT ON COLUMN money.channel_event.raw IS 'Body, at most 8 KiB when the signature was bad';
COMMENT ON COLUMN money.channel_event.headers IS 'Signature header';
COMMENT ON COLUMN money.channel_event.sig_ok IS 'Whether the signature was good; if not, nothing followed';
COMMENT ON COLUMN money.channel_event.body_sha256 IS 'SHA-256 of the body';
SELECT ref.make_append_only('money.channel_event');
-- Not a foreign key: that would lock the one channel row from every payment at once, and channels are never deleted.
CREATE FUNCTION money.check_channel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM money.channel WHERE channel = NEW.channel) THEN
    RAISE EXCEPTION 'no such channel'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'channel_event_channel_known';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION money.check_channel() IS 'Trigger: the channel exists';
CREATE TRIGGER channel_event_channel BEFORE INSERT ON money.channel_event
  FOR EACH ROW EXECUTE FUNCTION money.check_channel();

CREATE TABLE money.event_result (
  event_id bigint PRIMARY KEY REFERENCES money.channel_event,
  result text NOT NULL CHECK (result IN ('accepted', 'conflict', 'suspense', 'unapplied')),
  reason text NOT NULL,
  order_no text,
  at timestamptz NOT NULL
);
COMMENT ON TABLE money.event_result IS 'What became of an event that is not a plain payment, append-only';
COMMENT ON COLUMN money.event_result.event_id IS 'Event';
COMMENT ON COLUMN money.event_result.result IS 'accepted, conflict, suspense or unapplied';
COMMENT ON COLUMN money.event_result.reason IS 'Why';
COMMENT ON COLUMN money.event_result.order_no IS 'Order, if one';
COMMENT ON COLUMN money.event_result.at IS 'Instant';
SELECT ref.make_append_only('money.event_result');

CREATE TABLE money.tax_assessment (
  assessment_no text PRIMARY KEY,
  case_no text NOT NULL,
  tax_code text NOT NULL,
  name text NOT NULL,
  amount_fen bigint NOT NULL CHECK (amount_fen >= 0 AND amount_fen <= 10000000000000),
  unit_code text NOT NULL,
  payer_name text NOT NULL,
  body_sha256 bytea NOT NULL CHECK (length(body_sha256) = 32),
  received_at timestamptz NOT NULL
);
CREATE INDEX tax_assessment_case_no_idx ON money.tax_assessment (case_no);
COMMENT ON TABLE money.tax_assessment IS 'Amounts assessed by the tax authority (税款核定), append-only';
COMMENT ON COLUMN money.tax_assessment.assessment_no IS 'The tax authority''s number';
COMMENT ON COLUMN money.tax_assessment.case_no IS 'Case';
COMMENT ON COLUMN money.tax_assessment.tax_code IS 'Kind of tax';
COMMENT ON COLUMN money.tax_assessment.name IS 'Name of the tax';
COMMENT ON COLUMN money.tax_assessment.amount_fen IS 'Amount in fen';
COMMENT ON COLUMN money.tax_assessment.unit_code IS '28-character real-estate unit code';
COMMENT ON COLUMN money.tax_assessment.payer_name IS 'Who owes it';
COMMENT ON COLUMN money.tax_assessment.body_sha256 IS 'SHA-256 of the signed message';
COMMENT ON COLUMN money.tax_assessment.received_at IS 'Instant of receipt';
SELECT ref.make_append_only('money.tax_assessment');

CREATE TABLE money.refund (
  refund_no text PRIMARY KEY,
  order_no text NOT NULL UNIQUE REFERENCES money.payment_order,
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  cause text NOT NULL,
  reason text NOT NULL,
  requested_by text NOT NULL,
  requested_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'done')),
  done_at timestamptz
);
COMMENT ON TABLE money.refund IS 'Refunds (退付) of whole orders';
COMMENT ON COLUMN money.refund.refund_no IS 'Number';
COMMENT ON COLUMN money.refund.order_no IS 'Order';
COMMENT ON COLUMN money.refund.amount_fen IS 'Amount in fen';
COMMENT ON COLUMN money.refund.cause IS 'Code of the cause';
COMMENT ON COLUMN money.refund.reason IS 'Words of who asked';
COMMENT ON COLUMN money.refund.requested_by IS 'Sign-in name or channel';
COMMENT ON COLUMN money.refund.requested_at IS 'Instant';
COMMENT ON COLUMN money.refund.state IS 'requested, or done when bill and money are back';
COMMENT ON COLUMN money.refund.done_at IS 'Instant of the end';
REVOKE UPDATE, DELETE ON money.refund FROM ":prefix_app";
GRANT UPDATE (state, done_at) ON money.refund TO ":prefix_app";

CREATE TABLE money.break (
  break_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text NOT NULL UNIQUE,
  type text NOT NULL,
  biz_date date NOT NULL,
  county_code text CHECK (county_code ~ '^[0-9]{6}$'),
  order_no text,
  event_id bigint REFERENCES money.channel_event,
  msg_id text,
  amount_fen bigint NOT NULL DEFAULT 0,
  detail jsonb NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'assigned', 'explained', 'resolved', 'confirmed')),
  owner text,
  opened_at timestamptz NOT NULL
);
CREATE INDEX break_biz_date_idx ON money.break (biz_date, break_id);
COMMENT ON TABLE money.break IS 'Differences (差错) that a person must settle';
COMMENT ON COLUMN money.break.break_id IS 'Our key';
COMMENT ON COLUMN money.break.key IS 'Business key: one difference, one row';
COMMENT ON COLUMN money.break.type IS 'Kind of difference';
COMMENT ON COLUMN money.break.biz_date IS 'Accounting day';
COMMENT ON COLUMN money.break.county_code IS 'County concerned, if one';
COMMENT ON COLUMN money.break.order_no IS 'Order, if one';
COMMENT ON COLUMN money.break.event_id IS 'Channel event, if one';
COMMENT ON COLUMN money.break.msg_id IS 'Payout message, if one';
COMMENT ON COLUMN money.break.amount_fen IS 'Amount in fen';
COMMENT ON COLUMN money.break.detail IS 'Further facts';
COMMENT ON COLUMN money.break.state IS 'open, assigned, explained, resolved or confirmed';
COMMENT ON COLUMN money.break.owner IS 'Who works on it';
COMMENT ON COLUMN money.break.opened_at IS 'Instant';
REVOKE UPDATE, DELETE ON money.break FROM ":prefix_app";
GRANT UPDATE (state, owner) ON money.break TO ":prefix_app";

CREATE TABLE money.break_action (
  action_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  break_id bigint NOT NULL REFERENCES money.break,
  action text NOT NULL,
  comment text NOT NULL,
  posting_id bigint REFERENCES money.posting,
  actor text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX break_action_break_id_idx ON money.break_action (break_id);
COMMENT ON TABLE money.break_action IS 'What was done about a difference, append-only';
COMMENT ON COLUMN money.break_action.action_id IS 'Our key';
COMMENT ON COLUMN money.break_action.break_id IS 'Difference';
COMMENT ON COLUMN money.break_action.action IS 'Action';
COMMENT ON COLUMN money.break_action.comment IS 'Words';
COMMENT ON COLUMN money.break_action.posting_id IS 'Posting that settles it, if one';
COMMENT ON COLUMN money.break_action.actor IS 'Sign-in name or program';
COMMENT ON COLUMN money.break_action.at IS 'Instant';
SELECT ref.make_append_only('money.break_action');

ALTER TABLE money.posting ADD CONSTRAINT posting_event_id_fkey FOREIGN KEY (event_id) REFERENCES money.channel_event;
ALTER TABLE money.posting ADD CONSTRAINT posting_order_no_fkey FOREIGN KEY (order_no) REFERENCES money.payment_order;
ALTER TABLE money.transfer ADD CONSTRAINT transfer_line_id_fkey FOREIGN KEY (line_id) REFERENCES money.order_line;

-- A county reads the orders that pay it, an office the orders of cases it accepted.
ALTER TABLE money.payment_order ENABLE ROW LEVEL SECURITY;
CREATE POLICY payment_order_scope ON money.payment_order USING (
  (SELECT current_setting('ningtu.scope', true)) = 'all'
  OR accept_office = (SELECT current_setting('ningtu.office', true))
  OR (SELECT current_setting('ningtu.county', true)) = ANY (county_codes));
ALTER TABLE money.order_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY order_line_scope ON money.order_line USING (
  (SELECT current_setting('ningtu.scope', true)) = 'all'
  OR accept_office = (SELECT current_setting('ningtu.office', true))
  OR county_code = (SELECT current_setting('ningtu.county', true)));

CREATE VIEW map.fee_point AS
SELECT l.county_code, (e.at AT TIME ZONE 'Asia/Shanghai')::date AS paid_on, l.amount_fen, l.place AS geom
FROM money.order_line l
JOIN money.payment_order o USING (order_no)
JOIN money.order_event e ON e.order_no = o.order_no AND e.to_state = 'paid'
WHERE o.state IN ('paid', 'cleared') AND l.kind = 'fee' AND l.amount_fen > 0 AND l.place IS NOT NULL;
COMMENT ON VIEW map.fee_point IS 'Paid fees by place and day, without persons';
COMMENT ON COLUMN map.fee_point.county_code IS 'County that is owed';
COMMENT ON COLUMN map.fee_point.paid_on IS 'Day of payment in Asia/Shanghai';
COMMENT ON COLUMN map.fee_point.amount_fen IS 'Amount in fen';
COMMENT ON COLUMN map.fee_point.geom IS 'Point of the unit, EPSG:4547 (E, N) metres';

CREATE FUNCTION money.lock_order(p_order text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM 1 FROM money.payment_order WHERE order_no = p_order FOR UPDATE;
END $$;
COMMENT ON FUNCTION money.lock_order(text) IS 'Lock an order''s row until the end of the transaction';
