"""The child process that parses a foreign file: ``python -m spatial.survey.readers.child FOLDER``.

It confines itself before it imports anything that parses: memory, CPU, file size, open files, and the network
where the system allows it. It answers with files in its folder and ends.
"""

import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from spatial.survey.readers.limits import Limits
from spatial.survey.readers.records import Asked, Unreadable

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_OPEN_FILES = 64


def confine(limits: Limits) -> None:
    """Give up what parsing does not need; irrevocable for this process."""
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, limits.unpacked_bytes + limits.file_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # whoever asked was killed: nobody waits for the answer
    # Without the right to a network namespace of its own a user namespace gives it; where both are refused,
    # the drivers that could reach out are switched off all the same.
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def main(folder: Path) -> None:
    """Read the request of a folder, parse, and write content or problem into it."""
    request: dict[str, Any] = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    limits = Limits(**request["limits"])
    confine(limits)
    try:
        _parse(folder, request, limits)
    except Unreadable as problem:
        _refuse(folder, problem)
    except MemoryError:
        _refuse(folder, Unreadable("too_large", "memory_used_up"))
    except RecursionError:
        _refuse(folder, Unreadable("too_deep", "json_deep", limit=limits.depth))


def _parse(folder: Path, request: dict[str, Any], limits: Limits) -> None:
    kind, path = request["kind"], Path(request["path"])
    asked = Asked(request["source_layer"], request["crs"], request["axes"])
    if request.get("parts_to") is not None:
        from spatial.survey.readers.streamed import hand_over

        hand_over(path, kind, asked, limits, folder=folder, parts_to=request["parts_to"])
        return
    parsed = None
    if kind == "geojson":  # refused before the libraries are loaded, if it is no collection of features
        from spatial.survey.readers.geojson import load

        parsed = load(path.read_bytes(), limits)
    from spatial.survey.readers import wire
    from spatial.survey.readers.content import content_of, geojson_content

    if parsed is not None:
        content = geojson_content(parsed, asked, limits)
    else:
        content = content_of(path, kind, asked, limits, folder)
    from spatial.survey.predicates import crowded

    if crowded(content.geoms):
        raise Unreadable("too_large", "too_crowded")
    wire.write_content(folder, content)


def _refuse(folder: Path, problem: Unreadable) -> None:
    body = {"code": problem.code, "reason": problem.reason, "params": problem.params}
    text = json.dumps(body, ensure_ascii=False, default=str)
    # What the file says may be quoted in it, and may hold half of a pair of surrogates.
    (folder / "problem.json").write_text(text, encoding="utf-8", errors="surrogatepass")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    sys.stdout.flush()
    os._exit(0)
