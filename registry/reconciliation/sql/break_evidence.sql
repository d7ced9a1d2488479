-- What the books have about the difference %(break_id)s: kind, id, at (a day as its midnight in Asia/Shanghai), amount_fen,
-- county_code, what (its state or kind), and note (a second number). What only another county's books have is left out by
-- the row security of orders, lines and bills.
WITH b AS MATERIALIZED (
  SELECT type, order_no, event_id, msg_id, detail, detail ->> 'bill' AS bill, detail ->> 'channel' AS channel, detail ->> 'channel_txn' AS channel_txn,
         CASE WHEN detail ->> 'statement_id' ~ '^\d+$' THEN (detail ->> 'statement_id')::bigint END AS statement_id,
         CASE WHEN detail ->> 'seq' ~ '^\d+$' THEN (detail ->> 'seq')::integer END AS seq,
         CASE WHEN detail ->> 'posting_id' ~ '^\d+$' THEN (detail ->> 'posting_id')::bigint END AS posting_id
  FROM money.break WHERE break_id = %(break_id)s
), event AS MATERIALIZED (
  SELECT e.* FROM b JOIN money.channel_event e ON e.event_id = b.event_id
  UNION
  SELECT e.* FROM b JOIN money.channel_event e USING (channel, channel_txn) WHERE e.sig_ok
  UNION
  -- All that was paid for the order: paid twice is seen by both payments.
  SELECT e.* FROM b JOIN money.posting p USING (order_no) JOIN money.channel_event e ON e.event_id = p.event_id
), posted AS MATERIALIZED (
  SELECT p.* FROM event e JOIN money.posting p USING (event_id)
  UNION
  SELECT p.* FROM b JOIN money.posting p USING (msg_id)
  UNION
  SELECT p.* FROM b JOIN money.posting p USING (posting_id)
  UNION
  SELECT p.* FROM b JOIN money.posting p USING (order_no) WHERE b.type ~ '^B' AND p.kind = 'refund'
), bill AS (
  SELECT x.* FROM b JOIN money.bill x USING (order_no) WHERE b.type ~ '^B'
  UNION
  SELECT x.* FROM b JOIN money.bill x ON (x.code, x.number) = (split_part(b.bill, '-', 1), split_part(b.bill, '-', 2))
), refund AS (
  SELECT r.* FROM b JOIN money.refund r ON r.refund_no = b.detail ->> 'refund_no'
  UNION
  SELECT r.* FROM posted p JOIN money.refund r ON r.suspended_id = p.posting_id
), entry AS (
  SELECT e.*, s.account, s.statement_ref FROM b JOIN money.statement_entry e USING (statement_id, seq) JOIN money.statement s USING (statement_id)
  UNION
  SELECT e.*, s.account, s.statement_ref FROM b JOIN money.statement_entry e ON e.reference = b.msg_id JOIN money.statement s ON s.statement_id = e.statement_id
)
SELECT 'order' AS kind, o.order_no AS id, o.issued_at AS at, o.amount_fen, NULL AS county_code, o.state AS what, o.payment_code AS note, 1 AS place
FROM b JOIN money.payment_order o USING (order_no)
UNION ALL
SELECT DISTINCT 'parcel', l.parcel_code, NULL::timestamptz, NULL::bigint, l.county_code, NULL, NULL, 2
FROM b JOIN money.order_line l USING (order_no) WHERE l.parcel_code IS NOT NULL
UNION ALL
SELECT 'channel_event', e.event_id::text, coalesce(e.occurred_at, e.received_at), e.amount_fen, NULL, e.kind, concat_ws(' ', e.channel, e.channel_txn), 3 FROM event e
UNION ALL
SELECT 'channel_line', s.channel || ' ' || s.stated_on, l.occurred_at, l.amount_fen, NULL, l.kind, l.channel_txn, 4
FROM b JOIN money.channel_statement s USING (channel) JOIN money.channel_statement_line l ON l.statement_id = s.statement_id AND l.channel_txn = b.channel_txn
UNION ALL
SELECT 'posting', p.posting_id::text, p.event_at, p.total_fen, NULL, p.kind, p.key, 5 FROM posted p
UNION ALL
SELECT 'payout', y.msg_id, y.changed_at, y.amount_fen, y.county_code, y.state, y.reason, 6 FROM b JOIN money.payout y USING (msg_id)
UNION ALL
SELECT 'bank_entry', e.statement_ref, e.booked_on::timestamp AT TIME ZONE 'Asia/Shanghai', e.amount_fen, NULL, e.account, e.reference, 7 FROM entry e
UNION ALL
SELECT 'statement', s.statement_ref, s.to_on::timestamp AT TIME ZONE 'Asia/Shanghai', s.closing_fen, NULL, s.account, s.from_on || ' – ' || s.to_on, 7
FROM b JOIN money.statement s ON s.account = b.detail ->> 'account' AND s.statement_ref = b.detail ->> 'statement_ref'
UNION ALL
SELECT 'bill', x.code || '-' || x.number, x.issued_at, x.amount_fen, x.county_code, x.state, x.kind, 8
FROM bill x
UNION ALL
SELECT 'refund', r.refund_no, r.requested_at, r.amount_fen, NULL, r.state, r.channel_txn, 9
FROM refund r
UNION ALL
SELECT 'decision', b.detail ->> 'decision_id', NULL, NULL, NULL, NULL, NULL, 10 FROM b WHERE b.detail ? 'decision_id'
ORDER BY place, at, id
