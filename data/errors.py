"""The one error base and its five families; every package derives its own from them.

An error carries a code and parameters, never a sentence: the text comes from :mod:`data.messages`.
"""

from typing import ClassVar


class NingtuError(Exception):
    """Base of every error a caller may meet.

    Parameters
    ----------
    code : str, optional
        Stable code; default is the class's own.
    errors : list of dict, optional
        Single faults, each ``{"field": …, "code": …, …}``; they end in ``problem.errors``.
    **params
        Values for the message text of the code.
    """

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500

    def __init__(
        self, code: str | None = None, *, errors: list[dict[str, object]] | None = None, **params: object
    ) -> None:
        self.error_code = code or type(self).code
        self.errors = errors or []
        self.params = params
        super().__init__(self.error_code, params)


class NotFound(NingtuError):
    """What was asked for is not there, or not for this caller."""

    code = "not_found"
    status = 404


class Invalid(NingtuError):
    """The input breaks a rule."""

    code = "invalid"
    status = 422


class Conflict(NingtuError):
    """The input is well formed but the present state refuses it."""

    code = "conflict"
    status = 409


class Forbidden(NingtuError):
    """The caller may not do this."""

    code = "forbidden"
    status = 403


class Unavailable(NingtuError):
    """A part we depend on does not answer now."""

    code = "unavailable"
    status = 503


class Unauthenticated(Forbidden):
    """Nobody is signed in, or the proof of identity is wrong."""

    code = "unauthenticated"
    status = 401
