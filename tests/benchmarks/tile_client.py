"""A small HTTP client that keeps some connections busy: sends, reads the whole answer, sends the next."""

import selectors
import socket
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Load:
    """Paths asked for in turn by each connection; ``fresh`` asks for tiles made anew."""

    paths: list[str]
    fresh: bool

    def run(self, base: str, *, connections: int, seconds: float) -> float:
        """Return the answers a second."""
        address = urlsplit(base)
        requests = [self._request(path, address.netloc) for path in self.paths]
        selector = selectors.DefaultSelector()
        lines = [
            _Line(requests, (str(address.hostname), int(address.port or 80))) for _ in range(connections)
        ]
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.ask()
        begin = time.perf_counter()
        end = begin + seconds
        answered = 0
        while time.perf_counter() < end:
            for key, _ in selector.select(1.0):
                answered += key.data.hear()
        rate = answered / (time.perf_counter() - begin)
        for line in lines:
            line.socket.close()
        return rate

    def _request(self, path: str, host: str) -> bytes:
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n"
        return (head + ("Cache-Control: no-cache\r\n" if self.fresh else "") + "\r\n").encode()


class _Line:
    """One connection."""

    def __init__(self, requests: list[bytes], address: tuple[str, int]) -> None:
        self._requests = requests
        self._next = 0
        self._buffer = bytearray()
        self._wanted = -1
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self) -> None:
        self._buffer.clear()
        self._wanted = -1
        self.socket.sendall(self._requests[self._next])
        self._next = (self._next + 1) % len(self._requests)

    def hear(self) -> int:
        """Read what is there; return 1 when an answer is complete (and ask again)."""
        part = self.socket.recv(1 << 18)
        if not part:
            raise ConnectionError("the server closed the connection")
        self._buffer += part
        if self._wanted < 0:
            self._wanted = self._length()
        if self._wanted < 0 or len(self._buffer) < self._wanted:
            return 0
        self.ask()
        return 1

    def _length(self) -> int:
        """Return the bytes of the whole answer, -1 while its head is not complete."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return -1
        head = bytes(self._buffer[:end]).lower()
        status = int(head[9:12])
        if status not in {200, 204}:
            raise ConnectionError(head.decode("latin-1"))
        mark = head.find(b"content-length:")
        return end + 4 + (int(head[mark + 15 :].split(b"\r\n", 1)[0]) if mark >= 0 else 0)


def main() -> None:
    base, connections, seconds, fresh = sys.argv[1:]
    load = Load(sys.stdin.read().split("\n"), fresh == "1")
    print(load.run(base, connections=int(connections), seconds=float(seconds)))


if __name__ == "__main__":
    main()
