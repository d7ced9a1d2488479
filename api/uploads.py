"""Files that come with a request: kept in a private temporary file while the request lasts."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Response, request

from data.errors import Invalid


class FileMissing(Invalid):
    """The form has not exactly one file in its field ``file``."""

    code = "file_missing"


def attached_file() -> tuple[str | None, bytes]:
    """Return name and content of the file in the form field ``file``: evidence, a few megabytes at most.

    Raises
    ------
    FileMissing
    """
    files = request.files.getlist("file")
    if len(files) != 1 or len(list(request.files)) != 1:
        raise FileMissing
    return files[0].filename, files[0].read()


def attachment_answer(name: str, media_type: str, content: bytes) -> Response:
    """Answer with a file to keep, never to be shown inside our pages."""
    response = Response(content, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


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
