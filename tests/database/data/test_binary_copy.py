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
    floats,
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


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="lengths"):
        encode([texts(["a"]), texts(["a", "b"])])


def test_json_keeps_letters_as_they_are():
    assert document({"权利人": "甲"}) == '{"权利人":"甲"}'.encode()
    assert json.loads(document([1.5, None, True])) == [1.5, None, True]
