-- Finds a row where a number is another county's account, or of the other kind of money.
SELECT 1 FROM ref.county_account
WHERE number = %(number)s AND (county_code, kind) <> (%(county_code)s, %(kind)s)
LIMIT 1
