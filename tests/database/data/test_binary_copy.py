"""What PostgreSQL reads out of our COPY rows is what was given."""

import json
import math

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.binary_copy import (
    HEADER,
    TRAILER,
    Numbers,
    Pieces,
    document,
    documents,
    encode,
    encode_measured,
    floats,
    integers,
    own,
    texts,
)

WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
JSON = st.dictionaries(WORDS, st.none() | st.booleans() | st.integers(-(2**60), 2**60) | WORDS, max_size=4)
ROWS = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        st.integers(-(2**31), 2**31 - 1),
        st.none() | WORDS,
        st.none() | st.floats(allow_nan=False),
        st.none() | JSON,
        st.none() | st.binary(max_size=40),
    ),
    max_size=20,
)


@pytest.fixture(scope="module")
def table(module_db_url):
    with psycopg.connect(module_db_url) as conn:
        conn.execute(
            "CREATE TEMP TABLE t (n int GENERATED ALWAYS AS IDENTITY,"
            " a int8, b int4, c text, d float8, e jsonb, f bytea)"
        )
        conn.commit()
        yield conn


def stored(conn, rows):
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    a, b, c, d, e, f = columns
    encoded = encode(
        [
            Numbers(np.array(a, dtype=np.int64), "int8"),
            Numbers(np.array(b, dtype=np.int64), "int4"),
            texts(c),
            floats(d),
            documents(None if value is None else document(value) for value in e),
            Pieces(f),
        ]
    )
    with conn.transaction(force_rollback=True):
        with conn.cursor().copy("COPY t (a, b, c, d, e, f) FROM STDIN (FORMAT binary)") as copy:
            copy.write(HEADER + encoded + TRAILER)
        return conn.execute("SELECT a, b, c, d, e, f FROM t ORDER BY n").fetchall()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_postgresql_reads_back_what_was_given(table, rows):
    assert stored(table, rows) == rows


def test_words_of_the_trade_quotes_and_great_lengths_arrive(table):
    values = ["", "宁图 𠮷", "\"'\\\t\n\r", "x" * 5_000_000]
    rows = [(at, at, text, math.pi, {text[:100]: text}, text.encode()) for at, text in enumerate(values)]
    assert stored(table, rows) == rows


@pytest.mark.parametrize("row", [(1, 1, "a\0b", None, None, None), (1, 1, None, None, {"a": "b\0"}, None)])
def test_nul_is_refused_and_nothing_is_stored(table, row):
    with pytest.raises(psycopg.DataError):
        stored(table, [row])
    table.rollback()
    assert table.execute("SELECT count(*) FROM t").fetchone() == (0,)
    table.rollback()


def test_arrays_of_integers_arrive(table):
    given = [[1], [-(2**31), 0, 2**31 - 1], list(range(5_000))]
    table.execute("CREATE TEMP TABLE IF NOT EXISTS a (n int4, v int4[])")
    with table.cursor().copy("COPY a (n, v) FROM STDIN (FORMAT binary)") as copy:
        copy.write(HEADER + encode([Numbers(np.arange(3), "int4"), integers(given)]) + TRAILER)
    assert table.execute("SELECT v FROM a ORDER BY n").fetchall() == [(members,) for members in given]
    table.rollback()


def foreign_rows():
    """Rows as another process may hand them over: they name owner 7 and numbers of its choice."""
    values = [b"\xff" * 4, None, b"", b"abc"]
    return encode_measured([Numbers(np.full(4, 7), "int8"), Numbers(np.arange(4), "int4"), Pieces(values)])


def _is_data(byte, lengths):
    """Tell whether a byte lies within a field, not in what says how long it is."""
    at = 0
    for row in lengths.tolist():
        at += 2
        for length in row:
            at += 4
            if at <= byte < at + max(length, 0):
                return True
            at += max(length, 0)
    return False


def ours(rows, lengths):
    return own(rows, lengths, [Numbers(np.full(4, 9), "int8"), Numbers(np.arange(4) + 100, "int4")])


def test_rows_of_another_process_become_ours(table):
    rows, lengths = foreign_rows()
    with table.transaction(force_rollback=True):
        with table.cursor().copy("COPY t (a, b, f) FROM STDIN (FORMAT binary)") as copy:
            copy.write(HEADER + ours(rows, lengths) + TRAILER)
        found = table.execute("SELECT a, b, f FROM t ORDER BY n").fetchall()
    assert found == [(9, 100, b"\xff" * 4), (9, 101, None), (9, 102, b""), (9, 103, b"abc")]


def test_rows_that_are_not_what_they_are_said_to_be_are_refused():
    rows, lengths = foreign_rows()
    data = {byte for byte in range(len(rows)) if _is_data(byte, lengths)}
    for at in set(range(len(rows))) - data:
        with pytest.raises(ValueError, match="rows"):
            ours(rows[:at] + bytes([rows[at] ^ 1]) + rows[at + 1 :], lengths)
    for wrong in (rows[:-1], rows + b"\0", rows + TRAILER, b""):
        with pytest.raises(ValueError, match="rows"):
            ours(wrong, lengths)
    for change in (1, -1, -5):
        stated = lengths.copy()
        stated[3, 2] += change
        with pytest.raises(ValueError, match="rows"):
            ours(rows, stated)


def test_a_second_row_hidden_in_a_field_stays_in_its_field(table):
    hidden = encode([Numbers(np.array([7]), "int8"), Numbers(np.array([1]), "int4"), Pieces([b"x"])])
    rows, lengths = encode_measured(
        [Numbers(np.array([7]), "int8"), Numbers(np.array([1]), "int4"), Pieces([b"abc"])]
    )
    mine = [Numbers(np.array([9]), "int8"), Numbers(np.array([1]), "int4")]
    with pytest.raises(ValueError, match="rows"):
        own(rows + hidden, lengths, mine)
    lengths[0, 2] += len(hidden)  # the field is said to be longer than it says itself
    with pytest.raises(ValueError, match="rows"):
        own(rows + hidden, lengths, mine)


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="lengths"):
        encode([texts(["a"]), texts(["a", "b"])])


def test_json_keeps_letters_as_they_are():
    assert document({"权利人": "甲"}) == '{"权利人":"甲"}'.encode()
    assert json.loads(document([1.5, None, True])) == [1.5, None, True]
