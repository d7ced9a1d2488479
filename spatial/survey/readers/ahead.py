"""Work one step ahead in a thread, for what lets other threads run: GEOS, GDAL, hashing."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")
_END: Final = object()


def ahead(items: Iterator[T]) -> Generator[T]:
    """Yield what an iterator gives; its next item is made in a thread while the last one is used.

    Close it before closing what the iterator reads from: that waits for the item being made.
    """
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, items, _END)
        while (item := coming.result()) is not _END:
            coming = thread.submit(next, items, _END)
            yield item  # type: ignore[misc]  # not the end
