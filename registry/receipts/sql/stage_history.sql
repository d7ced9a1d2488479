-- Staging of past payments, gone at the end of the transaction.
CREATE TEMP TABLE IF NOT EXISTS past_order (
  order_no text PRIMARY KEY, payment_code text, amount_fen bigint, payer_name text, payer_last4 text,
  accept_office text, county_codes text[], issued_at timestamptz, paid_at timestamptz, biz_date date, body bytea
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS past_line (
  order_no text, line_no integer, item_code text, name text, amount_fen bigint, rule_id text, reason text, case_no text,
  source text, unit_code text, parcel_code text, county_code text, decision_id bigint, accept_office text,
  east_m double precision, north_m double precision
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS past_payout (
  msg_id text PRIMARY KEY, batch_id bigint, county_code text, amount_fen bigint, n_items integer, items_sha256 bytea,
  creditor_name text, creditor_number text, creditor_bank text, creditor_cnaps text, file_sha256 bytea, biz_date date,
  seq integer, frozen_at timestamptz
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS past_bill (
  code text, number text, pool_id bigint, order_no text, case_no text, county_code text, accept_office text,
  payer_name text, amount_fen bigint, check_code text, issued_at timestamptz, issued_on date
) ON COMMIT DROP;
TRUNCATE past_order, past_line, past_payout, past_bill;
