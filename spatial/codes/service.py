"""Serial numbers of codes: given once, never again."""

from psycopg import Connection
from psycopg.rows import TupleRow

from spatial.codes import store
from spatial.codes.errors import SerialsUsedUp
from spatial.codes.rules import parcel_code_of

PARCEL_SERIAL_MAX = 99_999
JOINT_BUILDING = "9999"  # stands for several buildings of one owner
BUILDING_SERIAL_MAX = 9_998
FIXTURE_SERIAL_MAX = 99_999_999


def allocate(conn: Connection[TupleRow], prefix: str, count: int = 1) -> list[int]:
    """Give the next serials under a prefix; the row stays locked until the transaction ends.

    Parameters
    ----------
    conn : Connection
        Open transaction.
    prefix : str
        Sub-district and character pair (14 characters) for parcels, parcel and fixture type (20) for
        buildings and other fixtures, building (24) for its units.
    count : int
        How many.

    Returns
    -------
    list of int
        Serials never given before, rising.

    Raises
    ------
    SerialsUsedUp
        If the digits of the code do not suffice.
    """
    last = store.take(conn, prefix, count)
    if last > _limit(prefix):
        raise SerialsUsedUp(prefix=prefix)
    return list(range(last - count + 1, last + 1))


def next_parcel_codes(
    conn: Connection[TupleRow], subdistrict_code: str, character_pair: str, count: int = 1
) -> list[str]:
    """Give the next parcel codes of a sub-district (12 digits) and a character pair such as ``GB``.

    Raises
    ------
    SerialsUsedUp, CodeBad
    """
    parcel_code_of(subdistrict_code, character_pair, PARCEL_SERIAL_MAX)  # before a serial is used up
    serials = allocate(conn, subdistrict_code + character_pair, count)
    return [parcel_code_of(subdistrict_code, character_pair, serial) for serial in serials]


def note_parcel_codes(conn: Connection[TupleRow], parcel_codes: list[str]) -> None:
    """Remember that parcel codes are used, so that their serials are never given again."""
    store.note_used(conn, [(code[:14], int(code[14:19])) for code in parcel_codes])


def note_unit_codes(conn: Connection[TupleRow], unit_codes: list[str]) -> None:
    """Remember the building, unit and fixture numbers that codes of fixtures use."""
    used = []
    for code in unit_codes:
        if code[19] == "F" and code[20:24] != JOINT_BUILDING:
            used += [(code[:20], int(code[20:24])), (code[:24], int(code[24:28]))]
        elif code[19] in "LQ":
            used.append((code[:20], int(code[20:28])))
    store.note_used(conn, used)


def _limit(prefix: str) -> int:
    if len(prefix) == 20 and prefix[19] != "F":  # noqa: PLR2004  parcel and fixture type
        return FIXTURE_SERIAL_MAX
    return PARCEL_SERIAL_MAX if len(prefix) == 14 else BUILDING_SERIAL_MAX  # noqa: PLR2004  see above
