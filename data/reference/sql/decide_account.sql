-- Writes down what became of a change of an account.
UPDATE ref.account_change SET state = %(state)s, decided_by = %(by)s, decided_at = %(at)s
WHERE change_id = %(change_id)s
