"""Where a person goes after signing in."""

import re

FIRST_PAGE = "/inbox"
# One slash, then neither slash nor backslash (browsers read both as another host), no controls.
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f]*\Z")


def local_path(wish: str | None) -> str:
    """Return the wished page if it is a path of this site, else the first page.

    Parameters
    ----------
    wish : str, optional
        What ``?next=`` says.

    Examples
    --------
    >>> local_path("/cases?status=review")
    '/cases?status=review'
    >>> local_path("//evil.example/")
    '/inbox'
    """
    return wish if wish is not None and _LOCAL_PATH.match(wish) else FIRST_PAGE
