"""The SQL of supervision."""

from collections.abc import Mapping
from datetime import date
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import class_row

from data.db import load_sql
from registry.supervision.records import Cell, CountyFigures, CountyShape, MonthSum, Question

Conn = Connection[Any]


def cells(conn: Conn, question: Question, cell_m: int, *, monthly: bool) -> list[Cell]:
    """Return the sums of a question in squares of ``cell_m`` metres, by month if wanted."""
    with conn.cursor(row_factory=class_row(Cell)) as cursor:
        text = _of_points("month_cells.sql" if monthly else "cells.sql")
        return cursor.execute(text, {**_values(question), "cell_m": cell_m}).fetchall()


def months(conn: Conn, question: Question) -> list[MonthSum]:
    """Return the sums of a question a month."""
    with conn.cursor(row_factory=class_row(MonthSum)) as cursor:
        return cursor.execute(_of_points("months.sql"), _values(question)).fetchall()


def counties(conn: Conn, question: Question, today: date) -> list[CountyFigures]:
    """Return the figures of each county."""
    with conn.cursor(row_factory=class_row(CountyFigures)) as cursor:
        text = load_sql(__package__, "counties.sql")
        return cursor.execute(text, {**_values(question), "today": today}).fetchall()


def waiting(conn: Conn, county_code: str | None) -> tuple[int, int]:
    """Return how many county decisions and how many breaks of the money wait for a person."""
    row = conn.execute(load_sql(__package__, "waiting.sql"), {"county": county_code}).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def ratings(conn: Conn, question: Question) -> tuple[float | None, int]:
    """Return mean and number of the ratings given in a period."""
    row = conn.execute(load_sql(__package__, "ratings.sql"), _values(question)).fetchone()
    return (None if row is None or row[0] is None else float(row[0]), int(row[1]) if row else 0)


def county_shapes(conn: Conn) -> list[CountyShape]:
    """Return the outlines of the counties."""
    with conn.cursor(row_factory=class_row(CountyShape)) as cursor:
        return cursor.execute(load_sql(__package__, "county_shapes.sql")).fetchall()


def _of_points(name: str) -> LiteralString:
    return load_sql(__package__, "points.sql") + load_sql(__package__, name)


def _values(question: Question) -> Mapping[str, object]:
    return {
        "metric": question.metric,
        "first": question.first,
        "last": question.last,
        "county": question.county_code,
    }
