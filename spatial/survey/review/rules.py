"""When two people accept."""

from collections.abc import Iterable

from data.reference.records import SecondReviewRule
from spatial.survey.review.records import Weight


def second_rules(rules: Iterable[SecondReviewRule], weight: Weight) -> list[SecondReviewRule]:
    """Return the rules that ask for a second reviewer: those all of whose conditions hold.

    Examples
    --------
    >>> rule = SecondReviewRule("S1", ["correction"], 20, None, None, False, "更正", "A correction")
    >>> small, large = (Weight("correction", n, 600.0, 0, False) for n in (19, 20))
    >>> [len(second_rules([rule], weight)) for weight in (small, large)]
    [0, 1]
    """
    return [rule for rule in rules if _holds(rule, weight)]


def _holds(rule: SecondReviewRule, weight: Weight) -> bool:
    return (
        (not rule.kinds or weight.kind in rule.kinds)
        and (rule.min_features is None or weight.features >= rule.min_features)
        and (rule.min_area_m2 is None or weight.area_m2 >= rule.min_area_m2)
        and (rule.min_waivers is None or weight.waivers >= rule.min_waivers)
        and (not rule.straddles_county or weight.straddles)
    )
