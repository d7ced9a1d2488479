"""Send a POST to a judged address: no redirects, no body read, a bound on the whole exchange."""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from data.callbacks.records import Outcome
from data.callbacks.target import Target

CONNECT_S: Final = 5.0
WHOLE_S: Final = 15.0


def post(target: Target, body: bytes, headers: Mapping[str, str], *, whole_s: float = WHOLE_S) -> Outcome:
    """Send a body and return the status of the answer; what the answer says beyond it is not read.

    Parameters
    ----------
    target : Target
        The connection goes to its ``ip``; TLS proves its ``host``.
    body : bytes
        JSON.
    headers : mapping
        Further headers.
    whole_s : float
        Bound on the exchange, seconds: a receiver that trickles its answer does not hold us.
    """
    try:
        link = socket.create_connection((target.ip, target.port), timeout=min(CONNECT_S, whole_s))
    except OSError as error:
        return Outcome(None, f"connect: {_words(error)}")
    link.settimeout(whole_s)
    late = threading.Event()
    watch = threading.Timer(whole_s, _cut, [link, late])
    watch.daemon = True
    watch.start()
    try:
        outcome = _exchange(link, target, body, headers)
        # A head that was cut off reads like a short one.
        return Outcome(None, "no answer in time") if late.is_set() else outcome
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Outcome(None, _words(error))
    finally:
        watch.cancel()
        link.close()


def _exchange(link: socket.socket, target: Target, body: bytes, headers: Mapping[str, str]) -> Outcome:
    asked = http.client.HTTPConnection(target.host, target.port)
    asked.sock = link
    if target.scheme == "https":
        asked.default_port = http.client.HTTPS_PORT  # so that the header Host names no port
        asked.sock = ssl.create_default_context().wrap_socket(link, server_hostname=target.host)
    try:
        sent = {"Content-Type": "application/json; charset=utf-8", "Connection": "close", **headers}
        asked.request("POST", target.path, body, sent)
        return Outcome(asked.getresponse().status)
    finally:
        asked.close()


def _cut(link: socket.socket, late: threading.Event) -> None:
    late.set()
    with suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
