"""How messages between the city and other systems are signed: payment channels, tax, callbacks.

The header is ``t=<Unix seconds>,kid=<key id>,v1=<hex HMAC-SHA256 of "<t>." and the body>``.
"""

import hmac
from typing import Final

SIGNATURE_HEADER: Final = "X-Ningtu-Signature"


def sign(key: str, kid: str, raw: bytes, *, at: int) -> str:
    """Return the signature header of a body at a Unix time.

    Examples
    --------
    >>> sign("key", "cb1-1", b"{}", at=1)[:15]
    't=1,kid=cb1-1,v'
    """
    return f"t={at},kid={kid},v1={signature_of(key, raw, at=at)}"


def signature_of(key: str, raw: bytes, *, at: int) -> str:
    """Return the HMAC-SHA256 (hex) of a Unix time and a body."""
    return hmac.digest(key.encode(), f"{at}.".encode() + raw, "sha256").hex()
