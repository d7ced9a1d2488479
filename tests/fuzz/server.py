"""A reader that is loaded once and forks for every file: ``python -m tests.fuzz.server KIND VALID CRS``.

Reads folders from its standard input, one a line; in each lies a request as `sandbox.read_file` writes it. A
fork confines itself and parses as the child of the product does, hands its content over by files, and has the
rules judge it. Answers a line of JSON a folder: how the fork ended, how long it took, how much memory it had.
"""

import json
import os
import signal
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

from spatial.survey.readers import child
from spatial.survey.readers.limits import UPLOAD

HANG_S = 20


def warm(kind, valid, crs):
    """Load what a file of the kind needs, by reading one; threads of libraries would not outlive a fork."""
    import tempfile

    from spatial.survey.offline import reference_counties
    from spatial.survey.readers import wire
    from spatial.survey.readers.content import content_of
    from spatial.survey.readers.records import Asked

    reference_counties()
    if kind == "parquet":
        import arro3.core
        import arro3.io  # noqa: F401

        from spatial.survey.readers import geoparquet  # noqa: F401

        return
    with tempfile.TemporaryDirectory() as scratch:
        content = content_of(Path(valid), kind, Asked(crs=crs), UPLOAD, Path(scratch))
        wire.write_content(Path(scratch), content)
        judge(Path(scratch))


def judge(folder):
    """Have the rules look at what was read, as a pre-check without a database does."""
    from spatial.survey.objects.land import add_land_tables
    from spatial.survey.offline import check_content
    from spatial.survey.readers import wire
    from spatial.survey.records import Kind, Order, Scope

    if (folder / "problem.json").is_file():
        return
    now = datetime.now(UTC)
    order = Order("fuzz", "use_surface", Kind.NEW, Scope.PARTIAL, now.date())
    content = wire.read_content(folder)
    add_land_tables(content)
    check_content(content, order, now=now)


def fork(folder):
    """Parse one file in a fork and tell how it ended."""
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            signal.alarm(HANG_S)
            os.environ["TMPDIR"] = str(folder)
            child.main(folder)
            judge(folder)
            status = 0
        except BaseException:  # noqa: BLE001  whatever it is, the test wants to see it
            (folder / "traceback").write_text(traceback.format_exc(), encoding="utf-8", errors="replace")
        finally:
            os._exit(status)
    _, waited, usage = os.wait4(pid, 0)
    return {
        "status": os.waitstatus_to_exitcode(waited),
        "seconds": round(time.monotonic() - started, 3),
        "peak_kib": usage.ru_maxrss,
    }


def main():
    kind, valid, crs = sys.argv[1:4]
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123  for the life of the process
    os.dup2(sys.stderr.fileno(), 2)
    warm(kind, valid, crs or None)
    for line in sys.stdin:
        print(json.dumps(fork(Path(line.strip()))), flush=True)


if __name__ == "__main__":
    main()
