"""Files of disputes: written before the order is locked, named only by a dispute that has not ended."""

import pytest

from data.access.records import SYSTEM
from data.documents.archive import Archive
from registry.clearing.disputes import errors, papers, service
from registry.payments import service as payments
from tests.database.money.conftest import one
from tests.database.money.dispute_acts import FINANCE_CHIBI, raised
from tests.database.registry import town


class FreeOrder(Archive):
    """An archive that is slow: while it writes, somebody else can lock the order."""

    def put(self, content):
        with self.db.transaction(SYSTEM) as conn:
            conn.execute("SET LOCAL lock_timeout = '1s'")
            payments.lock_order(conn, self.order_no)
        return super().put(content)


def test_nobody_who_pays_waits_for_a_file_of_a_dispute(city, paid, tmp_path, monkeypatch):
    monkeypatch.setattr(FreeOrder, "db", city, raising=False)
    monkeypatch.setattr(FreeOrder, "order_no", paid.head.order_no, raising=False)
    dispute_no = raised(city, paid)
    file = ("claim.pdf", b"%PDF-1.7 claim")
    made = papers.add(
        city, FINANCE_CHIBI, dispute_no, file, archive=FreeOrder(tmp_path / "files"), now=town.NOW
    )
    assert (tmp_path / "files").exists()
    assert one(city, "SELECT count(*) FROM money.dispute_document") == made.document_id


def test_a_dispute_that_ends_while_its_file_is_written_names_no_file(city, paid, tmp_path):
    dispute_no = raised(city, paid)

    class Ending(Archive):
        def put(self, content):
            service.withdraw(city, FINANCE_CHIBI, dispute_no, comment="", now=town.NOW)
            return super().put(content)

    with pytest.raises(errors.DisputeStateRefuses):
        papers.add(
            city,
            FINANCE_CHIBI,
            dispute_no,
            ("claim.pdf", b"%PDF-1.7 claim"),
            archive=Ending(tmp_path / "files"),
            now=town.NOW,
        )
    assert one(city, "SELECT count(*) FROM money.dispute_document") == 0
