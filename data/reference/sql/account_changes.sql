-- Changes of accounts that wait for a second person, of some counties or all, beside the account in force.
SELECT c.change_id, c.county_code, c.kind, c.owner_code, c.name, c.bank, c.number, c.cnaps, c.valid_from,
       c.source_doc, c.proposed_by, c.proposed_at, a.number AS number_before
FROM ref.account_change c
LEFT JOIN ref.county_account a ON a.county_code = c.county_code AND a.kind = c.kind AND a.valid_to IS NULL
WHERE c.state = 'proposed' AND (%(counties)s::text[] IS NULL OR c.county_code = ANY (%(counties)s))
ORDER BY c.change_id
