"""Where a callback may go."""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from data.callbacks.errors import CallbackRefused

MAX_URL: Final = 500
_PORTS: Final = {"http": 80, "https": 443}
# All that is given out as global unicast so far (RFC 4291): NAT64, IPv4-compatible, site-local and unassigned
# addresses lie outside, some of which Python calls global.
_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    """A judged address: ``ip`` is where to connect, ``host`` whom to ask for."""

    scheme: str
    host: str
    port: int
    ip: str
    path: str


def judge_form(url: str, *, sandbox: bool) -> tuple[str, str, int, str]:
    """Check the form of a URL and return scheme, host, port, and path with query.

    Raises
    ------
    CallbackRefused
    """
    try:
        parts = urlsplit(url)
        port = _PORTS.get(parts.scheme, 0) if parts.port is None else parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError) as error:
        raise CallbackRefused(reason="url") from error
    sound = url.isascii() and url.isprintable() and " " not in url and len(url) <= MAX_URL
    # The register of addresses takes schemes in small letters, as they are printed.
    if not sound or url.partition(":")[0] not in _PORTS or not host or not port or "\\" in url:
        raise CallbackRefused(reason="url")
    if parts.username is not None or parts.fragment:
        raise CallbackRefused(reason="url")
    if parts.scheme != "https" and not sandbox:
        raise CallbackRefused(reason="tls")
    path = parts.path or "/"
    return parts.scheme, host, port, f"{path}?{parts.query}" if parts.query else path


def resolve(url: str, *, sandbox: bool) -> Target:
    """Resolve a URL to one address that may be connected to.

    Parameters
    ----------
    url : str
        Address as registered.
    sandbox : bool
        Whether private and loopback addresses and plain HTTP are allowed.

    Raises
    ------
    CallbackRefused
        The form is wrong, the name has no address, or one of its addresses is not public.
    """
    scheme, host, port, path = judge_form(url, sandbox=sandbox)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CallbackRefused(reason="name") from error
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not addresses or not all(sandbox or is_public(address) for address in addresses):
        raise CallbackRefused(reason="private")
    return Target(scheme, host, port, str(addresses[0]), path)


def is_public(address: _Address) -> bool:
    """Tell whether an address is reached over the public network, with what it carries inside.

    Examples
    --------
    >>> is_public(ipaddress.ip_address("::ffff:127.0.0.1")), is_public(ipaddress.ip_address("8.8.8.8"))
    (False, True)
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if address not in _GLOBAL_UNICAST or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast
