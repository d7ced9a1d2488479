-- Unsettled differences one by one, as the ageing counts them: of a kind, of an age in days on %(date)s, and of a county;
-- 421200 stands for the city, whose differences have no county.
SELECT b.opened_at AS at, b.type, b.biz_date AS day, b.side, b.county_code, b.order_no,
       (SELECT min(l.parcel_code) FROM money.order_line l WHERE l.order_no = b.order_no) AS parcel_code,
       coalesce(b.msg_id, b.detail ->> 'bill', b.detail ->> 'channel_txn', b.detail ->> 'reference', '') AS reference, b.state, b.due_on, b.amount_fen
FROM (SELECT *, %(date)s::date - (opened_at AT TIME ZONE 'Asia/Shanghai')::date AS age FROM money.break) b
WHERE b.state IN ('open', 'assigned', 'explained')
  AND (b.county_code = ANY (%(counties)s) OR b.county_code IS NULL AND %(everything)s)
  AND (%(county)s::text IS NULL OR coalesce(b.county_code, '421200') = %(county)s)
  AND (%(type)s::text IS NULL OR b.type = %(type)s)
  AND CASE %(age)s::text WHEN '0' THEN b.age <= 0 WHEN '1' THEN b.age = 1 WHEN '3' THEN b.age BETWEEN 2 AND 3
      WHEN '7' THEN b.age BETWEEN 4 AND 7 WHEN 'more' THEN b.age > 7 WHEN 'overdue' THEN b.due_on < %(date)s ELSE true END
ORDER BY b.opened_at, b.break_id LIMIT %(limit)s
