"""Whether a TCP port is free, and if not, who has it."""

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LISTEN = "0A"


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that listens."""

    pid: int
    command: str


def is_taken(host: str, port: int) -> bool:
    """Return whether the address cannot be bound now.

    Raises
    ------
    OSError
        For any other reason, such as a host that is not this machine's or a port for root only.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            raise
        return False


def holder_of(port: int) -> Holder | None:
    """Return who listens on a port; None if nobody does or it is another user's process."""
    inodes = set(_listening_inodes(port))
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and inodes.intersection(_socket_inodes(folder)):
            return Holder(int(folder.name), command_of(int(folder.name)))
    return None


def command_of(pid: int) -> str:
    """Return the command line of a process."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return raw.replace(b"\0", b" ").decode(errors="replace").strip()


def next_free(host: str, port: int) -> int:
    """Return the next port above that can be bound."""
    return next(other for other in range(port + 1, 65536) if not is_taken(host, other))


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _socket_inodes(process: Path) -> Iterator[str]:
    try:
        for link in (process / "fd").iterdir():
            target = str(link.readlink())
            if target.startswith("socket:["):
                yield target[8:-1]
    except OSError:
        return
