"""Files that come with a request: kept in a private temporary file while the request lasts."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import request

from data.errors import Invalid


class FileMissing(Invalid):
    """The form has not exactly one file in its field ``file``."""

    code = "file_missing"


@contextmanager
def uploaded_file() -> Iterator[tuple[Path, str]]:
    """Yield path and name of the file in the form field ``file``; the path is gone afterwards.

    Raises
    ------
    FileMissing
    """
    files = request.files.getlist("file")
    if len(files) != 1 or len(list(request.files)) != 1:
        raise FileMissing
    with tempfile.TemporaryDirectory(prefix="ningtu-upload-") as folder:
        path = Path(folder) / "upload"
        files[0].save(path)
        yield path, files[0].filename or ""
