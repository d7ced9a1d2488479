-- Days with a finished run that a county has not signed yet, newest first.
SELECT b.biz_date
FROM money.batch b
WHERE b.biz_date > %(since)s
  AND NOT EXISTS (SELECT FROM money.day_sign s WHERE s.biz_date = b.biz_date AND s.county_code = %(county)s)
GROUP BY b.biz_date
ORDER BY b.biz_date DESC
