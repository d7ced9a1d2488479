"""Reading cells of object tables: names in any case, numbers that may be unreadable."""

import re
from typing import Any, Final

from spatial.codes.rules import normalise
from spatial.survey.readers.records import Note

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,15})?", re.ASCII)
_LONGEST: Final = 200
# No length, area or count of the register is larger.
_LARGEST: Final = 999_999_999.0
_SHOWN: Final = 40
_EMPTY: Final = (None, "", "/", "-", "—")


class Cells:
    """The rows of one table, with what in them is no number.

    Parameters
    ----------
    table : str
        Standard name, for the notes.
    rows : list of dict
        As written; the first column that a name fits counts.
    """

    def __init__(self, table: str, rows: list[dict[str, Any]]) -> None:
        self._table = table
        self._rows = rows
        self._columns = {key.lower(): key for row in rows for key in row}
        self._bad: dict[str, tuple[int, int, str]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def text(self, at: int, *names: str) -> str | None:
        """Return the first cell with something in it as text."""
        for name in names:
            value = self._cell(at, name)
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                shown = str(value).strip()[:_LONGEST]
                if shown not in _EMPTY:
                    return shown
        return None

    def code(self, at: int, *names: str) -> str | None:
        """Return a code without spaces, half-width and in capitals."""
        found = self.text(at, *names)
        return normalise(found) if found else None

    def number(self, at: int, *names: str, least: float = -_LARGEST, most: float = _LARGEST) -> float | None:
        """Return the first cell with something in it as a number within bounds; another is unreadable."""
        for name in names:
            value = self._cell(at, name)
            if value in _EMPTY:
                continue
            found = _number(value)
            if found is not None and least <= found <= most:
                return found
            count, first, shown = self._bad.get(name, (0, at + 1, str(value)[:_SHOWN]))
            self._bad[name] = (count + 1, first, shown)
            return None
        return None

    def area(self, at: int, *names: str) -> float | None:
        """Return an area; zero stands for nothing written."""
        return self.number(at, *names, least=0) or None

    def whole(self, at: int, *names: str, least: int, most: int) -> int | None:
        """Return a whole number within bounds."""
        found = self.number(at, *names, least=least, most=most)
        return int(found) if found is not None and float(found).is_integer() else None

    def notes(self) -> list[Note]:
        """Return a remark for each column with unreadable numbers."""
        return [
            Note(
                "object_number_unreadable",
                "warning",
                None,
                {"table": self._table, "column": name, "count": count, "row": first, "value": shown},
            )
            for name, (count, first, shown) in sorted(self._bad.items())
        ]

    def _cell(self, at: int, name: str) -> Any:
        column = self._columns.get(name.lower())
        return None if column is None else self._rows[at].get(column)


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        value = float(text) if _NUMBER.fullmatch(text) else None
    if isinstance(value, int | float) and abs(value) <= _LARGEST:
        return float(value)
    return None
