-- Says whether offices work on a day; the source was read by the person who says so.
INSERT INTO ref.calendar (day, is_workday, name, source_doc, verified)
VALUES (%(day)s, %(is_workday)s, %(name)s, %(source_doc)s, true)
ON CONFLICT (day) DO UPDATE
SET is_workday = excluded.is_workday, name = excluded.name, source_doc = excluded.source_doc, verified = true
