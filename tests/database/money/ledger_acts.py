"""What the tests of the ledger do: post, reverse, seal a day, read a balance."""

from data.access.records import SYSTEM
from registry.ledger import service as ledger
from registry.ledger.records import Entry, PostingDraft
from tests.database.registry import town

TODAY = town.NOW.date()


def write(city, key, *entries, day=TODAY, **facts):
    draft = PostingDraft(key, "test", day, town.NOW, "t", entries, **facts)
    with city.transaction(SYSTEM) as conn:
        return ledger.post(conn, draft).posting_id


def take(fen):
    return Entry("1001", "1101.sandbox", fen)


def reverse(city, posting_id, key="rev:1", now=town.NOW):
    with city.transaction(SYSTEM) as conn:
        return ledger.reverse(conn, posting_id, key=key, reason="reversal", actor="t", now=now)


def seal(city, day, heads):
    with city.transaction(SYSTEM) as conn:
        return ledger.seal(
            conn, day, sign=heads.sign, algorithm=heads.algorithm, by="finance_city", now=town.NOW
        )


def balance_of(city, code, day):
    with city.transaction(SYSTEM) as conn:
        return ledger.balance(conn, code, day)
