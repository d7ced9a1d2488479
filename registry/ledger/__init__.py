"""The double-entry ledger: accounts, postings, transfers, seals."""
