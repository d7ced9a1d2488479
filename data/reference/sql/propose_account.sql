-- Writes down a change of an account that waits for a second person.
INSERT INTO ref.account_change
  (county_code, kind, owner_code, name, bank, number, cnaps, valid_from, source_doc, proposed_by, proposed_at)
VALUES
  (%(county_code)s, %(kind)s, %(owner_code)s, %(name)s, %(bank)s, %(number)s, %(cnaps)s, %(valid_from)s,
   %(source_doc)s, %(by)s, %(at)s)
RETURNING change_id
