"""Limits of foreign files (for uploads over HTTP; the command line may widen them)."""

from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading.

    Parameters
    ----------
    file_bytes, unpacked_bytes : int
        Size of the file and of everything an archive unpacks to.
    entries : int
        Entries of an archive.
    ratio : int
        Unpacked over packed size of an archive.
    features, vertices : int
        Features of a file; vertices of one geometry.
    depth : int
        Nesting of JSON.
    memory_bytes, cpu_s, wall_s : int
        What the child process may use.
    at_once_bytes : int
        Size up to which an upload is read while its sender waits; a larger one is read by a job.
    """

    file_bytes: int = 64 * MIB
    unpacked_bytes: int = 200 * MIB
    entries: int = 2_000
    ratio: int = 100
    features: int = 200_000
    vertices: int = 1_000_000
    depth: int = 64
    memory_bytes: int = 2048 * MIB
    cpu_s: int = 15
    wall_s: int = 18
    at_once_bytes: int = 4096 * MIB


UPLOAD: Final = Limits()
COMMAND_LINE: Final = Limits(
    file_bytes=4096 * MIB,
    unpacked_bytes=8192 * MIB,
    features=4_000_000,
    memory_bytes=8192 * MIB,
    cpu_s=1_800,
    wall_s=3_600,
)
# What a job reads while nobody waits for it: a bundle of 100,000 parcels has about a million boundary points,
# 400 MiB unpacked and a quarter of that packed.
BACKGROUND: Final = Limits(
    file_bytes=1024 * MIB,
    unpacked_bytes=4096 * MIB,
    features=1_500_000,
    memory_bytes=4096 * MIB,
    cpu_s=600,
    wall_s=900,
)
