"""What the ISO 20022 messages have in common: careful reading, amounts, elements."""

from lxml import etree

from registry.clearing.errors import BankMessageBad

CURRENCY = "CNY"
FEN_PER_YUAN = 100
MAX_BYTES = 8 * 1024 * 1024
_DECIMALS = 2
# More yuan than this are no amount; the books hold fen in eight bytes.
_DIGITS = 13
# Longest text that the messages know (Max140Text); none has letters that nobody sees.
_LONGEST = 140
# A document type could bring entities that grow or read files.
_REFUSED = (b"<!DOCTYPE", b"<!ENTITY")


def parse(raw: bytes) -> etree._Element:
    """Return the root of a message from outside.

    Raises
    ------
    BankMessageBad
        It is too large, has a document type, is not UTF-8, or is no XML.
    """
    if len(raw) > MAX_BYTES or any(word in raw for word in _REFUSED) or not _is_utf8(raw):
        raise BankMessageBad
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        return etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise BankMessageBad from error


def _is_utf8(raw: bytes) -> bool:
    """Tell whether the bytes are UTF-8 text; in another encoding a document type would not be seen."""
    try:
        return "\x00" not in raw.decode("utf-8")
    except UnicodeDecodeError:
        return False


def amount_text(amount_fen: int) -> str:
    """Return an amount as messages write it: yuan with two decimals, no separators."""
    whole, rest = divmod(amount_fen, FEN_PER_YUAN)
    return f"{whole}.{rest:02d}"


def fen(text: str) -> int:
    """Return the fen of an amount with at most two decimals.

    Raises
    ------
    ValueError
    """
    whole, _, rest = text.partition(".")
    if (
        len(whole) > _DIGITS
        or len(rest) > _DECIMALS
        or not (whole + rest).isascii()
        or not (whole + rest).isdigit()
        or not whole
    ):
        raise ValueError(text)
    return int(whole) * FEN_PER_YUAN + int((rest + "00")[:_DECIMALS])


def text_of(element: etree._Element, path: str) -> str:
    """Return the text at a path such as ``{*}GrpHdr/{*}MsgId``.

    Raises
    ------
    ValueError
        There is none, or it is none that a message may have.
    """
    found = words_of(element, path)
    if not found:
        raise ValueError(path)
    return found


def words_of(element: etree._Element, path: str) -> str:
    """Return the text at a path, empty when there is none.

    Raises
    ------
    ValueError
        It is longer than a message may have, or holds what cannot be printed.
    """
    found = str(element.findtext(path) or "").strip()
    if len(found) > _LONGEST or not found.isprintable():
        raise ValueError(path)
    return found


def add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    """Append an element in its parent's namespace and return it."""
    element = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}")
    element.text = text
    return element


def document(namespace: str) -> etree._Element:
    """Return an empty document of a namespace."""
    return etree.Element(f"{{{namespace}}}Document", nsmap={None: namespace})  # type: ignore[dict-item]  # None is the default namespace


def written(root: etree._Element) -> bytes:
    """Return a document as bytes; the same document always gives the same."""
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))
