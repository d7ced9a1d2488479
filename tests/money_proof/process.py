"""What stands in for the product's own: a clock that stands, quick bills, a database that can die."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from data.db import Database
from registry.receipts import einvoice
from registry.receipts.issuing import BillOffice
from registry.receipts.press import BillPress


@dataclass
class Standing:
    """A clock that shows what it is set to."""

    at: datetime

    def now(self):
        return self.at


class QuickPress(BillPress):
    """Makes the data of a bill as the product does, and only stands in for what takes long: PDF and SM2."""

    def make(self, bill, lines, *, payment_code):
        xml = einvoice.write(bill, lines, payment_code=payment_code)
        issuer, supervisor = self.keys.chains
        made = replace(
            bill,
            state="signed",
            xml=xml,
            xml_sha256=hashlib.sha256(xml).digest(),
            xml_signature=b"proof",
            supervisor_signature=b"proof",
            issuer_chain=issuer.chain_id,
            supervisor_chain=supervisor.chain_id,
            algorithm=self.keys.issuer.algorithm,
        )
        return made, b"%PDF-proof" + xml


class QuickOffice(BillOffice):
    """Issues bills with :class:`QuickPress`."""

    @property
    def press(self):
        return QuickPress(self.keys, self.verify_url)


def nothing(_point):
    """Go on."""


class HookedDatabase(Database):
    """A database whose transactions are points at which the process can die."""

    hook = staticmethod(nothing)

    def transaction(self, actor, *, role="app"):
        return _Hooked(super().transaction(actor, role=role), self)


@dataclass
class _Hooked:
    inner: object
    db: HookedDatabase

    def __enter__(self):
        self.db.hook("db:begin")
        return self.inner.__enter__()

    def __exit__(self, kind, error, trace):
        if kind is None:
            try:
                self.db.hook("db:commit")
            except BaseException as died:
                self.inner.__exit__(type(died), died, died.__traceback__)
                raise
        swallowed = self.inner.__exit__(kind, error, trace)
        if kind is None:
            self.db.hook("db:committed")
        return swallowed
