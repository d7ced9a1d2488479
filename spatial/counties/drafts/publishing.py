"""Bring a draft of the county boundaries into force from a day on: one person proposes, a second confirms.

What was decided before keeps its county and its evidence; what is decided from that day on uses the new set.
"""

from dataclasses import asdict
from datetime import date, datetime

import shapely
from shapely.geometry.base import BaseGeometry

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.clock import day_of
from data.db import Database
from data.reference.upkeep import require_ahead
from spatial.counties import store as sets
from spatial.counties.drafts import store, store_publications
from spatial.counties.drafts.errors import (
    DraftNotFound,
    DraftWithoutShapes,
    PublicationInPast,
    PublicationNameTaken,
    PublicationNotFound,
    PublicationOpen,
    PublicationOver,
    PublicationSamePerson,
    draft_bad,
)
from spatial.counties.drafts.records import Draft, Publication, Terms
from spatial.counties.errors import BoundarySetMissing, BoundarySetsOverlap
from spatial.counties.records import BoundarySet, CountyShape, LoadedSet
from spatial.counties.service import load_plane_set
from spatial.counties.shapes import multi, named
from spatial.parcels.rules import snap

NOT_COMPARED, COMPARED_WITH_OTHER = "not_compared", "compared_with_other"


def propose(db: Database, actor: Actor, draft_id: int, terms: Terms, *, now: datetime) -> Publication:
    """Propose that a draft comes into force; nothing is decided with it until a second person confirms.

    Raises
    ------
    DraftNotFound, DraftWithoutShapes, PublicationInPast, ReferenceTooFar, PublicationNameTaken
    PublicationOpen
        The draft is proposed already.
    BoundarySetsOverlap
        Another set comes into force on that day or later.
    DraftBad
        It lacks a county that the newest set has.
    """
    with db.transaction(SYSTEM) as conn:
        if store.lock(conn, draft_id) is None:
            raise DraftNotFound(draft_id=draft_id)
        if any(item.state == "proposed" for item in store_publications.of_draft(conn, draft_id)):
            raise PublicationOpen(draft_id=draft_id)
        _screen(conn, draft_id, terms, today=day_of(now))
        key = store_publications.insert(conn, draft_id, terms, by=actor.login, at=now)
        audit.record(conn, actor, "boundary.propose", str(key), detail=_words(draft_id, terms))
        return get_publication(conn, draft_id, key)


def confirm(
    db: Database, actor: Actor, draft_id: int, publication_id: int, *, comment: str, now: datetime
) -> Publication:
    """Confirm as a second person: the set that is newest ends the day before, and the draft is the next.

    Raises
    ------
    PublicationNotFound, PublicationOver, PublicationSamePerson
    PublicationInPast
        The day came and went while nobody confirmed.
    DraftWithoutShapes, PublicationNameTaken, BoundarySetsOverlap, DraftBad
    """
    with db.transaction(SYSTEM) as conn:
        found = _open(conn, draft_id, publication_id)
        if found.proposed_by == actor.login:
            raise PublicationSamePerson
        newest = _screen(conn, draft_id, found.terms, today=day_of(now))
        counties = _counties(conn, newest, store_publications.shapes(conn, draft_id))
        sets.end_set(conn, newest.set_id, found.terms.valid_from)
        set_id = load_plane_set(conn, _boundary(found.terms), counties)
        ended = {"outcome": "confirmed", "comment": comment, "set_id": set_id}
        store_publications.end(conn, publication_id, ended, by=actor.login, at=now)
        store_publications.note_change(conn)
        detail = {**_words(draft_id, found.terms), "set_id": set_id, "ended_set": newest.name}
        audit.record(conn, actor, "boundary.publish", str(publication_id), detail=detail)
        return get_publication(conn, draft_id, publication_id)


def decline(
    db: Database, actor: Actor, draft_id: int, publication_id: int, *, comment: str, now: datetime
) -> Publication:
    """Decline a proposal, or take the own one back.

    Raises
    ------
    PublicationNotFound, PublicationOver
    """
    with db.transaction(SYSTEM) as conn:
        _open(conn, draft_id, publication_id)
        ended = {"outcome": "declined", "comment": comment, "set_id": None}
        store_publications.end(conn, publication_id, ended, by=actor.login, at=now)
        audit.record(conn, actor, "boundary.decline", str(publication_id), detail={"comment": comment})
        return get_publication(conn, draft_id, publication_id)


