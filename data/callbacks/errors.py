"""Errors of callbacks."""

from data.errors import Forbidden, Invalid, NotFound


class ApiKeyNeeded(Forbidden):
    """Addresses belong to an API key, and the caller did not come with one."""

    code = "api_key_needed"


class CallbackUnknown(NotFound):
    """The key has no address."""

    code = "callback_unknown"


class CallbackEventUnknown(NotFound):
    """There is no such event that was given up."""

    code = "callback_event_unknown"


class CallbackRefused(Invalid):
    """Events may not be sent to this address; ``reason`` says why."""

    code = "callback_refused"
