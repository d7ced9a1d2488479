"""Taking a file in while it is read: memory need not grow with it, and it is stored whole or not at all."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from psycopg import Connection
from psycopg.rows import TupleRow

from data.access.records import Actor
from data.clock import day_of
from data.db import Database
from spatial.survey import intake, store
from spatial.survey.drafts.store import copy_features, copy_parts
from spatial.survey.errors import refused
from spatial.survey.features import draft_features
from spatial.survey.kept_files import kept
from spatial.survey.objects.land import add_land_tables
from spatial.survey.readers.limits import COMMAND_LINE, Limits
from spatial.survey.readers.parts import AT_ONCE, Field, Part, Texts
from spatial.survey.readers.records import Asked, Content, Unreadable
from spatial.survey.readers.streaming import Stream, stream
from spatial.survey.records import Features, Incoming, Submission

# The datum of a file that comes in parts is judged on its first part, and on this many features of the parts
# 2, 4, 8, …: neighbours, so that little of the register is fetched for each.
_SAMPLE: Final = 2_000

Conn = Connection[TupleRow]
Told = Callable[[str, int, int], None]
"""Told the step and how much of it is done, of how much; what it raises ends the reading."""


def receive_in_parts(  # noqa: PLR0913  as `intake.send`
    db: Database,
    actor: Actor,
    incoming: Incoming,
    *,
    files_dir: Path,
    now: datetime,
    limits: Limits = COMMAND_LINE,
    told: Told = lambda _step, _done, _total: None,
) -> tuple[Submission, bool]:
    """Take a file in as `intake.send` does, without ever holding all of it where its format allows that.

    Parameters
    ----------
    db : Database
        With the long limits of command lines: one transaction lasts as long as the reading.
    actor, incoming, files_dir, now, limits
        As of `intake.send`.
    told : callable
        Told how far it is.

    Returns
    -------
    Submission, bool
        Whether it is new.

    Raises
    ------
    FileRefused, EffectiveDateWrong, SurveyVersionTaken, HashWrong, ReplacedUnknown, ReplacedAccepted
    """
    known, facts = intake.admitted(db, actor, incoming, now=now)
    if known is not None:
        return known, False
    with (
        opened(incoming, limits, told) as reading,
        kept(incoming.path, files_dir, facts["file_sha256"]),
        db.transaction(actor) as conn,
    ):
        given = {**facts, "source": {}, "feature_count": 0}
        survey, new = intake.insert(conn, actor, incoming.order, given)
        if new:
            reading.store(conn, survey, now=now)
            intake.have_it_done(conn, survey, intake.CHECK_JOB)
        return intake.again(conn, survey), new


@contextmanager
def opened(incoming: Incoming, limits: Limits, told: Told) -> Iterator["Reading"]:
    """Start reading a file; the block begins with its first part, or at its end where it is read whole.

    Raises
    ------
    FileRefused
        Also for whatever is wrong with a later part.
    """
    order = incoming.order
    asked = Asked(order.source_layer, order.crs, order.axes)
    last = ("reading", 0, 0)

    def heard(said: tuple[str, int, int] | None) -> None:
        nonlocal last
        last = last if said is None else said
        told(*last)

    told(*last)
    try:
        with stream(incoming.path, incoming.name, asked, limits, heard=heard) as source:
            yield Reading(source, incoming, told)
    except Unreadable as problem:
        raise refused(problem) from problem


class Reading:
    """A file that is being read and can be stored meanwhile."""

    def __init__(self, source: Stream, incoming: Incoming, told: Told) -> None:
        self._source = source
        self._layer = incoming.order.layer
        self._told = told
        self._parts = iter(source)
        self._rest: Content | None = None
        self._first = next(self._parts, None)
        if self._first is None:
            self._end()
        self._invalid = 0
        self._samples: list[Features] = []

    def store(self, conn: Conn, survey: Submission, *, now: datetime) -> None:
        """Write everything the file holds beside its submission, in the caller's transaction.

        Raises
        ------
        Unreadable, FileRefused
            Then the caller's transaction must end.
        """
        if self._first is not None:
            count = self._store_parts(conn, survey, self._first)
        else:
            count = self._store_whole(conn, survey)
        content = self._end()
        today = day_of(now)
        verified = [intake.judge_datum(conn, sample, self._layer, today) for sample in self._samples]
        intake.store_beside(conn, survey, content, now=now, told=self._storing)
        source = intake.source_of(content, survey.version, any(verified)) | {"invalid": self._invalid}
        store.set_read(conn, survey.survey_id, source, count)

    def _store_whole(self, conn: Conn, survey: Submission) -> int:
        content = self._end()
        features = draft_features(content)
        self._samples = [features]
        copy_features(conn, survey.survey_id, features, self._storing)
        return len(features)

    def _store_parts(self, conn: Conn, survey: Submission, first: Part) -> int:
        count = 0

        def looked_at() -> Iterator[Part]:
            nonlocal count
            for number, part in enumerate(itertools.chain([first], self._parts), start=1):
                if number & (number - 1) == 0:
                    self._samples += _sample(part, AT_ONCE if number == 1 else _SAMPLE)
                yield part
                count += len(part)
                self._invalid += part.invalid
            # A reader that died or refused the file late must end the COPY, not only what follows it.
            self._end()

        copy_parts(conn, survey.survey_id, looked_at())
        return count

    def _end(self) -> Content:
        """Wait for the end of the reader and take what did not come in parts."""
        if self._rest is None:
            self._rest = self._source.rest()
            add_land_tables(self._rest)
        return self._rest

    def _storing(self, done: int, total: int) -> None:
        self._told("storing", done, total)


def _sample(part: Part, most: int) -> list[Features]:
    """Take some features of a part for the judge of the datum; none where no shape is among them."""
    written = part.values(Field.GEOM, most)
    shapes = np.full(len(written), None, dtype=object)
    shapes[:] = written
    geoms = shapely.from_wkb(shapes)
    if not shapely.is_geometry(geoms).any():
        return []
    return [
        Features(
            geoms=geoms,
            codes=_decoded(part.values(Field.PARCEL_CODE, most)),
            unit_codes=_decoded(part.values(Field.UNIT_CODE, most)),
            declared_m2=[None] * len(geoms),
            resolution_m2=[None] * len(geoms),
            land_use=_decoded(part.values(Field.LAND_USE, most)),
            address=_decoded(part.values(Field.ADDRESS, most)),
        )
    ]


def _decoded(values: Texts) -> list[str | None]:
    return [None if value is None else value.decode() for value in values]
