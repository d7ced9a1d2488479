"""Columns of texts are looked at as a whole; whatever stands in them, the answer is that for each alone."""

import json
import random

import pytest

from spatial.codes.rules import normalise
from spatial.survey.features import known_columns
from spatial.survey.readers import tables
from spatial.survey.readers.columns import Column
from spatial.survey.readers.encoding import documents, doubles, encoded

CODE = "421202001004GB00011"
ODD = [
    None, "", " ", CODE, CODE.lower(), f" {CODE}", f"{CODE}\u3000", "４２１２０２", "温泉街道1号", "x\u00a0",
    "\u2029x", "x" * 200, "x" * 201, "x" * 2_001, 'a"b', "a\\b", "a\x1fb", "\x1f", "\x1f\x1f", "a\0b", "\0",
    "a\nb", "\tb", "%s%", "𠮷野家", "\ufeff", "\x85", "123", "x ",
]  # fmt: skip
PLAIN = [CODE, "421202001004W00000001", "7", "温泉街道1号", "x y"]


def columns():
    """Columns of one odd value among plain ones, of odd ones alone, and of any."""
    dice = random.Random(7)
    for odd in ODD:
        yield [odd]
        yield [odd, *PLAIN]
        yield [*PLAIN, odd]
        yield [PLAIN[0], odd, odd, PLAIN[1]]
    for _ in range(300):
        yield dice.choices([*ODD, *PLAIN], k=dice.randint(1, 5))


def text_of(value):
    return value.strip()[:200] or None if value else None


def test_known_texts_are_those_of_each_alone():
    for values in columns():
        known = known_columns(["zl", "zddm", "bdcdyh"], lambda _, some=values: Column(some), len(values))
        texts = [text_of(value) for value in values]
        codes = [normalise(text) if text else None for text in texts]
        assert list(known.address) == texts
        assert list(known.unit_codes) == codes
        assert list(known.codes) == codes


def test_texts_are_written_as_each_alone():
    for values in columns():
        wanted = [None if value is None else value.replace("\0", "").encode() for value in values]
        assert encoded(Column(values)) == encoded(values) == wanted


def test_attributes_are_written_as_each_alone():
    for values in columns():
        table = {'名%s"': Column(values), "n": Column(range(len(values)))}
        rows = [json.loads(row) for row in documents(list(table), table, len(values))]
        assert rows == [{'名%s"': tables.plain(value), "n": at} for at, value in enumerate(values)]


@pytest.mark.parametrize(
    "values", [[1.5, 2.0], [1.5, float("nan")], [float("inf"), None], [1, 2], [True], [1.5, 2]]
)
def test_numbers_are_written_as_json_has_them(values):
    rows = documents(["n"], {"n": Column(values)}, len(values))
    found = [json.loads(row, parse_constant=pytest.fail)["n"] for row in rows]
    assert [(type(value), value) for value in found] == [
        (type(value), value) for value in map(tables.plain, values)
    ]


@pytest.mark.parametrize("values", [[1.5, 1e11], [1.5, float("nan")], [-2e11], [1.5, "2,5", None], ["1.5"]])
def test_declared_areas_are_those_of_each_alone(values):
    known = known_columns(["zdmj"], lambda _: Column(values), len(values))
    alone = [known_columns(["zdmj"], lambda _, one=one: [one, None], 2).declared_m2[0] for one in values]
    assert list(known.declared_m2) == alone


def test_doubles_keep_their_gaps():
    assert doubles([1.0, None]) == [b"\x3f\xf0" + bytes(6), None]
    assert doubles([0.0, 1.0]) == [bytes(8), b"\x3f\xf0" + bytes(6)]
