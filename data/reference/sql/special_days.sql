-- Days of a year on which offices do not follow the week: holidays, and weekend days that are worked.
SELECT day, is_workday, name, source_doc, verified
FROM ref.calendar
WHERE day >= make_date(%(year)s, 1, 1) AND day < make_date(%(year)s + 1, 1, 1)
  AND (name IS NOT NULL OR is_workday IS DISTINCT FROM (extract(isodow FROM day) < 6))
ORDER BY day
