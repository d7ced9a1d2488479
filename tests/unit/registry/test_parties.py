import pytest

from registry.parties.errors import IdNumberBad, IdTypeUnknown, PartyNameBad
from registry.parties.records import PartyInput
from registry.parties.rules import (
    checked,
    id_card_check,
    id_card_valid,
    id_type_of,
    mask_number,
    normalised_number,
)

KEY = b"k" * 32
# The worked examples of GB 11643-1999.
STANDARD = ("11010519491231002X", "440524188001010014")


@pytest.mark.parametrize("number", STANDARD)
def test_the_examples_of_the_standard_are_valid(number):
    assert id_card_valid(number)
    assert id_card_check(number[:17]) == number[17]


@pytest.mark.parametrize("place", range(17))
def test_every_changed_digit_is_noticed(place):
    number = STANDARD[1]
    changed = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    assert not id_card_valid(changed)


def test_a_right_check_on_a_day_that_never_was_is_refused():
    first = "42122419850230001"
    assert not id_card_valid(first + id_card_check(first))


def test_full_width_and_small_letters_are_read():
    assert normalised_number("id_card", " １１０１０５ 19491231 002x ") == STANDARD[0]


@pytest.mark.parametrize(
    ("id_type", "number"),
    [
        ("id_card", "110105194912310021"),
        ("uscc", "91421224MA48765I3X"),
        ("passport", "E1"),
        ("other", "a<b>c"),
    ],
)
def test_bad_numbers_are_refused(id_type, number):
    with pytest.raises(IdNumberBad):
        normalised_number(id_type, number)


@pytest.mark.parametrize(("text", "found"), [("1", "id_card"), ("身份证", "id_card"), ("USCC", "uscc")])
def test_codes_and_words_name_a_kind(text, found):
    assert id_type_of(text) == found


def test_an_unknown_kind_is_refused():
    with pytest.raises(IdTypeUnknown):
        id_type_of("library_card")


def test_masks_leave_what_may_be_shown():
    assert mask_number(STANDARD[0]) == "110105********002X"
    assert mask_number("E1234567") == "E******7"


@pytest.mark.parametrize(
    "name", ["", "  ", "a\x00b", "x" * 201, "\u200b", "张\u200b三", "张\u202e三", "张\u2028三"]
)
def test_a_name_is_one(name):
    with pytest.raises(PartyNameBad):
        checked(PartyInput(name, "id_card", STANDARD[0]), KEY)


def test_equal_numbers_have_equal_hashes_under_one_key():
    first = checked(PartyInput("甲", "1", STANDARD[0]), KEY)
    second = checked(PartyInput("乙", "id_card", STANDARD[0].lower()), KEY)
    assert first.id_hash == second.id_hash
    assert first.id_hash != checked(PartyInput("甲", "1", STANDARD[0]), b"j" * 32).id_hash
