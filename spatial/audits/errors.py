"""Errors of kept audits."""

from data.errors import NotFound


class AuditUnknown(NotFound):
    """There is no such run of the audit."""

    code = "audit_unknown"
