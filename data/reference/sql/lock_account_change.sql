-- Takes hold of a change of an account that nobody has decided.
SELECT county_code, kind, owner_code, name, bank, number, cnaps, valid_from, source_doc, proposed_by
FROM ref.account_change WHERE change_id = %(change_id)s AND state = 'proposed'
FOR UPDATE
