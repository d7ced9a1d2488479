-- Ends the open account of a county and kind on a day; returns the day it began.
UPDATE ref.county_account SET valid_to = %(valid_from)s
WHERE county_code = %(county_code)s AND kind = %(kind)s AND valid_to IS NULL AND valid_from < %(valid_from)s
RETURNING valid_from
