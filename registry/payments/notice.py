"""The payment notice (缴款通知书): what is owed, to which county and why, and the code to pay it with."""

from itertools import groupby

from data.access import audit
from data.access.records import Actor
from data.db import Database
from data.documents import service as documents
from data.reference import service as reference
from registry.payments import rules, service
from registry.payments.errors import OrderStateRefuses
from registry.payments.records import OrderLine

KINDS = {"fee": "非税收入", "tax": "税款"}


def notice_pdf(db: Database, actor: Actor, order_no: str, *, pay_url: str) -> bytes:
    """Return the notice of an unpaid order as PDF; equal each time it is printed.

    Parameters
    ----------
    db : Database
        Database.
    actor : Actor
        Who may see the order; the print is recorded.
    order_no : str
        Order.
    pay_url : str
        Address that the payment code is put behind in the QR code.

    Raises
    ------
    OrderNotFound
    OrderStateRefuses
        There is nothing to pay: it is paid, dead or of zero.
    GlyphMissing
        A name holds a character no font can draw.
    """
    with db.transaction(actor) as conn:
        order = service.get_order(conn, order_no)
        head = order.head
        if head.state not in rules.LIVE_UNPAID or head.payment_code is None:
            raise OrderStateRefuses(order_no=order_no, state=head.state)
        names = {county.county_code: county.name_zh for county in reference.counties(conn)}
        audit.record(conn, actor, "order.notice", order_no)
    documents.require_glyphs([head.payer_name, *(line.name for line in order.lines)])
    code = head.payment_code
    html = documents.render_template(
        __package__,
        "notice.html",
        head=head,
        order=order,
        code=" ".join(code[at : at + 4] for at in range(0, len(code), 4)),
        link=pay_url + code,
        names=names,
        kinds=KINDS,
        sums=_sums(order.lines),
        created=head.issued_at,
    )
    return documents.render_pdf(html, created=head.issued_at)


def _sums(lines: tuple[OrderLine, ...]) -> list[tuple[str, str, int]]:
    """Return (county, kind, fen) of every payee, in order."""

    def payee(line: OrderLine) -> tuple[str, str]:
        return line.county_code, line.kind

    return [
        (county, kind, sum(line.amount_fen for line in found))
        for (county, kind), found in groupby(sorted(lines, key=payee), key=payee)
    ]
