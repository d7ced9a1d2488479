"""Errors of sign-in and access."""

from data.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated


class BadCredentials(Unauthenticated):
    """User name or password is wrong (never says which)."""

    code = "bad_credentials"


class SignInLocked(Forbidden):
    """Too many failed sign-ins."""

    code = "sign_in_locked"
    status = 429


class PasswordWeak(Invalid):
    """The new password is too weak."""

    code = "password_weak"


class UserExists(Conflict):
    """The sign-in name is taken."""

    code = "user_exists"


class UserUnknown(NotFound):
    """No such user."""

    code = "user_unknown"


class OfficeUnknown(Invalid):
    """No such office."""

    code = "office_unknown"


class RoleUnknown(Invalid):
    """No such role."""

    code = "role_unknown"


class IdempotencyConflict(Invalid):
    """One idempotency key, two different requests."""

    code = "idempotency_conflict"


class IdempotencyRunning(Conflict):
    """The first request of this key has not ended."""

    code = "idempotency_running"
