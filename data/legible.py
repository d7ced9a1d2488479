"""Words that people write: they say something, and hold nothing that nobody sees."""

import unicodedata

# Unicode categories of controls, formats, halves of a letter, and ends of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def is_legible(text: str) -> bool:
    """Tell whether a line of words can be read: not blank, no letter that nobody sees.

    Examples
    --------
    >>> is_legible("通山县财政局"), is_legible(" "), is_legible("a" + chr(0x202E))
    (True, False, False)
    """
    return bool(text.strip()) and not any(unicodedata.category(char) in _UNSEEN for char in text)
