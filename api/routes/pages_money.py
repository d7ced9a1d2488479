"""Pages of money: the payer's page, the day sheet, the check of bills."""

from apiflask import APIBlueprint
from flask import Response

from api.auth import needs, public
from api.item_words import item_words
from webmap.pages import lang, render

bp = APIBlueprint("pages_money", __name__, enable_openapi=False)


@bp.get("/pay")
@public
def pay_search() -> Response:
    """Ask the payer for the payment code."""
    return render("pay.html", texts=("ui.pay",), payment_code="")


@bp.get("/pay/<payment_code>")
@public
def pay(payment_code: str) -> Response:
    """Show the payer what is owed, to which county and why, and the bill; no account is needed."""
    texts = ("ui.pay", "ui.cases", "ui.refunds", "ui.status", "ui.map", "ui.county")
    return render("pay.html", texts=texts, names=item_words(lang()), payment_code=payment_code)


@bp.get("/sandbox/<channel>/<channel_txn>")
@public
def sandbox_channel(channel: str, channel_txn: str) -> Response:
    """Show the page of a sandbox channel, on which a payer pays or gives up."""
    texts = ("ui.channels",)
    return render("sandbox_channel.html", texts=texts, channel=channel, channel_txn=channel_txn)


@bp.get("/finance/channels")
@needs("finance_city", "supervisor", "admin")
def channels() -> Response:
    """Show payment channels: what has not arrived, keys, and the faults of the sandboxes."""
    return render("channels.html", texts=("ui.channels",))


@bp.get("/finance")
@needs("finance_city", "finance_county", "supervisor")
def finance() -> Response:
    """Show the day sheet, breaks, trial balance and the queue of undecided counties."""
    return render(
        "finance.html",
        texts=("ui.finance", "ui.accounts", "ui.cases", "ui.status", "ui.map", "ui.county"),
        names=item_words(lang()),
    )


@bp.get("/trace/<order_no>")
@needs("clerk", "registrar", "finance_city", "finance_county", "supervisor")
def trace(order_no: str) -> Response:
    """Show the way of an order's money as a picture; what is shown is asked of the API."""
    return render(
        "trace.html",
        texts=("ui.cases", "ui.status", "ui.county", "ui.disputes"),
        names=item_words(lang()),
        order_no=order_no,
    )


@bp.get("/finance/refunds")
@needs("finance_city", "finance_county", "supervisor")
def refunds() -> Response:
    """Show refunds: who asked, who decides, what counties return; and money in suspense."""
    return render(
        "refunds.html", texts=("ui.refunds", "ui.status", "ui.channels.name"), names=item_words(lang())
    )


@bp.get("/finance/disputes")
@needs("finance_city", "finance_county", "supervisor")
def disputes() -> Response:
    """Show disputes between counties: raise, hold, rule, and what runs did by rulings."""
    return render("disputes.html", texts=("ui.disputes", "ui.county", "ui.status"), names=item_words(lang()))


@bp.get("/finance/what-if")
@needs("finance_city", "reviewer", "supervisor")
def what_if() -> Response:
    """Show whose money a draft of the county boundaries would move: map, sums, lines, files."""
    return render("what_if.html", texts=("ui.what_if", "ui.map", "ui.county"))


@bp.get("/finance/bills")
@needs("finance_city", "finance_county", "supervisor")
def bills() -> Response:
    """Show the stock of bill numbers, bills with what was done with them, and the certificates."""
    return render("bills.html", texts=("ui.bills", "ui.status"))


@bp.get("/decisions")
@needs("finance_city", "reviewer", "registrar", "supervisor")
def decisions() -> Response:
    """Show the queue of undecided counties; two persons decide one."""
    return render("decisions.html", texts=("ui.finance", "ui.map", "ui.county"))


@bp.get("/decisions/<int:decision_id>")
@needs("clerk", "registrar", "reviewer", "finance_city", "finance_county", "supervisor", "admin")
def decision(decision_id: int) -> Response:
    """Show one county decision with its evidence and files; a county disputes a line paid by it from here."""
    texts = ("ui.county", "ui.disputes", "ui.status", "ui.map")
    return render("decision.html", texts=texts, names=item_words(lang()), decision_id=decision_id)


@bp.get("/verify")
@public
def verify() -> Response:
    """Show the check of bills."""
    return render("verify.html", texts=("ui.verify", "ui.status"))
