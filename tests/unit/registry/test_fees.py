"""The tariff as a decision table; every row was computed by hand from the source it names."""

import pytest

from data.reference import files
from registry.fees.errors import TariffSilent
from registry.fees.records import FeeFacts, FeeRule, FeeUnit, Tariff
from registry.fees.rules import assess, total_fen


@pytest.fixture(scope="module")
def tariff():
    """Return the rules of the reference files that are open-ended, in their order."""
    sets = {found.name: found for found in files.reference_sets()}
    names = FeeRule.__dataclass_fields__
    rows = [row for row in sets["fee_rule"].rows if row.get("valid_to") is None]
    rules = [
        FeeRule(**{name: row.get(name) if name == "count_by" else row.get(name, ()) for name in names})
        for row in sorted(rows, key=lambda row: row["position"])
    ]
    items = {row["item_code"]: row["name_zh"] for row in sets["fee_item"].rows}
    return Tariff(None, tuple(rules), items)


def facts(registration, kind, *units, flags=(), payer="holder"):
    """Units are (parcel number, right type, use class, certificates)."""
    return FeeFacts(
        registration,
        kind,
        frozenset(flags),
        payer,
        tuple(
            FeeUnit(f"U{number}", f"P{parcel}", "421224", right_type, use, certificates)
            for number, (parcel, right_type, use, certificates) in enumerate(units)
        ),
    )


FLAT = (1, "4", "housing", 1)
SHOP = (1, "4", "non_housing", 1)
LAND = (1, "3", "non_housing", 1)
# source: 财税〔2016〕79号 (79), 发改价格规〔2016〕2559号 (2559), 财税〔2019〕45号 (45)
TABLE = [
    ("2559 一: flat transfer", facts("200", "own", FLAT), [("R01", 8_000)]),
    ("2559 一: shop transfer", facts("200", "own", SHOP), [("R03", 55_000)]),
    ("2559 一: bare land first", facts("100", "own", LAND), [("R03", 55_000)]),
    ("2559 一: garage alone", facts("100", "own", (1, "4", "garage", 1)), [("R02", 8_000)]),
    (
        "2559 三: couple with a certificate each, 80 + 10",
        facts("200", "own", (1, "4", "housing", 2)),
        [("R01", 8_000), ("X01", 1_000)],
    ),
    (
        "2559 三: five co-owners of a shop, 550 + 4 × 10",
        facts("200", "own", (1, "4", "non_housing", 5)),
        [("R03", 55_000), ("X01", 4_000)],
    ),
    ("2559 三: rural house first, 10", facts("100", "own", (1, "6", "housing", 1)), [("C02", 1_000)]),
    ("2559 三: homestead alone, 10", facts("100", "own", (1, "5", "housing", 1)), [("C01", 1_000)]),
    ("2559 三: rural house, 3 books", facts("100", "own", (1, "6", "housing", 3)), [("C02", 3_000)]),
    (
        "2559 三: between spouses, 10",
        facts("300", "own", FLAT, flags=["between_spouses"]),
        [("C03", 1_000)],
    ),
    ("2559 三: lost certificate, 10", facts("900", "own", FLAT, flags=["reissue"]), [("C04", 1_000)]),
    ("2559 三: objection on a flat, 40", facts("600", "own", FLAT), [("H01", 4_000)]),
    ("2559 三: objection on a shop, 275", facts("600", "own", SHOP), [("H02", 27_500)]),
    ("2559 四: seizure", facts("800", "own", SHOP), [("E01", 0)]),
    ("2559 四: cancellation", facts("400", "own", FLAT), [("E02", 0)]),
    ("2559 四: advance notice", facts("700", "own", FLAT), [("E03", 0)]),
    ("45 一(一): correction", facts("500", "own", SHOP), [("E04", 0)]),
    ("45 一(一): change", facts("300", "own", SHOP), [("E05", 0)]),
    ("45 一(二): forest mortgage", facts("100", "mortgage", (1, "12", "non_housing", 0)), [("E06", 0)]),
    ("45 一(三): contracted field", facts("100", "own", (1, "9", "non_housing", 1)), [("E07", 0)]),
    ("79 三: small enterprise", facts("200", "own", SHOP, flags=["small_micro"]), [("E08", 0)]),
    ("79 三: social housing", facts("200", "own", FLAT, flags=["social_housing"]), [("E09", 0)]),
    (
        "2559 一: garage with its dwelling",
        facts("200", "own", (1, "4", "garage", 0), flags=["with_dwelling"]),
        [("E10", 0)],
    ),
    ("not in the tariff: residence", facts("100", "residence", FLAT), [("E14", 0)]),
    ("2559 二: shop mortgage, by the bank", facts("100", "mortgage", SHOP), [("R03", 55_000)]),
    (
        "2559 二: three flats on two parcels, one loan: two pieces",
        facts("100", "mortgage", (1, "4", "housing", 0), (1, "4", "housing", 0), (2, "4", "housing", 0)),
        [("R01", 8_000), ("R01", 8_000)],
    ),
    (
        "2559 二: flat and shop on one parcel, one loan: the dearer piece",
        facts("100", "mortgage", (1, "4", "housing", 0), (1, "4", "non_housing", 0)),
        [("R03", 55_000)],
    ),
    (
        "2559 二: two flats sold: a piece each",
        facts("200", "own", FLAT, FLAT),
        [("R01", 8_000), ("R01", 8_000)],
    ),
]


@pytest.mark.parametrize(("case", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_table_of_the_tariff(tariff, case, expected):
    assert [(line.rule_id, line.amount_fen) for line in assess(case, tariff)] == expected


def test_a_relief_goes_before_the_cost_of_the_certificate(tariff):
    case = facts("100", "own", (1, "6", "housing", 1), flags=["resettlement"])
    assert [(line.rule_id, line.amount_fen) for line in assess(case, tariff)] == [("E13", 0)]


def test_a_line_says_why_and_for_which_county(tariff):
    (line,) = assess(facts("200", "own", FLAT, payer="transferee"), tariff)
    assert (line.payer_role, line.county_code, line.parcel_code) == ("transferee", "421224", "P1")
    assert line.reason == "住宅类每件80元"
    assert line.name == "不动产登记费（住宅类）"


def test_nothing_is_guessed_when_the_tariff_is_silent(tariff):
    silent = Tariff(None, tuple(rule for rule in tariff.rules if rule.outcome != "rate"), tariff.item_names)
    with pytest.raises(TariffSilent):
        assess(facts("200", "own", FLAT), silent)


def test_the_total_is_the_sum(tariff):
    assert total_fen(assess(facts("200", "own", (1, "4", "housing", 2)), tariff)) == 9_000
