"""Who runs PostgreSQL: it refuses to be run by root."""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_STAND_INS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Identity:
    """A user of this machine; ``switch`` says that we are root and become that user."""

    name: str
    uid: int
    gid: int
    switch: bool

    def run(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, to its end; output is text."""
        environment = {**os.environ, **(env or {})}
        if not self.switch:
            return subprocess.run(
                command, env=environment, cwd=cwd or "/", capture_output=True, text=True, check=False
            )
        return subprocess.run(
            command,
            env=environment,
            cwd=cwd or "/",
            capture_output=True,
            text=True,
            check=False,
            user=self.uid,
            group=self.gid,
            extra_groups=[],
        )

    def may_use(self, folder: Path) -> bool:
        """Return whether this user can enter a folder and write in it."""
        return self.run(["/bin/sh", "-c", 'cd -- "$0" && test -w .', str(folder)]).returncode == 0

    def own(self, folder: Path) -> None:
        """Give a folder to this user (0700)."""
        folder.chmod(0o700)
        if self.switch:
            os.chown(folder, self.uid, self.gid)


def server_identity() -> Identity:
    """Return who is to run PostgreSQL: ourselves, or, called as root, ``postgres`` or ``nobody``."""
    if os.geteuid() != 0:
        me = pwd.getpwuid(os.geteuid())
        return Identity(me.pw_name, me.pw_uid, me.pw_gid, switch=False)
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(known[name] for name in _STAND_INS if name in known)
    return Identity(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)
