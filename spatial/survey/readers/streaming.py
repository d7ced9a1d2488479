"""The parent's side of reading in parts: what the child says and hands over comes through a pipe."""

import fcntl
import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Final

from spatial.survey.readers import sandbox, wire
from spatial.survey.readers.limits import COMMAND_LINE, Limits
from spatial.survey.readers.parts import Part, read_parts
from spatial.survey.readers.records import Asked, Content, Unreadable
from spatial.survey.readers.telling import Said

Heard = Callable[[Said | None], None]
"""Told how far the reader is, and every second None while it is silent; what it raises ends the reading."""
_BUFFER: Final = 1 << 20
_SILENCE_S: Final = 1.0


class Stream:
    """A file being read: iterate over its parts, then ask for the rest of its content."""

    def __init__(
        self, folder: Path, child: subprocess.Popen[bytes], pipe: int, limits: Limits, heard: Heard
    ) -> None:
        self._folder = folder
        self._child = child
        self._wait = _Wait(limits.wall_s, heard)
        self._heard = heard
        self._source = BufferedReader(_Pipe(pipe, self._wait), _BUFFER)

    def __iter__(self) -> Iterator[Part]:
        for message in read_parts(self._source):
            if isinstance(message, Said):
                self._heard(message)
            else:
                yield message

    def rest(self) -> Content:
        """Return everything that did not come in parts; after the last part only.

        Raises
        ------
        Unreadable
            Whatever the reader says or whatever became of it: what was handed over before counts for nothing.
        """
        while True:
            try:
                status = self._child.wait(timeout=_SILENCE_S)
                break
            except subprocess.TimeoutExpired:
                self._wait.on()
        sandbox.judge_end(self._folder, status)
        problem = wire.read_problem(self._folder)
        if problem is not None:
            raise problem
        return wire.read_content(self._folder)


@contextmanager
def stream(
    path: Path, name: str, asked: Asked, limits: Limits = COMMAND_LINE, *, heard: Heard = lambda _: None
) -> Iterator[Stream]:
    """Read a foreign file in a confined child process, in parts where its format allows it.

    Parameters
    ----------
    path : Path
        Where its bytes are; it is only read.
    name : str
        Its name as sent; used for its suffix alone.
    asked : Asked
        Layer and coordinate system wanted.
    limits : Limits
        Bounds.
    heard : callable
        Told how far the reader is.

    Yields
    ------
    Stream
        Its parts are to be believed once :meth:`Stream.rest` has returned.

    Raises
    ------
    Unreadable
    """
    kind = sandbox.kind_of(path, name, limits)
    with sandbox.scratch() as folder:
        ours, its = os.pipe()
        with suppress(OSError):  # a system that allows its users less gives a slower pipe
            fcntl.fcntl(its, fcntl.F_SETPIPE_SZ, _BUFFER)
        try:
            sandbox.write_request(folder, path, kind, asked, limits, parts_to=its)
            with sandbox.child_of(folder, sandbox.driver_kind(kind, path), keep=(its,)) as child:
                os.close(its)
                its = -1
                yield Stream(folder, child, ours, limits, heard)
        finally:
            os.close(ours)
            if its >= 0:
                os.close(its)


class _Wait:
    """Patience with a reader, up to its time."""

    def __init__(self, limit_s: int, heard: Heard) -> None:
        self._limit_s = limit_s
        self._deadline = time.monotonic() + limit_s
        self._heard = heard

    def on(self) -> None:
        """Go on waiting, unless time is over or the listener wants no more."""
        if time.monotonic() > self._deadline:
            raise Unreadable("unreadable_file", "reading_too_long", limit_s=self._limit_s)
        self._heard(None)


class _Pipe(RawIOBase):
    """A pipe that is read with patience; the descriptor belongs to the caller."""

    def __init__(self, pipe: int, wait: _Wait) -> None:
        super().__init__()
        self._pipe = pipe
        self._wait = wait

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, target: "bytearray | memoryview") -> int:  # type: ignore[override]  # buffers only
        """Read what is there, waiting for it."""
        while not select.select([self._pipe], [], [], _SILENCE_S)[0]:
            self._wait.on()
        return os.readv(self._pipe, [target])
