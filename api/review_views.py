"""How reviews are shown: the desk, the card of a draft parcel."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import shapely

from api.place_views import shown_geometries
from api.survey_views import collection
from data.reference import service as reference
from spatial.parcels.records import ParcelVersion
from spatial.survey.review import service as review
from spatial.survey.review.card import DraftCard
from spatial.survey.review.records import Desk, Review
from spatial.survey.review.sides import Neighbour, Side
from spatial.survey.store import Conn


def desk_json(desk: Desk, lang: str) -> dict[str, Any]:
    """Show how far a review is, and who must accept with whom."""
    return {
        "findings": desk.findings,
        "answered": desk.answered,
        "second": [{"rule_id": rule.rule_id, "reason": rule.reason(lang)} for rule in desk.second],
        "first": None if desk.first is None else _review(desk.first),
        "decisions": [_review(one) for one in desk.reviews],
    }


def reason_names(conn: Conn, one: Review, today: date, lang: str) -> list[dict[str, str]]:
    """Return the reasons of a decision with their names."""
    codes = reference.codes(conn, review.ACCEPT if one.decision == "accept" else review.RETURN, on=today)
    names = {code.code: code.name(lang) for code in codes}
    return [{"code": code, "name": names.get(code, code)} for code in one.reason_codes]


def _review(one: Review) -> dict[str, Any]:
    return {
        "decision": one.decision,
        "takes_effect": one.takes_effect,
        "reason_codes": one.reason_codes,
        "comment": one.comment,
        "by": one.decided_by,
        "at": one.decided_at,
    }


def card_json(card: DraftCard, names: dict[str, list[str]]) -> dict[str, Any]:
    """Show a card; ``names`` are the holders of neighbours by code, as the reader may see them."""
    draft, live = card.draft, card.registered
    geom = draft["geom"]
    own = ("feature_no", "parcel_code", "unit_code", "land_use", "address", "change")
    return {
        **{name: draft[name] for name in own},
        "areas": {
            "declared_m2": draft["declared_area_m2"],
            "calculated_m2": None if geom is None else round(float(shapely.area(geom)), 2),
            "registered_m2": None if live is None else live.official_area_m2,
        },
        "registered": None if live is None else _registered(live),
        "sides": [_side(side) for side in card.sides],
        "abuttals": _abuttals(card, names),
        "neighbours": _neighbours(card.neighbours),
    }


def _registered(live: ParcelVersion) -> dict[str, Any]:
    return {
        "parcel_code": live.parcel_code,
        "unit_code": live.unit_code,
        "valid_from": live.valid_from,
        "official_area_m2": live.official_area_m2,
        "calculated_area_m2": live.calculated_area_m2,
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "from": side.first,
        "to": side.last,
        "length_m": side.length_m,
        "towards": side.towards,
        "neighbours": list(side.neighbours),
    }


def _abuttals(card: DraftCard, names: dict[str, list[str]]) -> list[dict[str, Any]]:
    by_code = {neighbour.code: neighbour for neighbour in card.neighbours}

    def told(code: str) -> dict[str, Any]:
        one = by_code[code]
        return {
            "code": code,
            "source": one.source,
            "address": one.address,
            "holders": names.get(code, []),
        }

    return [
        {"towards": one.towards, "neighbours": [told(code) for code in one.codes]} for one in card.abuttals
    ]


def _neighbours(neighbours: Sequence[Neighbour]) -> dict[str, Any]:
    shapes = shown_geometries([neighbour.geom for neighbour in neighbours])
    features = [
        {
            "type": "Feature",
            "geometry": shape,
            "properties": {"key": neighbour.code, "code": neighbour.code, "source": neighbour.source},
        }
        for neighbour, shape in zip(neighbours, shapes, strict=True)
    ]
    return collection(features, None)