def publications(conn: store.Conn, draft_id: int) -> list[Publication]:
    """Return the publications of a draft, newest first."""
    return store_publications.of_draft(conn, draft_id)


def get_publication(conn: store.Conn, draft_id: int, publication_id: int) -> Publication:
    """Return a publication of a draft.

    Raises
    ------
    PublicationNotFound
    """
    found = store_publications.publication(conn, publication_id)
    if found is None or found.draft_id != draft_id:
        raise PublicationNotFound(publication_id=publication_id)
    return found


def warnings(conn: store.Conn, draft: Draft) -> list[str]:
    """Return what to know before publishing: nobody saw what it moves, or not against the newest set."""
    if any(item.state == "confirmed" for item in store_publications.of_draft(conn, draft.draft_id)):
        return []
    if draft.state != "compared":
        return [NOT_COMPARED]
    newest = sets.newest_set(conn)
    return [] if newest is None or newest.set_id == draft.set_id else [COMPARED_WITH_OTHER]


def _open(conn: store.Conn, draft_id: int, publication_id: int) -> Publication:
    """Lock the draft and return its publication, if nobody has ended it."""
    store.lock(conn, draft_id)
    found = get_publication(conn, draft_id, publication_id)
    if found.state != "proposed":
        raise PublicationOver(publication_id=publication_id)
    return found


def _screen(conn: store.Conn, draft_id: int, terms: Terms, *, today: date) -> LoadedSet:
    """Refuse what cannot come into force; return the newest set, locked: other publications wait for it."""
    if terms.valid_from < today:
        raise PublicationInPast(valid_from=terms.valid_from)
    require_ahead(terms.valid_from, today)
    newest = sets.newest_set(conn, lock=True)
    if newest is None:
        raise BoundarySetMissing(at=terms.valid_from)
    if newest.valid_from >= terms.valid_from:
        raise BoundarySetsOverlap(name=newest.name, valid_from=newest.valid_from)
    if sets.set_named(conn, terms.name) is not None:
        raise PublicationNameTaken(name=terms.name)
    shapes = store_publications.shapes(conn, draft_id)
    if not shapes:
        raise DraftWithoutShapes(draft_id=draft_id)
    missing = sets.city_counties(conn, newest.set_id) - shapes.keys()
    if missing:
        raise draft_bad(named("missing", sorted(missing)))
    return newest


def _counties(
    conn: store.Conn, newest: LoadedSet, shapes: dict[str, shapely.MultiPolygon]
) -> list[CountyShape]:
    """Return the draft's counties under their names, and the neighbours less what the city takes of them."""
    city = shapely.union_all(list(shapes.values()))
    made = []
    for row in sets.county_rows(conn, newest.set_id):
        own = row["in_city"]
        geom = multi(shapes[row["county_code"]] if own else _without(row["geom"], city))
        if not geom.is_empty:
            made.append(CountyShape(row["county_code"], row["name_zh"], row["name_en"], own, geom))
    return made


def _without(neighbour: BaseGeometry, city: BaseGeometry) -> BaseGeometry:
    """Return a neighbour without the city's ground, on the 1 mm grid; untouched where they do not overlap."""
    if shapely.area(shapely.intersection(neighbour, city)) == 0:
        return neighbour
    rest = snap([shapely.difference(neighbour, city)])[0]
    return shapely.MultiPolygon(
        [part for part in shapely.get_parts(rest) if isinstance(part, shapely.Polygon)]
    )


def _boundary(terms: Terms) -> BoundarySet:
    return BoundarySet(
        name=terms.name,
        valid_from=terms.valid_from,
        valid_to=None,
        accuracy_m=terms.accuracy_m,
        source=terms.source,
        source_doc=terms.basis_doc,
        licence=terms.licence,
        notice_zh=terms.notice_zh,
        notice_en=terms.notice_en,
        legal=terms.legal,
    )


def _words(draft_id: int, terms: Terms) -> dict[str, object]:
    return {"draft_id": draft_id, **asdict(terms), "valid_from": terms.valid_from.isoformat()}
