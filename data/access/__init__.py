"""Users, offices, sessions, API keys, idempotency and the audit trail."""
