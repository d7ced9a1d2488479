"""The review workbench: answers to findings, the card of a parcel, reasons to choose from."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from pydantic import Field

from api.auth import needs, shown_name
from api.context import actor, language, services
from api.review_views import card_json, desk_json
from api.schemas import Day, Strict
from data.access import audit
from data.reference import service as reference
from registry.rights import service as rights
from spatial.survey import service as surveys
from spatial.survey.review import service as review
from spatial.survey.review.card import draft_card
from spatial.survey.review.records import Reply, Verdict

bp = APIBlueprint("reviews", __name__, url_prefix="/api/v1")

LISTS = {"waiver": review.WAIVER, "return": review.RETURN, "accept": review.ACCEPT}


class AnswerBody(Strict):
    """One answer to some findings; ``none`` takes answers back."""

    finding_ids: Annotated[list[int], Field(min_length=1, max_length=10_000)]
    answer: Literal["let_pass", "to_correct", "none"]
    reason_code: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,8}$")] | None = None
    reason: Annotated[str, Field(max_length=2000)] = ""
    until: Annotated[Day | None, Field(strict=False)] = None


@bp.post("/surveys/<int:survey_id>/answers")
@bp.input(AnswerBody)
@needs("reviewer")
def answer_findings(survey_id: int, json_data: AnswerBody) -> dict[str, object]:
    """Keep an answer to findings until the decision; a second reviewer sees it too."""
    verdict = Verdict(
        None if json_data.answer == "none" else Reply(json_data.answer),
        json_data.reason_code,
        json_data.reason.strip(),
        json_data.until,
    )
    desk = review.answer(
        services().db, actor(), survey_id, json_data.finding_ids, verdict, now=services().now()
    )
    return desk_json(desk, language())


@bp.get("/review-reasons")
@needs()
def reasons() -> dict[str, object]:
    """List the coded reasons in force: for letting a finding pass, for returning, for accepting."""
    today = services().today()
    with services().db.transaction(actor()) as conn:
        return {
            name: [
                {
                    "code": code.code,
                    "name": code.name(language()),
                    "words": bool(code.attributes.get("words")),
                }
                for code in reference.codes(conn, list_code, on=today)
            ]
            for name, list_code in LISTS.items()
        }


@bp.get("/surveys/<int:survey_id>/features/<int:feature_no>")
@needs("surveyor", "partner", "reviewer", "supervisor", "admin")
def show_card(survey_id: int, feature_no: int) -> dict[str, Any]:
    """Show one draft parcel: three areas, codes, sides with lengths, who lies beyond each (四至)."""
    with services().db.transaction(actor()) as conn:
        survey = surveys.get(conn, actor(), survey_id)
        card = draft_card(conn, survey, feature_no)
        names: dict[str, list[str]] = {}
        if actor().may("reviewer"):
            codes = [neighbour.code for neighbour in card.neighbours if neighbour.source == "register"]
            audit.record(conn, actor(), "survey.card", f"{survey_id}/{feature_no}")
            found = rights.holders_on(conn, codes, at=services().today())
            names = {code: [shown_name(name, actor()) for name in holders] for code, holders in found.items()}
    return card_json(card, names)
