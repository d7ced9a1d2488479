-- What waits for a person: cases without a county, breaks of the money not closed.
SELECT (SELECT count(*) FROM registry.case c
        WHERE c.county_code IS NULL AND c.closed_at IS NULL AND %(county)s::text IS NULL) AS undecided,
       (SELECT count(*) FROM money.break b
        WHERE b.state NOT IN ('resolved', 'confirmed') AND (%(county)s::text IS NULL OR b.county_code = %(county)s::text)) AS breaks
