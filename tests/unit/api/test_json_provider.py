from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from api.json_provider import BadJson, NingtuJson

json = NingtuJson(Flask("test"))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 65 + "]" * 65,
        "1" * 5000,
        "NaN",
        "-Infinity",
        "1e400",
        '{"a": "\\ud800"}',
        '{"fee": 80, "fee": 1}',
        "",
        b"\xff\xfe",
        '{"a": 1}\x00',
    ],
)
def test_hostile_documents_are_refused(text):
    with pytest.raises(BadJson):
        json.loads(text)


def test_brackets_inside_strings_do_not_count_as_depth():
    assert json.loads('{"a": "' + "[" * 1000 + '"}') == {"a": "[" * 1000}


@dataclass
class Row:
    on: date
    area_m2: Decimal


def test_records_are_written():
    assert json.dumps(Row(date(2023, 5, 4), Decimal("12.50"))) == '{"on":"2023-05-04","area_m2":12.5}'


def test_nan_is_never_written():
    with pytest.raises(ValueError, match="not JSON compliant"):
        json.dumps(float("nan"))
