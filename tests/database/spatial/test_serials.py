"""Serial numbers of codes: given once, never again, whoever asks and whatever fails."""

import threading

import pytest

from data.access.records import SYSTEM
from spatial.codes.errors import CodeBad, SerialsUsedUp
from spatial.codes.service import (
    BUILDING_SERIAL_MAX,
    PARCEL_SERIAL_MAX,
    allocate,
    next_parcel_codes,
    note_parcel_codes,
    note_unit_codes,
)
from spatial.parcels import service
from tests.database.spatial.parcel_cases import DAY, NOW, change, code, parcel, square

SUBDISTRICT = "421202001001"
PREFIX = SUBDISTRICT + "GB"


def test_serials_rise_by_prefix(conn):
    assert allocate(conn, PREFIX) == [1]
    assert allocate(conn, PREFIX, 3) == [2, 3, 4]
    assert allocate(conn, SUBDISTRICT + "JC") == [1]
    assert next_parcel_codes(conn, SUBDISTRICT, "GB", 2) == [code(5), code(6)]


def test_a_gap_is_not_filled(conn):
    """Codes that came with a survey may leave gaps: the next is above the highest, noted in any order."""
    note_parcel_codes(conn, [code(9), code(4)])
    note_parcel_codes(conn, [code(2)])
    assert allocate(conn, PREFIX) == [10]


def test_a_retired_code_is_never_given_again(conn):
    service.register(conn, change(parcel(7, square(0, 0))), now=NOW)
    service.retire(conn, [code(7)], valid_from=DAY.replace(year=2024), now=NOW)
    assert next_parcel_codes(conn, SUBDISTRICT, "GB") == [code(8)]


def test_the_last_serial_is_the_last(conn):
    note_parcel_codes(conn, [code(PARCEL_SERIAL_MAX - 1)])
    with pytest.raises(SerialsUsedUp), conn.transaction():
        allocate(conn, PREFIX, 2)
    assert allocate(conn, PREFIX) == [PARCEL_SERIAL_MAX]
    with pytest.raises(SerialsUsedUp):
        allocate(conn, PREFIX)


def test_numbers_of_buildings_and_flats(conn):
    """The joint building 9999 (several buildings of one owner) uses up no number."""
    building = code(1) + "F"
    note_unit_codes(conn, [building + "00030012", building + "99990001", code(1) + "L00000004"])
    assert allocate(conn, building) == [4]
    assert allocate(conn, building + "0003") == [13]
    assert allocate(conn, code(1) + "L") == [5]
    note_unit_codes(conn, [building + f"{BUILDING_SERIAL_MAX}0001"])
    with pytest.raises(SerialsUsedUp):
        allocate(conn, building)


def test_a_malformed_place_gets_no_code(conn):
    with pytest.raises(CodeBad):
        next_parcel_codes(conn, "4212020010", "GB")


def test_what_is_rolled_back_was_never_given(db):
    with db.transaction(SYSTEM) as conn:
        conn.execute("SAVEPOINT before")
        assert allocate(conn, PREFIX) == [1]
        conn.execute("ROLLBACK TO before")
        assert allocate(conn, PREFIX) == [1]
    with db.transaction(SYSTEM) as conn:
        assert allocate(conn, PREFIX) == [2]


def test_two_sessions_never_get_the_same(db):
    """The second waits for the first; both commit, and no number is given twice or left out."""
    held, given = threading.Event(), {}

    def second():
        held.wait(5)
        with db.transaction(SYSTEM) as conn:
            given["second"] = allocate(conn, PREFIX, 2)

    thread = threading.Thread(target=second)
    thread.start()
    with db.transaction(SYSTEM) as conn:
        given["first"] = allocate(conn, PREFIX, 2)
        held.set()
        thread.join(0.7)
        assert "second" not in given
    thread.join(10)
    assert given == {"first": [1, 2], "second": [3, 4]}


def test_many_sessions_share_the_serials_out(db):
    given, lock = [], threading.Lock()

    def ask():
        for _ in range(10):
            with db.transaction(SYSTEM) as conn:
                taken = allocate(conn, PREFIX, 3)
            with lock:
                given.extend(taken)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(given) == list(range(1, 181))
