-- Adds an account from a day on.
INSERT INTO ref.county_account
  (county_code, kind, owner_code, name, bank, number, cnaps, valid_from, source_doc, verified)
VALUES
  (%(county_code)s, %(kind)s, %(owner_code)s, %(name)s, %(bank)s, %(number)s, %(cnaps)s, %(valid_from)s,
   %(source_doc)s, true)
