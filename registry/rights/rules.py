"""State rules of the register: what may be entered on a page in its present state (domain 3.2, end).

Every rule is a pure function of a :class:`Question`; it answers a :class:`Verdict`, never an exception.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction

from registry.rights.records import OWNING, Kind, LiveEntry, Question, Verdict

HOLDS = Verdict(True)
CONSENT_OF_MORTGAGEE = "mortgagee_consent"
CONSENT_OF_NOTICEE = "noticee_consent"
PROMISE_ON_OBJECTION = "objection_promise"


def seizures(question: Question) -> list[LiveEntry]:
    """Return seizures in force: a term that is over no longer blocks; a waiting one (轮候) blocks too."""
    return [entry for entry in question.entries if entry.kind == Kind.SEIZURE and _in_term(entry, question)]


def not_seized(question: Question) -> Verdict:
    """Refuse every disposal while a seizure is in force, and a first registration under an objection."""
    found = seizures(question)
    if found:
        return Verdict(False, "unit_seized", {"unit_code": question.unit_code, "seq": found[0].seq})
    first_of_own = question.registration_type == "100" and question.right_kind == "own"
    if first_of_own and _of_kind(question.entries, Kind.OBJECTION):
        return Verdict(False, "unit_objected", {"unit_code": question.unit_code})
    return HOLDS


def no_live_right(question: Question) -> Verdict:
    """Refuse a first registration on a unit with a right, or on bare land whose houses have one."""
    own = [entry for entry in question.entries if entry.kind in OWNING]
    if question.unit_code[19] == "W":
        own += [entry for entry in question.parcel_entries if entry.kind in OWNING]
    if own:
        return Verdict(False, "right_exists", {"unit_code": own[0].unit_code, "seq": own[0].seq})
    return HOLDS


def giver_is_holder(question: Question) -> Verdict:
    """Ask that those who give are all those who hold, neither more nor fewer."""
    held = owning_entry(question.entries)
    if held is None:
        return Verdict(False, "right_absent", {"unit_code": question.unit_code})
    if frozenset(held.holder_hashes) != question.givers:
        return Verdict(False, "giver_not_holder", {"unit_code": question.unit_code})
    return HOLDS


def objection_promised(question: Question) -> Verdict:
    """Ask for the receiver's written promise while an objection stands."""
    if _of_kind(question.entries, Kind.OBJECTION) and PROMISE_ON_OBJECTION not in question.materials:
        return Verdict(False, "objection_open", {"unit_code": question.unit_code})
    return HOLDS


def mortgage_allows_transfer(question: Question) -> Verdict:
    """Ask for the mortgagee's consent where a mortgage bans transfer."""
    banned = [entry for entry in _of_kind(question.entries, Kind.MORTGAGE) if entry.transfer_ban]
    if banned and CONSENT_OF_MORTGAGEE not in question.materials:
        return Verdict(False, "transfer_banned", {"unit_code": question.unit_code, "seq": banned[0].seq})
    return HOLDS


def notice_consented(question: Question) -> Verdict:
    """Ask for the noticee's consent while an advance notice (预告) for another is in force."""
    notices = [entry for entry in _of_kind(question.entries, Kind.NOTICE) if _in_term(entry, question)]
    foreign = [entry for entry in notices if not question.receivers.intersection(entry.holder_hashes)]
    if foreign and CONSENT_OF_NOTICEE not in question.materials:
        return Verdict(False, "notice_in_force", {"unit_code": question.unit_code, "seq": foreign[0].seq})
    return HOLDS


def shares_sum(question: Question) -> Verdict:
    """Ask that shares add up to one, exactly."""
    total = sum((Fraction(num, den) for num, den in question.shares), Fraction())
    return HOLDS if total == 1 else Verdict(False, "shares_not_one", {"total": str(total)})


def one_homestead(question: Question) -> Verdict:
    """Allow one homestead a household in the county."""
    others = question.other_homesteads - {question.unit_code}
    if others:
        return Verdict(False, "homestead_elsewhere", {"unit_code": min(others)})
    return HOLDS


def land_with_house(question: Question) -> Verdict:
    """Refuse to mortgage land without its registered houses (民法典 397)."""
    houses = [
        entry for entry in question.parcel_entries if entry.kind in OWNING and entry.unit_code[19] == "F"
    ]
    if question.unit_code[19] == "W" and houses:
        return Verdict(False, "house_on_land", {"unit_code": houses[0].unit_code})
    return HOLDS


def rank_next(question: Question) -> Verdict:
    """Tell the rank of the next mortgage: the order of entry."""
    rank = len(_of_kind(question.entries, Kind.MORTGAGE)) + 1
    return Verdict(True, params={"rank": rank})


def owning_entry(entries: Iterable[LiveEntry]) -> LiveEntry | None:
    """Return the live right of ownership or use among entries, None without."""
    return next((entry for entry in entries if entry.kind in OWNING), None)


RULES: dict[str, Callable[[Question], Verdict]] = {
    "not_seized": not_seized,
    "no_live_right": no_live_right,
    "transferor_is_holder": giver_is_holder,
    "mortgagor_is_holder": giver_is_holder,
    "objection_promised": objection_promised,
    "mortgage_allows_transfer": mortgage_allows_transfer,
    "notice_consented": notice_consented,
    "shares_sum": shares_sum,
    "one_homestead": one_homestead,
    "land_with_house": land_with_house,
    "rank_next": rank_next,
}


def _of_kind(entries: Iterable[LiveEntry], kind: Kind) -> list[LiveEntry]:
    return [entry for entry in entries if entry.kind == kind]


def _in_term(entry: LiveEntry, question: Question) -> bool:
    return entry.term_to is None or entry.term_to >= question.today
