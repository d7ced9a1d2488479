"""A column of values from a table, and questions that are asked of all its texts at once."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# Between the texts; a column in which it stands as a character is asked text by text.
_BETWEEN: Final = "\x1f"
_MARK: Final = ord(_BETWEEN)
_FIRST_PRINTED: Final = 0x20
_WHITE: Final = np.array([code for code in range(0x3001) if chr(code).isspace()], dtype="<u4")


class Column(list[Any]):
    """Values of one column.

    Where all are texts, they are joined once and looked at as one array of characters: asking every text for
    itself takes more time than reading a large file.
    """

    @cached_property
    def joined(self) -> "Joined | None":
        """The texts in one piece; None where a value is absent or no text."""
        try:
            text = _BETWEEN.join(self)
        except TypeError:
            return None
        found = Joined(text)
        return found if len(found.lengths) == len(self) else None


class Joined:
    """Texts in one piece; asked only where there is one at least."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._characters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        marks = np.flatnonzero(self._characters == _MARK)
        self._starts = np.concatenate([[0], marks + 1])
        self.lengths: NDArray[np.int64] = np.diff(self._starts, append=len(self._characters) + 1) - 1

    @cached_property
    def trimmed(self) -> bool:
        """Whether none is empty, and none begins or ends with white space."""
        if not self.lengths.all():
            return False
        ends = np.concatenate([self._starts, self._starts + self.lengths - 1])
        return not np.isin(self._characters[ends], _WHITE).any()

    @cached_property
    def as_codes(self) -> bool:
        """Whether all are of the digits 0-9 and the capitals A-Z alone."""
        some = self._characters
        digit, capital = (some >= ord("0")) & (some <= ord("9")), (some >= ord("A")) & (some <= ord("Z"))
        return bool((digit | capital | (some == _MARK)).all())

    @cached_property
    def as_json(self) -> bool:
        """Whether JSON writes them as they are, between quotes."""
        controls = np.count_nonzero(self._characters < _FIRST_PRINTED)
        return controls == len(self.lengths) - 1 and '"' not in self.text and "\\" not in self.text

    def encoded(self) -> list[bytes]:
        """Return the texts in UTF-8."""
        return self.text.encode().split(_BETWEEN.encode())


def column(values: Iterable[Any]) -> Column:
    """Return values as a column."""
    return values if isinstance(values, Column) else Column(values)
