-- Every account of every county, past ones too, newest first within a county and kind.
SELECT county_code, kind, owner_code, name, bank, number, cnaps, valid_from, valid_to, source_doc, verified
FROM ref.county_account
ORDER BY county_code, kind, valid_from DESC
