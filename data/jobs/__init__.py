"""Background work: rows written in the same transaction as the fact, done at least once."""
