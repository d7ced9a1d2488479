-- The list of bills, newest first, was sorted whole for each page.
CREATE INDEX bill_issued_at_idx ON money.bill (issued_at, code, number);
