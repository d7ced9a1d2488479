-- Sandbox channels keep a book of their own, as real ones do: what they took from payers and what they told us.
CREATE TABLE money.sandbox_payment (
  channel text NOT NULL REFERENCES money.channel,
  channel_txn text NOT NULL,
  payment_code text NOT NULL,
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  state text NOT NULL CHECK (state IN ('open', 'paid', 'failed')),
  opened_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (channel, channel_txn),
  CONSTRAINT sandbox_payment_ended_check CHECK ((state = 'open') = (ended_at IS NULL))
);
CREATE INDEX sandbox_payment_payment_code_idx ON money.sandbox_payment (channel, payment_code);
CREATE INDEX sandbox_payment_ended_at_idx ON money.sandbox_payment (channel, ended_at) WHERE state = 'paid';
COMMENT ON TABLE money.sandbox_payment IS 'Book of the sandbox channels: payments; no part of our books';
COMMENT ON COLUMN money.sandbox_payment.channel IS 'Channel';
COMMENT ON COLUMN money.sandbox_payment.channel_txn IS 'The channel''s number of the payment';
COMMENT ON COLUMN money.sandbox_payment.payment_code IS 'Payment code as the payer gave it';
COMMENT ON COLUMN money.sandbox_payment.amount_fen IS 'Amount in fen: asked while open, then taken';
COMMENT ON COLUMN money.sandbox_payment.state IS 'open, paid or failed';
COMMENT ON COLUMN money.sandbox_payment.opened_at IS 'Instant the payer came';
COMMENT ON COLUMN money.sandbox_payment.ended_at IS 'Instant it was paid or failed';

CREATE TABLE money.sandbox_notice (
  notice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel text NOT NULL REFERENCES money.channel,
  channel_txn text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('paid', 'refunded', 'failed')),
  raw bytea NOT NULL,
  made_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  behind boolean NOT NULL,
  lost boolean NOT NULL,
  sent_at timestamptz,
  answer text
);
CREATE INDEX sandbox_notice_unsent_idx ON money.sandbox_notice (notice_id) WHERE sent_at IS NULL AND NOT lost;
COMMENT ON TABLE money.sandbox_notice IS 'Book of the sandbox channels: what they told us, and what a switch kept from us';
COMMENT ON COLUMN money.sandbox_notice.notice_id IS 'Key of the channels';
COMMENT ON COLUMN money.sandbox_notice.channel IS 'Channel';
COMMENT ON COLUMN money.sandbox_notice.channel_txn IS 'Payment';
COMMENT ON COLUMN money.sandbox_notice.kind IS 'paid, refunded or failed';
COMMENT ON COLUMN money.sandbox_notice.raw IS 'Body';
COMMENT ON COLUMN money.sandbox_notice.made_at IS 'Instant it was made';
COMMENT ON COLUMN money.sandbox_notice.due_at IS 'Instant before which it is not sent (delay)';
COMMENT ON COLUMN money.sandbox_notice.behind IS 'Whether it waits for a later one to go first (reordering)';
COMMENT ON COLUMN money.sandbox_notice.lost IS 'Whether it is never sent (loss)';
COMMENT ON COLUMN money.sandbox_notice.sent_at IS 'Instant of sending';
COMMENT ON COLUMN money.sandbox_notice.answer IS 'What we answered';

CREATE TABLE money.sandbox_switch (
  switch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel text NOT NULL REFERENCES money.channel,
  delay_s integer NOT NULL CHECK (delay_s BETWEEN 0 AND 86400),
  duplicate_pct integer NOT NULL CHECK (duplicate_pct BETWEEN 0 AND 100),
  reorder_pct integer NOT NULL CHECK (reorder_pct BETWEEN 0 AND 100),
  lose_pct integer NOT NULL CHECK (lose_pct BETWEEN 0 AND 100),
  seed bigint NOT NULL,
  set_by text NOT NULL,
  set_at timestamptz NOT NULL
);
COMMENT ON TABLE money.sandbox_switch IS 'Faults of the sandbox channels, append-only; the last row of a channel holds, without one there are none';
COMMENT ON COLUMN money.sandbox_switch.switch_id IS 'Our key';
COMMENT ON COLUMN money.sandbox_switch.channel IS 'Channel';
COMMENT ON COLUMN money.sandbox_switch.delay_s IS 'Seconds that a notice waits at most';
COMMENT ON COLUMN money.sandbox_switch.duplicate_pct IS 'Per cent of notices sent twice';
COMMENT ON COLUMN money.sandbox_switch.reorder_pct IS 'Per cent of notices that let a later one go first';
COMMENT ON COLUMN money.sandbox_switch.lose_pct IS 'Per cent of notices never sent';
COMMENT ON COLUMN money.sandbox_switch.seed IS 'Seed of chance: the same payments have the same faults';
COMMENT ON COLUMN money.sandbox_switch.set_by IS 'Sign-in name';
COMMENT ON COLUMN money.sandbox_switch.set_at IS 'Instant from which it holds';
SELECT ref.make_append_only('money.sandbox_switch');
